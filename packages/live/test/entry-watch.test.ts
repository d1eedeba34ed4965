import { MediaMessage } from '@rtmp/e-rtmp'
import { fromHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { EntryWatch } from '../src/entry-watch.ts'

const AVC = '2701000000'
const unit = (hex: string): string => (hex.length / 2).toString(16).padStart(8, '0') + hex
const inter = fromHex(AVC + unit('41b800'))
/** A P slice behind a recovery point SEI, as x264 writes with intra refresh. */
const recovery = fromHex(AVC + unit('0606018480') + unit('41b800'))
const key = fromHex(`17${AVC.slice(2)}${unit('65b800')}`)

const arrange = (rules: { keyFrameMs?: number; startWithoutKeyFrameMs?: number } = {}) => {
  const missing: [number, number][] = []
  const watch = new EntryWatch({ keyFrameMs: 30_000, startWithoutKeyFrameMs: 0, ...rules }, (track, waited) =>
    missing.push([track, waited]),
  )
  const admit = (payload: Uint8Array, now: number): boolean =>
    watch.admit(new MediaMessage(9, now, payload), now).keyFrame
  return { watch, admit, missing }
}

test('a key frame is what it is, and so is what follows it', () => {
  const { admit, watch, missing } = arrange()
  expect(admit(key, 0)).toBe(true)
  for (let now = 40; now < 9000; now += 40)
    expect(admit(now % 1000 === 0 ? recovery : inter, now)).toBe(false)
  expect(watch.waitedMs(9000)).toBe(9000)
  expect(missing).toEqual([])
  expect(watch.missingTracks(9000)).toEqual([])
})

test('a stream with intra refresh can be started at a recovery point', () => {
  const { admit, missing } = arrange()
  const started: number[] = []
  for (let now = 0; now < 70_000; now += 40)
    if (admit(now % 2000 === 1000 ? recovery : inter, now)) started.push(now)
  // First after two seconds; then as often as the cache would have to forget its group.
  expect(started).toEqual([3000, 33_000, 63_000])
  expect(missing).toEqual([])
})

test('groups longer than the cache keeps them: the recovery points inside are places to start', () => {
  const { admit } = arrange({ keyFrameMs: 5000 })
  const started: number[] = []
  for (let now = 0; now < 20_000; now += 40) {
    const payload = now === 0 ? key : now % 1000 === 0 ? recovery : inter
    if (admit(payload, now)) started.push(now)
  }
  expect(started).toEqual([0, 5000, 10_000, 15_000])
})

test('a stream that says nothing is told of once, and starts where the rules say so', () => {
  const { admit, missing, watch } = arrange()
  for (let now = 0; now <= 40_000; now += 1000) expect(admit(inter, now)).toBe(false)
  expect(missing).toEqual([[0, 10_000]])
  expect(watch.missingTracks(40_000)).toEqual([0])
  // After a key frame the cache has something to start with for as long as it keeps it.
  const later = arrange({ keyFrameMs: 5000 })
  later.admit(key, 0)
  for (let now = 1000; now <= 40_000; now += 1000) later.admit(inter, now)
  expect(later.missing).toEqual([[0, 15_000]])
  const anyway = arrange({ startWithoutKeyFrameMs: 4000 })
  const started: number[] = []
  for (let now = 0; now <= 13_000; now += 1000) if (anyway.admit(inter, now)) started.push(now)
  expect(started).toEqual([4000, 8000, 12_000])
  expect(anyway.missing).toEqual([])
  expect(anyway.watch.waitedMs(13_000)).toBe(1000)
})

test('each track for itself', () => {
  const { admit, missing, watch } = arrange()
  const ofTrack = (track: number, isKey: boolean): Uint8Array =>
    fromHex(
      `${isKey ? '96' : 'a6'}0361766331${track.toString(16).padStart(2, '0')}${unit(isKey ? '65b8' : '41b8')}`,
    )
  for (let now = 0; now <= 12_000; now += 1000) {
    admit(ofTrack(0, now % 2000 === 0), now)
    admit(ofTrack(1, false), now)
  }
  expect(missing).toEqual([[1, 10_000]])
  expect(watch.missingTracks(12_000)).toEqual([1])
  expect(watch.waitedMs(12_000)).toBe(0)
})
