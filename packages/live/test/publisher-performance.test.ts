import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { PerformanceWatch } from '../src/publisher-performance.ts'
import { keyFrame } from './arrange.ts'

const KEY_FRAMES = decodeFlv(await readRepoFile('media/obs/obs32-multitrack-h264x3-aac.flv'))
  .filter(({ typeId }) => typeId === 9)
  .map(({ timestamp, payload }) => new MediaMessage(9, timestamp, payload))
  .filter(({ keyFrame: isKey }) => isKey)
const SILENT = new MediaMessage(9, 0, keyFrame(1))

test('who has told nothing with eight key frames is listened to with each thirty-second, until it tells something', () => {
  const telling = KEY_FRAMES[0] as MediaMessage
  for (const [silent, heard] of [
    [7, true],
    [8, false],
    [30, false],
    [32, true],
    [33, false],
    [64, true],
  ] as const) {
    const watch = new PerformanceWatch()
    for (let i = 0; i < silent; i++) watch.look(SILENT)
    watch.look(telling)
    expect(watch.report !== undefined, `${silent} silent ones`).toBe(heard)
    const before = watch.report?.renditions[0]?.input
    watch.look(telling)
    if (heard) expect(watch.report?.renditions[0]?.input).toBeGreaterThan(before ?? 0)
    else expect(watch.report).toBeUndefined()
  }
})

test('every key frame of OBS is listened to', () => {
  const watch = new PerformanceWatch()
  for (const message of KEY_FRAMES) watch.look(message)
  expect(watch.report?.renditions.map(({ trackId }) => trackId)).toEqual([0, 1, 2])
})
