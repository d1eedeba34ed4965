import { byteByByte, readRepoFile, readRepoJson } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { ChunkReader, type Message } from '../src/index.ts'

// Conversations of real programs, as recorded, against what a decoder that shares no code with this package read.

type Summary = [
  typeId: number,
  csid: number,
  messageStreamId: number,
  timestamp: number,
  length: number,
  crc: string,
]
type Direction = 'c2s' | 's2c'

interface Conversation {
  readonly name: string
  readonly c2s: { readonly truncated: boolean }
  readonly s2c: { readonly truncated: boolean }
}

const HANDSHAKE = 3073

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320
  return crc
})
const crc32 = (bytes: Uint8Array): string => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] as number)
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}

const summary = ({ typeId, csid, messageStreamId, timestamp, payload }: Message): Summary => [
  typeId,
  csid,
  messageStreamId,
  timestamp,
  payload.length,
  crc32(payload),
]

const messagesOf = (slices: readonly Uint8Array[], reader = new ChunkReader()): Message[] => {
  const read: Message[] = []
  for (const slice of slices) {
    reader.push(slice)
    for (let message = reader.read(); message !== undefined; message = reader.read()) read.push(message)
  }
  return read
}

/** Equality as `toEqual` has it, for tens of thousands of messages. */
const same = (a: Message, b: Message): boolean => {
  const { length } = a.payload
  for (let i = 0; i < length; i++) if (a.payload[i] !== b.payload[i]) return false
  return (
    length === b.payload.length &&
    a.typeId === b.typeId &&
    a.csid === b.csid &&
    a.messageStreamId === b.messageStreamId &&
    a.timestamp === b.timestamp
  )
}

const index = await readRepoJson<Conversation[]>('vectors/streams/index.json')
const expected = await readRepoJson<Record<string, Record<Direction, Summary[]>>>(
  'vectors/streams/messages.json',
)
const streams = index.flatMap(({ name, c2s, s2c }) => [
  { name, direction: 'c2s' as Direction, truncated: c2s.truncated },
  { name, direction: 's2c' as Direction, truncated: s2c.truncated },
])

describe.each(streams)('$name, $direction', ({ name, direction, truncated }) => {
  const load = async (): Promise<Uint8Array> =>
    (await readRepoFile(`vectors/streams/${name}.${direction}.bin`)).subarray(HANDSHAKE)

  test('whole and byte by byte', async () => {
    const bytes = await load()
    for (const slices of [[bytes], byteByByte(bytes)]) {
      const reader = new ChunkReader({ position: HANDSHAKE })
      expect(messagesOf(slices, reader).map(summary)).toEqual(expected[name]?.[direction])
      expect(reader.bytesRead).toBe(HANDSHAKE + bytes.length)
      if (truncated) expect(() => reader.end()).toThrow('CHUNK_TRUNCATED')
      else reader.end()
    }
  })

  test('cut at every byte: each of them is a cut in one of 256 passes', async () => {
    const bytes = await load()
    const whole = messagesOf([bytes])
    expect(whole.map(summary)).toEqual(expected[name]?.[direction])
    for (let first = 0; first < 256; first++) {
      const slices: Uint8Array[] = []
      for (let at = 0, end = first; at < bytes.length; at = end, end += 256)
        slices.push(bytes.subarray(at, end))
      const read = messagesOf(slices)
      if (read.length !== whole.length || !read.every((message, i) => same(message, whole[i] as Message)))
        expect(read, `cut at ${first} and every 256 bytes from there`).toEqual(whole)
    }
  })
})
