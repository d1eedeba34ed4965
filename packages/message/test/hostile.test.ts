import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import { fromHex, mutate, readRepoJson, SeededRandom } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import {
  decodeMessage,
  encodeMessage,
  parseCommand,
  peekCommand,
  peekDataName,
  unwrapDataFrame,
} from '../src/index.ts'
import { message, options } from './helpers.ts'

const files = ['user-control', 'command', 'data', 'shared-object', 'aggregate']
const vectors = (
  await Promise.all(
    files.map((file) => readRepoJson<{ hex: string; typeId?: number }[]>(`vectors/message/${file}.json`)),
  )
).flat()

describe('hostile bytes', () => {
  it.each([false, true])('end in a message or a DecodeError (strict: %s)', (strict) => {
    const random = new SeededRandom(strict ? 2 : 3)
    let decoded = 0
    for (let run = 0; run < 8000; run++) {
      const { hex, typeId = 22 } = random.pick(vectors)
      const raw = message(random.chance(0.1) ? random.below(24) : typeId, mutate(fromHex(hex), random))
      peekCommand(raw)
      peekDataName(raw)
      unwrapDataFrame(raw)
      try {
        const typed = decodeMessage(raw, { ...options, strict })
        decoded += 1
        if (typed.kind === 'command') parseCommand(typed, { strict })
        // What came from lenient reading of a peer's bytes can be written again.
        encodeMessage(typed, { ...(options.amf3 && { amf3: options.amf3 }) })
      } catch (error) {
        expect(isDecodeError(error) || isProtocolError(error), String(error)).toBe(true)
      }
    }
    expect(decoded).toBeGreaterThan(1000)
  })

  it('takes time in proportion to their number', () => {
    const shapes: [string, number, (count: number) => Uint8Array][] = [
      ['empty sub-messages', 22, (count) => repeat('08000000 00000000 000000 0000000b', count / 15)],
      ['empty shared object events', 19, (count) => shared(repeat('0100000000', count / 5))],
      ['tiny changes in one event', 19, (count) => oneEvent(4, repeat('000005', count / 3))],
      ['tiny arguments in one event', 19, (count) => oneEvent(6, repeat('020000', count / 3))],
    ]
    const limits = { maxAggregateMessages: 1e9, maxSharedObjectEvents: 1e9 }
    for (const [name, typeId, shape] of shapes) {
      const [small, large] = [message(typeId, shape(4000)), message(typeId, shape(64_000))]
      const time = (raw: typeof small, times: number): number => {
        const start = performance.now()
        for (let i = 0; i < times; i++) decodeMessage(raw, { limits })
        return performance.now() - start
      }
      time(small, 16)
      // Sixteenths of it take about as long, under the same load; when quadratic, it takes sixteen times as long.
      const isLinear = [1, 2, 3, 4, 5].some(() => time(large, 1) < 5 * Math.max(1, time(small, 16)))
      expect(isLinear, name).toBe(true)
    }
  })
})

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
