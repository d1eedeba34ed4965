import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addTimestamp, ContinuousClock, timestampDifference } from '../src/time/index.ts'

const AUDIO = 8
const VIDEO = 9
const wrap = (value: number): number => value >>> 0

/** What a mending clock makes of the timestamps of one track. */
const mended = (timestamps: readonly number[]): number[] => {
  const clock = new ContinuousClock({ jumps: 'mend' })
  return timestamps.map((timestamp) => clock.map(VIDEO, wrap(timestamp)))
}

describe('several sources', () => {
  test('the first source keeps its timestamps, whatever they are', () => {
    const clock = new ContinuousClock()
    clock.begin()
    for (const time of [0, 40, 0xff_ff_ff - 10, 0xff_ff_ff + 10, 0xffff_fff0, 5, 3]) {
      expect(clock.map(VIDEO, time, 0)).toBe(time)
    }
    expect(clock.latest).toBe(5)
  })

  test('a source that starts anew goes on where the last one was, by the time that passed', () => {
    for (const [last, first] of [
      [20_000, 0],
      [0xff_ff_ff - 3, 0],
      [0xffff_ffff - 100, 70_000],
    ] as const) {
      const clock = new ContinuousClock()
      clock.begin()
      clock.map(VIDEO, last, 1000)
      clock.begin()
      expect(clock.undecided).toBe(true)
      expect(clock.at(first)).toBe(last) // a header before the first frame
      expect(clock.map(VIDEO, first, 4000)).toBe(wrap(last + 3000))
      expect(clock.undecided).toBe(false)
      expect(clock.map(VIDEO, first + 40, 4040)).toBe(wrap(last + 3040))
      expect(clock.map(VIDEO, first + 20, 4040)).toBe(wrap(last + 3020))
    }
  })

  test('a source whose clock ran on is left alone, moved before or not', () => {
    const clock = new ContinuousClock()
    clock.map(VIDEO, 20_000, 1000)
    clock.begin()
    expect(clock.map(VIDEO, 23_000, 4000)).toBe(23_000)
    clock.begin()
    expect(clock.map(VIDEO, 0, 5000)).toBe(24_000)
    clock.begin()
    expect(clock.map(VIDEO, 1000, 6000)).toBe(25_000)
    clock.begin() // back to the first one
    expect(clock.map(VIDEO, 26_000, 7000)).toBe(26_000)
  })

  test('without a wall clock the step is a frame', () => {
    const clock = new ContinuousClock()
    clock.map(VIDEO, 20_000)
    clock.begin()
    expect(clock.map(VIDEO, 500_000)).toBe(20_040)
  })

  test('nothing falls behind the splice', () => {
    const clock = new ContinuousClock()
    clock.map(VIDEO, 20_000, 1000)
    clock.begin()
    expect(clock.map(VIDEO, 100, 1000)).toBe(20_040)
    expect(clock.map(VIDEO, 0, 1000)).toBe(20_000)
    expect(clock.map(AUDIO, 0, 1000)).toBe(20_000) // a track without a past
    expect(clock.at(0)).toBe(20_000)
    expect(clock.map(VIDEO, 2200, 1000)).toBe(22_140)
    expect(clock.map(VIDEO, 0, 1000)).toBe(19_940) // the splice is long past: passed on as it is
  })

  test('a track falls behind itself only: what lags behind another keeps its distance', () => {
    const clock = new ContinuousClock()
    clock.map(AUDIO, 19_900, 1000)
    clock.map(VIDEO, 20_000, 1000)
    clock.begin()
    expect(clock.map(VIDEO, 20_040, 1040)).toBe(20_040)
    expect(clock.map(AUDIO, 19_923, 1040)).toBe(19_923)
    expect(clock.map(AUDIO, 19_800, 1040)).toBe(19_900)
  })

  test('what a new connection repeats is known', () => {
    const clock = new ContinuousClock()
    for (const time of [0, 40, 80]) clock.map(VIDEO, time, time)
    clock.map(AUDIO, 70, 70)
    clock.begin()
    clock.align(5000, 0) // the key frame of time 0, known by its bytes
    expect([5000, 5040, 5080].map((time) => clock.repeats(VIDEO, time))).toEqual([true, true, true])
    expect(clock.repeats(AUDIO, 5070)).toBe(true)
    expect(clock.repeats(VIDEO, 5120)).toBe(false)
    expect(clock.map(VIDEO, 5120)).toBe(120)
    expect(clock.repeats(VIDEO, 5080)).toBe(false)
  })

  test('after a restart time stands as it is', () => {
    const clock = new ContinuousClock()
    clock.map(VIDEO, 20_000, 0)
    clock.restart()
    expect(clock.started).toBe(false)
    expect(clock.map(VIDEO, 300, 0)).toBe(300)
  })

  test('a source that sets its clock anew is followed', () => {
    const clock = new ContinuousClock()
    clock.map(VIDEO, 60_000, 0)
    clock.map(VIDEO, 0, 0)
    expect(clock.latest).toBe(0)
    expect(clock.leap).toBe(0)
  })

  test('tracks a minute apart: the latest of all is the latest', () => {
    const clock = new ContinuousClock()
    for (let at = 0; at < 400; at += 40) {
      clock.map(AUDIO, 60_000 + at, at)
      clock.map(VIDEO, at, at)
      expect(clock.latest).toBe(60_000 + at)
    }
  })

  test('no track steps back over a splice, and time goes on by what passed', () => {
    const uint32 = fc.nat({ max: 0xffff_ffff })
    const source = fc.record({
      first: uint32,
      pauseMs: fc.nat({ max: 20_000 }),
      steps: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 }),
    })
    fc.assert(
      fc.property(fc.array(source, { minLength: 2, maxLength: 5 }), (sources) => {
        const clock = new ContinuousClock()
        const last = new Map<number, number>()
        let now = 0
        for (const { first, pauseMs, steps } of sources) {
          const before = clock.latest
          const started = clock.started
          clock.begin()
          now += pauseMs
          let at = first
          steps.forEach((step, count) => {
            const track = count % 2 === 0 ? VIDEO : AUDIO
            const time = clock.map(track, at, now)
            if (count === 0 && started) {
              const ahead = timestampDifference(time, before)
              expect(ahead).toBeGreaterThanOrEqual(0)
              expect(ahead).toBeLessThanOrEqual(Math.max(40, pauseMs) + 5000)
            }
            const own = last.get(track)
            if (own !== undefined) expect(timestampDifference(time, own)).toBeGreaterThanOrEqual(0)
            last.set(track, time)
            at = addTimestamp(at, step)
            now += step
          })
        }
      }),
    )
  })
})

