import { expect, test } from 'vitest'
import { Timeline } from '../../src/relay/timeline.ts'

const wrap = (value: number): number => value >>> 0

test('the first publisher keeps its timestamps, whatever they are', () => {
  const timeline = new Timeline()
  timeline.begin()
  for (const time of [0, 40, 0xff_ff_ff - 10, 0xff_ff_ff + 10, 0xffff_fff0, 5, 3]) {
    expect(timeline.map(time, true, 0)).toBe(time)
  }
  expect(timeline.latest).toBe(5)
})

test('a publisher that starts anew goes on where the last one was, by the time that passed', () => {
  for (const [last, first] of [
    [20_000, 0],
    [0xff_ff_ff - 3, 0],
    [0xffff_ffff - 100, 70_000],
  ] as const) {
    const timeline = new Timeline()
    timeline.begin()
    timeline.map(last, true, 1000)
    timeline.begin()
    expect(timeline.map(first, false, 4000)).toBe(last) // a header before the first frame
    expect(timeline.map(first, true, 4000)).toBe(wrap(last + 3000))
    expect(timeline.map(first + 40, true, 4040)).toBe(wrap(last + 3040))
    expect(timeline.map(first + 20, true, 4040)).toBe(wrap(last + 3020))
  }
})

test('a publisher whose clock ran on is left alone', () => {
  const timeline = new Timeline()
  timeline.begin()
  timeline.map(20_000, true, 1000)
  timeline.begin()
  expect(timeline.map(23_000, true, 4000)).toBe(23_000)
})

test('nothing falls behind the splice', () => {
  const timeline = new Timeline()
  timeline.begin()
  timeline.map(20_000, true, 1000)
  timeline.begin()
  expect(timeline.map(100, true, 1000)).toBe(20_040)
  expect(timeline.map(0, true, 1000)).toBe(20_000)
  expect(timeline.map(2200, true, 1000)).toBe(22_140)
  expect(timeline.map(0, true, 1000)).toBe(19_940) // the splice is long past: passed on as it is
})

test('a clock that starts again in mid-stream is followed', () => {
  const timeline = new Timeline()
  timeline.begin()
  timeline.map(60_000, true, 0)
  timeline.map(0, true, 0)
  expect(timeline.latest).toBe(0)
})
