import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { fromHex, mutate, readRepoJson, SeededRandom, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregatedMessages } from '../src/arbitraries.ts'
import { type AggregateProblem, buildAggregate, readAggregate } from '../src/index.ts'
import { message, thrown } from './helpers.ts'

interface AggregateVector {
  readonly name: string
  readonly timestamp: number
  readonly hex: string
  readonly messages: readonly (readonly [number, number, string])[]
  readonly problems: readonly string[]
  readonly lossless: boolean
}
const vectors = await readRepoJson<AggregateVector[]>('vectors/message/aggregate.json')

describe('vectors', () => {
  it.each(vectors)('$name', ({ timestamp, hex, messages, problems, lossless }) => {
    const outer = message(22, hex, timestamp)
    const seen: AggregateProblem[] = []
    const read = readAggregate(outer, { report: (problem) => seen.push(problem) })
    expect(read.map((m) => [m.typeId, m.timestamp, toHex(m.payload)])).toEqual(messages)
    expect(seen.map((problem) => problem.code)).toEqual(problems)
    for (const m of read)
      expect(m).toMatchObject({ csid: outer.csid, messageStreamId: outer.messageStreamId })
    if (problems.length > 0) {
      const error = thrown(() => readAggregate(outer, { strict: true }))
      expect(isDecodeError(error) && error.code).toBe(problems[0])
      expect(isDecodeError(error) && error.offset).toBe(seen[0]?.offset)
    }
    if (lossless) expect(toHex(buildAggregate(read).payload)).toBe(hex)
  })
})

describe('aggregates', () => {
  it('come apart as they were put together', () => {
    fc.assert(
      fc.property(aggregatedMessages, (messages) => {
        expect(readAggregate(buildAggregate(messages), { strict: true })).toEqual(messages)
      }),
    )
  })

  it('deliver the sound sub-messages of any cut', () => {
    fc.assert(
      fc.property(aggregatedMessages, fc.nat({ max: 1000 }), (messages, cut) => {
        const whole = buildAggregate(messages)
        const payload = whole.payload.subarray(0, cut)
        const read = readAggregate({ ...whole, payload })
        let end = 0
        const complete = messages.filter((m) => (end += 15 + m.payload.length) - 4 <= payload.length)
        expect(read).toEqual(complete)
      }),
    )
  })

  it('move to the time of the aggregate', () => {
    fc.assert(
      fc.property(aggregatedMessages, fc.nat({ max: 0xffff_ffff }), (messages, timestamp) => {
        const first = messages[0]?.timestamp ?? 0
        const read = readAggregate({ ...buildAggregate(messages), timestamp })
        expect(read.map((m) => m.timestamp)).toEqual(
          messages.map((m) => (m.timestamp - first + timestamp + 2 ** 32) % 2 ** 32),
        )
      }),
    )
  })

  it('give views of the payload', () => {
    const outer = buildAggregate([{ ...message(8, 'af01'), timestamp: 5 }])
    expect(readAggregate(outer)[0]?.payload.buffer).toBe(outer.payload.buffer)
  })

  it('stay within the number of sub-messages allowed', () => {
    const outer = buildAggregate(Array.from({ length: 20 }, () => message(8, '')))
    const problems: AggregateProblem[] = []
    const limits = { maxAggregateMessages: 7 }
    expect(readAggregate(outer, { limits, report: (problem) => problems.push(problem) })).toHaveLength(7)
    expect(problems).toEqual([{ code: 'AGGREGATE_LIMIT', message: expect.any(String), offset: 7 * 15 }])
    expect(
      readAggregate(buildAggregate(Array.from({ length: 7 }, () => message(8, ''))), {
        limits,
        strict: true,
      }),
    ).toHaveLength(7)
    const many = buildAggregate(Array.from({ length: 10_001 }, () => message(8, '')))
    expect(readAggregate(many)).toHaveLength(10_000)
  })

  it('leave out data messages beyond their limit, not media', () => {
    const outer = buildAggregate([message(18, new Uint8Array(30)), message(9, new Uint8Array(30))])
    const limits = { maxAggregateDataLength: 29 }
    expect(readAggregate(outer, { limits }).map((m) => m.typeId)).toEqual([9])
    const just = { maxAggregateDataLength: 30 }
    expect(readAggregate(outer, { limits: just, strict: true }).map((m) => m.typeId)).toEqual([18, 9])
    expect(readAggregate(outer).map((m) => m.typeId)).toEqual([18, 9])
  })

  it('never throw by default, whatever the bytes', () => {
    const random = new SeededRandom(1)
    for (let run = 0; run < 3000; run++) {
      const seed = random.pick(vectors)
      const payload = mutate(fromHex(seed.hex), random)
      for (const m of readAggregate(message(22, payload, random.u32()))) {
        expect(m.timestamp).toBe(m.timestamp >>> 0)
        expect(m.payload.length).toBeLessThanOrEqual(payload.length)
      }
    }
  })
})

describe('what cannot be aggregated', () => {
  it.each([
    ['a command', [message(20, '05')], 'AGGREGATE_TYPE', 'messages[0].typeId'],
    ['an aggregate', [message(8, ''), message(22, '')], 'AGGREGATE_TYPE', 'messages[1].typeId'],
    [
      'two message streams',
      [message(8, ''), { ...message(8, ''), messageStreamId: 2 }],
      'AGGREGATE_STREAM',
      'messages[1].messageStreamId',
    ],
    ['too much', [message(9, new Uint8Array(0xffffff - 14))], 'AGGREGATE_LENGTH', 'messages[0]'],
  ])('%s', (_, messages, code, path) => {
    const error = thrown(() => buildAggregate(messages))
    expect(isUsageError(error) && [error.code, error.path]).toEqual([code, path])
  })

  it('just fits', () => {
    expect(buildAggregate([message(9, new Uint8Array(0xffffff - 15))]).payload).toHaveLength(0xffffff)
  })
})
