// Files in a real browser: recordings in MP4 cut at random bytes, as they are and repaired, and FLV that `rtmp repair` has mended in mpegts.js.
import { readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { repairFlv } from '@rtmp/client'
import { nodeFiles, repairRecordings } from '@rtmp/recorder'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROKEN_FLV } from '../src/broken-flv.ts'
import { FRAMES_A_SECOND, grown } from '../src/durability/grown-recording.ts'
import { Scratch } from '../src/scratch.ts'
import { chromiumBrowser } from './support/browser.ts'
import { describeWith } from './support/describe-with.ts'
import { FilePlayer, type PlayedFile } from './support/played-file.ts'

/** A sample of cuts; `CUTS=100` tries more. */
const CUTS = Number(process.env['CUTS'] ?? 6)

/** A fragment, and as much again: how far the end may be from what frames alone say. Seconds. */
const NEAR_S = 1.2

describeWith([chromiumBrowser], 'files in Chromium', () => {
  let player: FilePlayer
  let scratch: Scratch

  beforeAll(async () => {
    scratch = await Scratch.make()
    player = await FilePlayer.open()
  })

  afterAll(async () => {
    await player?.close()
    await scratch?.remove()
  })

  /** To its end, without a complaint, and then from its middle. */
  const expectPlayed = (file: PlayedFile, seconds: number, near: number): void => {
    expect([file.errors, file.corrupted, file.width]).toEqual([[], 0, 320])
    expect(Math.abs(file.end - seconds)).toBeLessThan(near)
    expect(Math.abs(file.sought - file.end / 2)).toBeLessThan(0.1)
    expect(file.frames).toBeGreaterThan(seconds * 25 * 0.5)
  }

  test(`MP4 cut at ${CUTS} random bytes plays up to there, and repaired as well`, {
    timeout: 60_000 + CUTS * 20_000,
  }, async () => {
    const folder = await scratch.folder('cut')
    const { bytes, places, indexes } = await grown(folder, 'fmp4')
    for (let i = 0; i < CUTS; i++) {
      // Behind the first fragments: of less there is nothing to see.
      const first = places[1]?.end ?? 0
      const size = first + Math.floor(Math.random() * (bytes.length - first))
      const seconds = (places.findLast(({ end }) => end <= size)?.frames ?? 0) / FRAMES_A_SECOND
      const cut = bytes.subarray(0, size)
      const isInIndex = indexes.some(([from, to]) => size > from && size < to)
      // What Chromium reads of an address is read by FFmpeg, which wants the last `moof` whole. It gives up at a picture that is not: the last one.
      if (!isInIndex) {
        const { end, frames, errors, width } = await player.play('video/mp4', cut, 'src')
        expect(errors.filter((one) => !String(one).includes('DECODE'))).toEqual([])
        expect([end > seconds - NEAR_S, frames > seconds * 25 * 0.5, width]).toEqual([true, true, 320])
      }
      expectPlayed(await player.play('video/mp4', cut, 'mse'), seconds, NEAR_S)
      const unfinished = scratch.file(`cut/${i}.part.mp4`)
      await writeFile(unfinished, bytes)
      await truncate(unfinished, size)
      const longAgo = new Date(Date.now() - 60_000)
      await utimes(unfinished, longAgo, longAgo)
      const [repaired] = await repairRecordings(nodeFiles, folder)
      const whole = await readFile(repaired?.file ?? '')
      expectPlayed(await player.play('video/mp4', whole, 'src'), seconds, NEAR_S)
    }
  })

  // Noise within a picture whose lengths are right is seen by a decoder alone: Chromium's goes no further there, FFmpeg's does (`repair.test.ts`).
  const mendable = BROKEN_FLV.filter(([name]) => name !== 'noise every ten kilobytes')

  test.each(mendable)('%s: mended, it plays in mpegts.js', async (name, bytes, atLeast, atMost) => {
    const output = scratch.file(`${encodeURIComponent(name)}.flv`)
    async function* slices(): AsyncGenerator<Uint8Array> {
      yield bytes
    }
    await repairFlv(slices(), output)
    const file = await player.play('video/x-flv', await readFile(output), 'mpegts.js')
    expectPlayed(file, (atLeast + atMost) / 2, (atMost - atLeast) / 2 + 0.3)
  })
})
