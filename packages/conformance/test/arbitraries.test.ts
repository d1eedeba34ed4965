import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileSessions, session } from '../src/arbitraries.ts'
import { ChunkJudge } from '../src/wire/chunk-judge.ts'

test('the tester’s own reader finds nothing to say about a conversation of ours', () => {
  fc.assert(
    fc.property(session.conversations(), ({ messages, bytes }) => {
      const judge = new ChunkJudge()
      const seen = judge.push(bytes.subarray(3073))
      expect(judge.broken).toBeUndefined()
      expect([...judge.faults.keys()]).toEqual([])
      const [announced, ...rest] = seen
      expect(announced?.typeId).toBe(1)
      expect(rest.map(({ typeId, timestamp, payload }) => [typeId, timestamp, payload])).toEqual(
        messages.map(({ typeId, timestamp, payload }) => [typeId, timestamp, new Uint8Array(payload)]),
      )
    }),
  )
})

test('hostile sessions are given by their seed', () => {
  fc.assert(
    fc.property(hostileSessions(), ({ writes }) => {
      expect(writes.length).toBeGreaterThan(0)
    }),
  )
})
