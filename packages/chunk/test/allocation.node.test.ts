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
    samplingInterval: 1024,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  run()
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return total(profile.head)
}

const LENGTH = 60_000
const MESSAGES = 500

const reading = (chunkSize: number): (() => void) => {
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
  return () => {
    const reader = new ChunkReader({ pool })
    reader.push(head)
    reader.read()
    for (let i = 0; i < MESSAGES; i++) {
      reader.push(bytes)
      if (reader.read()?.payload.length !== LENGTH) throw new Error('no message')
      if (reader.read() !== undefined) throw new Error('one message too many')
    }
  }
}

test.each([32, 128, 1024, 4096])('reading makes no object per chunk of %d bytes', async (chunkSize) => {
  const whole = reading(LENGTH)
  const cut = reading(chunkSize)
  for (let i = 0; i < 4; i++) {
    whole()
    cut()
  }
  const perMessage = (await allocatedBy(whole)) / MESSAGES
  const extra = (await allocatedBy(cut)) / MESSAGES - perMessage
  // One view for the run of chunks is in order; one for each would be 136 bytes times 15 to 1875.
  expect(extra).toBeLessThan(700)
  expect(perMessage).toBeLessThan(1500)
})
