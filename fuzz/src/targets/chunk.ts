import { readdir, readFile } from 'node:fs/promises'
import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import { ChunkReader, type ChunkReaderOptions, ChunkWriter, type Message, SlabPool } from '@rtmp/chunk'
import { fromHex, type SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

const VECTORS = new URL('../../../vectors/', import.meta.url)
const HANDSHAKE = 3073
const SEED_SIZE = 1500

/** Hex in which `(a0+300)` stands for 300 bytes that count up from a0, as in the vectors. */
const expand = (text: string): Uint8Array =>
  fromHex(
    text.replace(/\(([0-9a-f]{2})\+(\d+)\)/g, (_, start: string, count: string) =>
      Array.from({ length: Number(count) }, (_, i) =>
        ((Number.parseInt(start, 16) + i) & 0xff).toString(16).padStart(2, '0'),
      ).join(''),
    ),
  )

const seeds = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  for (const file of ['messages', 'errors']) {
    const text = await readFile(new URL(`chunk/${file}.json`, VECTORS), 'utf8')
    for (const { hex } of JSON.parse(text) as { hex: string }[]) {
      const bytes = expand(hex)
      if (bytes.length <= SEED_SIZE) inputs.push(bytes)
    }
  }
  for (const file of await readdir(new URL('streams/', VECTORS)))
    if (file.endsWith('.bin')) {
      const bytes = await readFile(new URL(`streams/${file}`, VECTORS))
      inputs.push(Uint8Array.from(bytes.subarray(HANDSHAKE, HANDSHAKE + SEED_SIZE)))
    }
  return inputs
}

interface Outcome {
  readonly messages: Message[]
  readonly error: string | undefined
}

const limits = {
  maxBufferedBytes: 100_000,
  maxPartialMessages: 8,
  maxChunkStreams: 16,
  headerAllowance: 2000,
}

const readAll = (slices: readonly Uint8Array[], options: ChunkReaderOptions): Outcome => {
  const reader = new ChunkReader(options)
  const messages: Message[] = []
  try {
    for (const slice of slices) {
      // As a server does it: one buffer for every read, overwritten as soon as it has been drained.
      shared.set(slice)
      reader.push(shared.subarray(0, slice.length))
      for (let message = reader.read(); message !== undefined; message = reader.read()) messages.push(message)
      if (reader.bufferedBytes > limits.maxBufferedBytes) throw new Error('more buffered than allowed')
      shared.fill(0xee, 0, slice.length)
    }
    reader.end()
    return { messages, error: undefined }
  } catch (error) {
    if (!isDecodeError(error) && !isProtocolError(error)) throw error
    return { messages, error: error.code }
  }
}

const shared = new Uint8Array(65_536)

const same = (a: readonly Message[], b: readonly Message[]): boolean =>
  a.length === b.length &&
  a.every((left, i) => {
    const right = b[i] as Message
    return (
      left.csid === right.csid &&
      left.typeId === right.typeId &&
      left.messageStreamId === right.messageStreamId &&
      left.timestamp === right.timestamp &&
      Buffer.compare(left.payload, right.payload) === 0
    )
  })

const run = (input: Uint8Array, random: SeededRandom): void => {
  const bytes = input.length > shared.length ? input.subarray(0, shared.length) : input
  const options: ChunkReaderOptions = {
    limits,
    strict: random.chance(0.2),
    pool,
    ...(random.chance(0.2)
      ? {
          leniency: {
            firstHeader: 'any' as const,
            deltaAfterFmt0: random.pick(['zero', 'timestamp'] as const),
            interruptedMessage: random.pick(['drop', 'refuse'] as const),
          },
        }
      : {}),
  }
  const slices: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(random.chance(0.7) ? 12 : 300)
    slices.push(bytes.subarray(at, at + size))
    at += size
  }
  const whole = readAll([bytes], options)
  const cut = readAll(slices, options)
  if (whole.error !== cut.error || !same(whole.messages, cut.messages))
    throw new Error(`the delivery matters: ${whole.error} and ${cut.error}`)

  // What has been read can be written, and reads as the same. Set Chunk Size and Abort are the reader's own business.
  const plain = whole.messages.filter(({ typeId }) => typeId > 2)
  const writer = new ChunkWriter()
  const again = new ChunkReader({ pool })
  const read: Message[] = []
  for (const message of plain) {
    again.push(writer.encode(message))
    for (let next = again.read(); next !== undefined; next = again.read()) read.push(next)
  }
  if (!same(plain, read)) throw new Error('what was written reads differently')
}

const pool = new SlabPool({ slabSize: 65_536 })

export const target: FuzzTarget = { name: 'chunk', seeds, run }
