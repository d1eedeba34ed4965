import { fromHex } from '@rtmp/testkit'
import { growthOf } from '@rtmp/testkit/work'
import { expect, it } from 'vitest'
import { decodeMessage } from '../src/index.ts'
import { message } from './helpers.ts'

const repeat = (hex: string, count: number): Uint8Array => {
  const piece = fromHex(hex)
  const bytes = new Uint8Array(piece.length * Math.floor(count))
  for (let at = 0; at < bytes.length; at += piece.length) bytes.set(piece, at)
  return bytes
}

const shared = (events: Uint8Array): Uint8Array =>
  new Uint8Array([...fromHex('0000 00000000 00000000 00000000'), ...events])

const oneEvent = (type: number, data: Uint8Array): Uint8Array => {
  const length = data.length
  return shared(new Uint8Array([type, length >>> 24, length >>> 16, length >>> 8, length, ...data]))
}

const shapes: [name: string, typeId: number, shape: (count: number) => Uint8Array][] = [
  ['empty sub-messages', 22, (count) => repeat('08000000 00000000 000000 0000000b', count / 15)],
  ['empty shared object events', 19, (count) => shared(repeat('0100000000', count / 5))],
  ['tiny changes in one event', 19, (count) => oneEvent(4, repeat('000005', count / 3))],
  ['tiny arguments in one event', 19, (count) => oneEvent(6, repeat('020000', count / 3))],
]

it.each(shapes)('work is in proportion to the number of %s', (_name, typeId, shape) => {
  const limits = { maxAggregateMessages: 1e9, maxSharedObjectEvents: 1e9 }
  const growth = growthOf((size) => {
    const raw = message(typeId, shape(size))
    return () => decodeMessage(raw, { limits })
  }, 64_000)
  expect(growth).toBeLessThan(1.5)
})
