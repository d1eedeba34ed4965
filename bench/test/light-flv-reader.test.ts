import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { LightFlvReader } from '../src/server/light-flv-reader.ts'

const tag = (typeId: number, timestamp: number, size: number): Uint8Array =>
  encodeFlvTag({ typeId, timestamp, payload: new Uint8Array(size).fill(typeId) })

const PIECES = [
  encodeFlvHeader(),
  Buffer.concat([tag(18, 0, 30), tag(9, 1, 5)]),
  tag(8, 0x1234_5678, 1),
  tag(9, 40, 70_000),
  tag(9, 80, 300),
]

const TAGS: readonly (readonly [typeId: number, timestamp: number, head: readonly number[]])[] = [
  [9, 1, [9, 9, 9, 9, 9]],
  [8, 0x1234_5678, [8]],
  [9, 40, Array.from({ length: 40 }, () => 9)],
  [9, 80, Array.from({ length: 40 }, () => 9)],
]

const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

const frame = (bytes: Uint8Array): Buffer => {
  const { length } = bytes
  if (length < 126) return Buffer.concat([Uint8Array.of(0x82, length), bytes])
  if (length < 65_536) return Buffer.concat([Uint8Array.of(0x82, 126, length >> 8, length & 255), bytes])
  const head = Buffer.alloc(10)
  head[0] = 0x82
  head[1] = 127
  head.writeUInt32BE(length, 6)
  return Buffer.concat([head, bytes])
}

test.each([
  ['http-flv', chunk, '200 OK'],
  ['ws-flv', frame, '101 Switching Protocols'],
] as const)('%s is read however it is cut', (carrier, cut, status) => {
  const bytes = Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\na: b\r\n\r\n`), ...PIECES.map(cut)])
  for (const size of [1, 2, 3, 5, 7, 100, 65_536, bytes.length]) {
    const tags: unknown[] = []
    const sizes = new Map(TAGS.map(([typeId, timestamp, head]) => [`${typeId} ${timestamp}`, head]))
    const reader = new LightFlvReader(carrier, (typeId, timestamp, head) => {
      const { length } = sizes.get(`${typeId} ${timestamp}`) ?? []
      tags.push([typeId, timestamp, [...head.subarray(0, length)]])
    })
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size)
      reader.receive(piece, piece.length)
    }
    expect([size, reader.status, tags]).toEqual([size, Number(status.slice(0, 3)), TAGS])
  }
})