describe('jumps inside a source, mended', () => {
  test.each([
    ['an even clock', [0, 40, 80, 120], [0, 40, 80, 120]],
    ['49.7 days', [-80, -40, 0, 40], [0xffff_ffb0, 0xffff_ffd8, 0, 40]],
    ['24 bits', [0xff_ffb0, 0xff_ffd8, 0, 40], [0xff_ffb0, 0xff_ffd8, 0x100_0000, 0x100_0028]],
    ['back', [60_000, 60_040, 0, 40], [60_000, 60_040, 60_080, 60_120]],
    ['ahead by half an hour', [0, 40, 1_800_000, 1_800_040], [0, 40, 80, 120]],
    ['one wild timestamp', [0, 40, 3_000_000_000, 120, 160], [0, 40, 80, 120, 160]],
    [
      'one wild timestamp of 0',
      [70_000, 70_040, 0, 70_120, 70_160],
      [70_000, 70_040, 70_080, 70_120, 70_160],
    ],
    ['two wild ones apart', [0, 40, 9e8, 120, 2e9, 200], [0, 40, 80, 120, 160, 200]],
    ['a little back is order', [1000, 1040, 1020, 1060], [1000, 1040, 1020, 1060]],
    ['half a minute ahead is a pause', [0, 40, 30_000, 30_040], [0, 40, 30_000, 30_040]],
  ])('%s', (_, timestamps, times) => {
    expect(mended(timestamps)).toEqual(times)
  })

  test('what was found is said, a wild timestamp once', () => {
    const clock = new ContinuousClock({ jumps: 'mend' })
    const leaps = [0, 40, 3_600_040, 120, 160].map((time) => {
      clock.map(VIDEO, time)
      return clock.leap
    })
    expect(leaps).toEqual([0, 0, 3_600_000, 0, 0])
  })

  test('recordings that were pasted together keep sound and picture together', () => {
    const clock = new ContinuousClock({ jumps: 'mend' })
    for (let at = 0; at <= 2000; at += 40) {
      clock.map(VIDEO, at)
      clock.map(AUDIO, at + 10)
    }
    expect([clock.map(VIDEO, 0), clock.map(AUDIO, 10)]).toEqual([2040, 2050])
    expect([clock.map(VIDEO, 40), clock.map(AUDIO, 50)]).toEqual([2080, 2090])
  })

  test('tracks a minute apart stay a minute apart, over a jump of both', () => {
    const clock = new ContinuousClock({ jumps: 'mend' })
    for (const base of [0, 100_000_000]) {
      for (let at = 0; at < 400; at += 40) {
        const video = clock.map(VIDEO, base + at)
        expect(timestampDifference(clock.map(AUDIO, base + 60_000 + at), video)).toBe(60_000)
      }
    }
  })

  test('a track that paused while another went on is not moved', () => {
    const clock = new ContinuousClock({ jumps: 'mend' })
    clock.map(VIDEO, 0)
    for (let at = 0; at < 300_000; at += 1000) clock.map(AUDIO, at)
    expect(clock.map(VIDEO, 299_500)).toBe(299_500)
  })

  test('a pause that really was is no jump', () => {
    const clock = new ContinuousClock({ jumps: 'mend' })
    clock.map(VIDEO, 0, 0)
    expect(clock.map(VIDEO, 600_000, 600_000)).toBe(600_000)
    expect(clock.map(VIDEO, 0, 605_000)).toBe(605_000)
  })

  test('however a source jumps, no track steps back by a second or ahead by more than a minute', () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -50, max: 200 }) },
      fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
      fc.constantFrom(-0x100_0000, 1_800_000, 3_600_000, -60_000),
    )
    const frame = fc.record({ track: fc.constantFrom(AUDIO, VIDEO), step })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 100 }), fc.nat({ max: 0xffff_ffff }), (frames, first) => {
        const clock = new ContinuousClock({ jumps: 'mend' })
        const last = new Map<number, number>()
        let at = first
        for (const { track, step: by } of frames) {
          at = addTimestamp(at, by)
          const front = clock.latest
          const time = clock.map(track, at)
          const own = last.get(track)
          if (own !== undefined) {
            expect(timestampDifference(time, own)).toBeGreaterThanOrEqual(-1000)
            const ahead = Math.min(timestampDifference(time, own), timestampDifference(time, front))
            expect(ahead).toBeLessThanOrEqual(60_000)
          }
          last.set(track, time)
        }
      }),
    )
  })
})
