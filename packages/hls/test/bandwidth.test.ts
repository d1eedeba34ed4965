import { expect, test } from 'vitest'
import { HlsStream } from '../src/index.ts'
import { attributesOf, readPlaylist } from './support/read-playlist.ts'
import {
  audioHeader,
  bytesOf,
  message,
  picture,
  pushAll,
  sound,
  textOf,
  videoHeader,
} from './support/stream.ts'

/** Bit rates of every run of segments that lasts from a half to one and a half target durations, and of all of them. */
const ratesOf = async (hls: HlsStream, name: string): Promise<{ peak: number; average: number }> => {
  const { segments, target } = readPlaylist(await textOf(hls, `${name}.m3u8`))
  const bits = await Promise.all(segments.map(async ({ uri }) => (await bytesOf(hls, uri)).length * 8))
  let peak = 0
  for (let from = 0; from < segments.length; from++) {
    let length = 0
    let size = 0
    for (let to = from; to < segments.length; to++) {
      length += segments[to]?.duration ?? 0
      size += bits[to] ?? 0
      if (length >= 0.5 * target && length <= 1.5 * target) peak = Math.max(peak, size / length)
    }
  }
  const seconds = segments.reduce((sum, { duration }) => sum + duration, 0)
  return { peak, average: bits.reduce((sum, each) => sum + each, 0) / seconds }
}

test('BANDWIDTH is the most that runs of segments have, AVERAGE-BANDWIDTH their mean, with the dearest sound', async () => {
  const hls = new HlsStream({ windowMs: 100_000, segmentMs: 1000, partMs: 0 })
  const louder = (dts: number) =>
    message({
      kind: 'audio',
      trackId: 1,
      codec: 'aac',
      type: 'coded',
      dts,
      payload: new Uint8Array(300).fill(dts),
    })
  const frames = [videoHeader(0), audioHeader(0), audioHeader(0, 1)]
  // Key frames at uneven distances, and pictures whose size changes by the second.
  const keys = new Set([0, 25, 38, 75, 90, 125, 150, 163, 200])
  for (let i = 0; i < 225; i++) {
    const size = 100 * (1 + ((i * 7) % 13)) * (Math.floor(i / 25) % 3 === 0 ? 4 : 1)
    frames.push(picture(i * 40, keys.has(i), 0, size), sound(i * 40), louder(i * 40))
  }
  pushAll(hls, frames)
  hls.end(Date.now())
  const line = /^#EXT-X-STREAM-INF:(.*)$/m.exec(await textOf(hls, 'index.m3u8'))?.[1] ?? ''
  const told = attributesOf(line)
  const [video, quiet, loud] = await Promise.all(['v0', 'a0', 'a1'].map((name) => ratesOf(hls, name)))
  expect(quiet?.peak).toBeLessThan(loud?.peak ?? 0)
  const near = (name: string, value: number): void => {
    expect(Number(told.get(name))).toBeGreaterThanOrEqual(value * 0.9999)
    expect(Number(told.get(name))).toBeLessThan(value * 1.001 + 2)
  }
  near('BANDWIDTH', (video?.peak ?? 0) + (loud?.peak ?? 0))
  near('AVERAGE-BANDWIDTH', (video?.average ?? 0) + (loud?.average ?? 0))
})
