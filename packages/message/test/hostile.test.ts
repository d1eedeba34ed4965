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
})
