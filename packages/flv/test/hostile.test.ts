import { concat, isDecodeError } from '@rtmp/bytes'
import { byteByByte, mutate, readRepoFile, SeededRandom } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import {
  decodeFlv,
  encodeFlvHeader,
  encodeFlvTag,
  FlvReader,
  FlvWriter,
  flvEncoderStream,
} from '../src/index.ts'
import { readFlvFile } from '../src/file.ts'
import { fileOf, readSlices } from './tags.ts'

describe('hostile input', () => {
  test('two thousand damaged files: tags or a typed error, never more bytes than there are', async () => {
    const seed = (await readRepoFile('media/h264-aac.flv')).subarray(0, 6000)
    const random = new SeededRandom(11)
    for (let run = 0; run < 2000; run++) {
      const bytes = mutate(seed, random)
      try {
        const tags = decodeFlv(bytes, { header: random.chance(0.5) ? 'optional' : 'required' })
        expect(tags.reduce((sum, tag) => sum + tag.payload.length + 11, 0)).toBeLessThanOrEqual(bytes.length)
      } catch (error) {
        expect(isDecodeError(error) && error.phase).toBe('flv')
      }
    }
  })

  test('an announced tag of 16 MB takes no memory before it is there', () => {
    const reader = new FlvReader()
    const tag = encodeFlvTag({ typeId: 9, timestamp: 0, payload: new Uint8Array(10) })
    tag.set([0xff, 0xff, 0xff], 1)
    reader.push(encodeFlvHeader())
    reader.push(tag)
    expect(reader.read()).toBeUndefined()
    reader.push(new Uint8Array(1000))
    expect(reader.read()).toBeUndefined()
    reader.end()
    expect(reader.read()).toBeUndefined()
    expect(reader.truncated).toBe(true)
  })
})

// Growth is told from the ratio of two runs, the fastest of each so far. On a busy machine the long run is interrupted
// more often than the short one, so there are as many rounds as it takes; quadratic work never gets below the limit.
describe('linear growth', { timeout: 30_000 }, () => {
  const ROUNDS = 40

  const cost = (work: () => void): number => {
    const start = performance.now()
    work()
    return performance.now() - start
  }

  /** Sixteen times the input may cost up to 80 times as much; quadratic work costs 256 times. */
  const expectLinear = (run: (size: number) => () => void, size: number): void => {
    const small = run(size)
    const large = run(size * 16)
    let least = Number.POSITIVE_INFINITY
    let most = Number.POSITIVE_INFINITY
    for (let round = 0; round < ROUNDS && !(round > 3 && most / Math.max(least, 0.2) < 80); round++) {
      least = Math.min(least, cost(small))
      most = Math.min(most, cost(large))
    }
    expect(most / Math.max(least, 0.2)).toBeLessThan(80)
  }

  const tagOf = (size: number): Uint8Array =>
    encodeFlvTag({ typeId: 9, timestamp: 0, payload: new Uint8Array(size) })

  test('a tag that arrives byte by byte', () => {
    expectLinear((size) => {
      const slices = byteByByte(fileOf([{ typeId: 9, timestamp: 0, payload: new Uint8Array(size) }]))
      return () => expect(readSlices(slices).tags.length).toBe(1)
    }, 5_000)
  })

  test('damage that is searched through byte by byte', () => {
    expectLinear((size) => {
      const junk = new Uint8Array(size).fill(8)
      const slices = byteByByte(concat([encodeFlvHeader(), junk, tagOf(5), tagOf(5)]))
      return () => expect(readSlices(slices).tags.length).toBe(2)
    }, 3_000)
  })

  test('many damages, each searched through', () => {
    expectLinear((count) => {
      const pieces = Array.from({ length: count }, () => concat([tagOf(3), tagOf(3), Uint8Array.of(1, 2, 3)]))
      const bytes = concat([encodeFlvHeader(), ...pieces, tagOf(3)])
      return () => expect(readSlices([bytes]).tags.length).toBe(2 * count + 1)
    }, 200)
  })

  test('headers that look good and lead nowhere', () => {
    expectLinear((count) => {
      // Plausible headers without end: every one announces more than there is.
      const header = Uint8Array.of(9, 0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0)
      const bytes = concat([encodeFlvHeader(), ...Array.from({ length: count }, () => header)])
      return () => expect(readSlices([bytes]).truncated).toBe(true)
    }, 800)
  })

  test('back pointers that are wrong in patterns', () => {
    expectLinear((count) => {
      const good = tagOf(0)
      const bad = tagOf(0)
      bad[14] = 77
      const bytes = concat([
        encodeFlvHeader(),
        ...Array.from({ length: count }, (_, i) => (i % 3 === 0 ? good : bad)),
      ])
      return () => expect(readSlices([bytes]).tags.length).toBe(count)
    }, 800)
  })

  test('facts of a file with many key frames', () => {
    expectLinear((count) => {
      const key = { typeId: 9, timestamp: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) }
      const bytes = fileOf(Array.from({ length: count }, () => key))
      return () => expect(readFlvFile(bytes).facts.keyframes.times.length).toBe(count)
    }, 800)
  })
})

test('writers of streams refuse bad tags as plain writers do', async () => {
  const { writable, readable } = flvEncoderStream()
  const reading = readable.getReader()
  await reading.read()
  const bad = { typeId: 99, timestamp: 0, payload: new Uint8Array(0) }
  const outcomes = await Promise.allSettled([reading.read(), writable.getWriter().write(bad)])
  for (const outcome of outcomes) {
    expect(outcome.status === 'rejected' && String(outcome.reason)).toContain('FLV_FIELD_RANGE at typeId')
  }
  expect(() => new FlvWriter().write(bad)).toThrow('FLV_FIELD_RANGE at typeId')
})
