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
  expect(extra).toBeLessThan(400)
  expect(perMessage).toBeLessThan(800)
})

const LIVE_MESSAGES = 2000

/** What a live stream is made of, as it lies in slices of 64 kB: audio of 300 bytes and frames of 5,000. */
const live = (chunkSize: number): Uint8Array[] => {
  const writer = new ChunkWriter()
  const pieces = [...writer.setChunkSize(chunkSize)]
  for (let i = 0; i < LIVE_MESSAGES; i++) {
    const [csid, typeId, length] = i % 3 === 0 ? [6, 9, 5000] : [4, 8, 300]
    const payload = new Uint8Array(length).fill(i)
    pieces.push(writer.encode({ csid, typeId, messageStreamId: 1, timestamp: i * 10, payload }))
  }
  const bytes = concat(pieces)
  const slices: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 65_536) slices.push(bytes.subarray(at, at + 65_536))
  return slices
}

test.each([128, 4096])(
  'a message costs one small object, its payload view and little else, chunk size %d',
  async (chunkSize) => {
    const slices = live(chunkSize)
    const pool = new SlabPool()
    const run = (): void => {
      const reader = new ChunkReader({ pool })
      let read = 0
      for (const slice of slices) {
        reader.push(slice)
        while (reader.read() !== undefined) read += 1
      }
      if (read !== LIVE_MESSAGES + 1) throw new Error(`${read} messages`)
    }
    for (let i = 0; i < 20; i++) run()
    const perMessage =
      (await allocatedBy(() => {
        for (let i = 0; i < 5; i++) run()
      })) /
      LIVE_MESSAGES /
      5
    // The message, the view that is its payload, and the view that its bytes are copied through.
    expect(perMessage).toBeLessThan(400)
  },
)

test('chunks of two messages that take turns make no object each', async () => {
  const writer = new ChunkWriter()
  const CHUNK = 128
  const [a, b] = [6, 7].map((csid) =>
    writer.encode(
      { csid, typeId: 9, messageStreamId: 1, timestamp: 40, payload: new Uint8Array(LENGTH) },
      { fullHeader: true },
    ),
  ) as [Uint8Array, Uint8Array]
  const pieces: Uint8Array[] = []
  for (let at = 0, end = 12 + CHUNK; at < a.length; at = end, end += 1 + CHUNK)
    pieces.push(a.subarray(at, end), b.subarray(at, end))
  const bytes = concat(pieces)
  const pool = new SlabPool()
  const run = (): void => {
    const reader = new ChunkReader({ pool })
    for (let i = 0; i < MESSAGES / 2; i++) {
      reader.push(bytes)
      if (reader.read()?.csid !== 6 || reader.read()?.csid !== 7) throw new Error('no messages')
      if (reader.read() !== undefined) throw new Error('one message too many')
    }
  }
  for (let i = 0; i < 4; i++) run()
  // One object for each of its 469 chunks would be tens of thousands of bytes.
  expect((await allocatedBy(run)) / MESSAGES).toBeLessThan(1500)
})
