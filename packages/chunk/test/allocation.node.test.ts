import { Session } from 'node:inspector/promises'
import { concat } from '@rtmp/bytes'
import { expect, test } from 'vitest'
import { ChunkReader, ChunkWriter, SlabPool } from '../src/index.ts'

interface SampledNode {
  readonly selfSize: number
  readonly children: readonly SampledNode[]
}

const total = (node: SampledNode): number =>
  node.children.reduce((sum, child) => sum + total(child), node.selfSize)

/** Bytes of JavaScript objects made while `run` ran, by a heap sample that includes what has been collected since. */
const allocatedBy = async (run: () => void): Promise<number> => {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 4096,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  run()
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return total(profile.head)
}

const LENGTH = 60_000
const MESSAGES = 200

const reading = (chunkSize: number): { chunks: number; run: () => void } => {
  const writer = new ChunkWriter()
  const head = concat(writer.setChunkSize(chunkSize))
  const message = {
    csid: 6,
    typeId: 9,
    messageStreamId: 1,
    timestamp: 40,
    payload: new Uint8Array(LENGTH).fill(9),
  }
  const bytes = writer.encode(message, { fullHeader: true })
  const pool = new SlabPool()
  return {
    chunks: MESSAGES * Math.ceil(LENGTH / chunkSize),
    run: () => {
      const reader = new ChunkReader({ pool })
      reader.push(head)
      reader.read()
      for (let i = 0; i < MESSAGES; i++) {
        reader.push(bytes)
        if (reader.read()?.payload.length !== LENGTH) throw new Error('no message')
        if (reader.read() !== undefined) throw new Error('one message too many')
      }
    },
  }
}

test.each([32, 128, 1024, 4096])('reading makes no object per chunk of %d bytes', async (chunkSize) => {
  const whole = reading(LENGTH)
  const cut = reading(chunkSize)
  for (let i = 0; i < 8; i++) {
    whole.run()
    cut.run()
  }
  const perMessage = (await allocatedBy(whole.run)) / MESSAGES
  const extra = (await allocatedBy(cut.run)) / MESSAGES - perMessage
  // A view takes 100 bytes and more; one more per message (for the run of chunks) is in order, one per chunk is not.
  expect(extra).toBeLessThan(400)
  expect(extra / (cut.chunks / MESSAGES)).toBeLessThan(30)
  expect(perMessage).toBeLessThan(1500)
})
