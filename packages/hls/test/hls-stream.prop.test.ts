import fc from 'fast-check'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { readSamples } from '../../cmaf/test/support/read-mp4.ts'
import { insideOf } from '../src/hls-stream.ts'
import { HlsStream } from '../src/index.ts'
import { readPlaylist, type ReadPlaylist } from './support/read-playlist.ts'
import { rulesBroken, updateBroken } from './support/rules.ts'
import { audioHeader, bytesOf, picture, sound, START, textOf, videoHeader } from './support/stream.ts'

/** What can happen in a stream. */
type Step =
  | { readonly kind: 'frames'; readonly ms: number; readonly keyEvery: number; readonly frameMs: number }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'header'; readonly track: number; readonly level: number }
  | { readonly kind: 'gap' }
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'without'; readonly track: string; readonly ms: number }

const frameMs = fc.constantFrom(16, 20, 33, 40, 41, 80, 200)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('frames' as const),
      ms: fc.integer({ min: 100, max: 9000 }),
      keyEvery: fc.integer({ min: 1, max: 300 }),
      frameMs,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 15_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('header' as const),
      track: fc.nat({ max: 1 }),
      level: fc.integer({ min: 10, max: 13 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gap' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      ms: fc.oneof(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        // Back, or on, by less than what is taken for another stretch: an encoder that starts its clock again.
        fc.integer({ min: -11_000, max: 11_000 }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('without' as const),
      track: fc.constantFrom('v0', 'v1', 'a0'),
      ms: fc.integer({ min: 100, max: 12_000 }),
    }),
  },
)

/**
 * Found by many runs: a step back behind a gap, a first segment that is longer than the last before playlists begin, an end
 * behind a discontinuity that nothing has come behind, and a track that is away for two of them.
 */
const FOUND: [Step[], number][] = [
  [
    [
      { kind: 'frames', ms: 100, keyEvery: 1, frameMs: 16 },
      { kind: 'gap' },
      { kind: 'jump', ms: -10 },
      { kind: 'frames', ms: 2001, keyEvery: 1, frameMs: 16 },
    ],
    200,
  ],
  [
    [
      { kind: 'frames', ms: 2401, keyEvery: 7, frameMs: 200 },
      { kind: 'pause', ms: 1994 },
      { kind: 'without', track: 'v1', ms: 100 },
      { kind: 'gap' },
      { kind: 'frames', ms: 100, keyEvery: 1, frameMs: 16 },
    ],
    0,
  ],
  [
    [
      { kind: 'frames', ms: 100, keyEvery: 1, frameMs: 16 },
      { kind: 'header', track: 0, level: 11 },
    ],
    200,
  ],
  [
    [
      { kind: 'frames', ms: 100, keyEvery: 1, frameMs: 16 },
      { kind: 'jump', ms: -1004 },
      { kind: 'without', track: 'v0', ms: 100 },
      { kind: 'gap' },
      { kind: 'frames', ms: 100, keyEvery: 1, frameMs: 16 },
    ],
    200,
  ],
]

/** Two pictures a time, the second track's key frames elsewhere, and sound: from one time to another. */
const framesBetween = (
  from: number,
  to: number,
  keyEvery: number,
  each: number,
  without = '',
): MediaMessage[] => {
  const frames: { at: number; message: MediaMessage }[] = []
  for (let at = from, i = 0; at < to; at += each, i++) {
    if (without !== 'v0') frames.push({ at, message: picture(at, i % keyEvery === 0, 0) })
    if (without !== 'v1')
      frames.push({ at, message: picture(at, i % keyEvery === Math.min(3, keyEvery - 1), 1) })
  }
  if (without !== 'a0') for (let at = from; at < to; at += 21) frames.push({ at, message: sound(at) })
  return frames.sort((a, b) => a.at - b.at).map(({ message }) => message)
}

test('whatever happens in a stream, every playlist keeps the rules, from update to update', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(0, 200),
      async (steps, partMs) => {
        const hls = new HlsStream({ partMs, windowMs: 20_000 })
        let time = 1000
        let now = START
        const before = new Map<string, ReadPlaylist>()
        const look = async (): Promise<void> => {
          if (!hls.isReady) return
          for (const name of ['v0', 'v1', 'a0']) {
            if ((insideOf(hls).rendition(name)?.list.nextSequence ?? 0) === 0) continue
            const text = await textOf(hls, `${name}.m3u8`)
            expect(rulesBroken(text), text).toEqual([])
            const list = readPlaylist(text)
            const known = before.get(name)
            if (known !== undefined) expect(updateBroken(known, list), text).toEqual([])
            before.set(name, list)
          }
          // RFC 8216bis §6.2.4: one target duration for all.
          expect(new Set([...before.values()].map(({ target }) => target)).size).toBeLessThan(2)
        }
        const push = async (messages: readonly MediaMessage[]): Promise<void> => {
          const base = time
          let looked = 0
          for (const each of messages) {
            const passed = (each.timestamp - base) | 0
            hls.push(each, now + passed)
            if (passed - looked >= 1900) {
              looked = passed
              await look()
            }
          }
          await look()
        }
        await push([videoHeader(time, 0), videoHeader(time, 1), audioHeader(time)])
        for (const each of steps) {
          switch (each.kind) {
            case 'frames':
              await push(framesBetween(time, time + each.ms, each.keyEvery, each.frameMs))
              time += each.ms
              now += each.ms
              break
            case 'without':
              await push(framesBetween(time, time + each.ms, 50, 40, each.track))
              time += each.ms
              now += each.ms
              break
            case 'header':
              await push([videoHeader(time, each.track, each.level)])
              break
            case 'gap':
              hls.discontinuity(now)
              await look()
              break
            case 'pause':
              time += each.ms
              now += each.ms
              break
            case 'jump':
              time = Math.max(0, time + each.ms)
              break
          }
        }
        hls.end(now)
        if (hls.isReady) await look()
      },
    ),
    { numRuns: 25, examples: FOUND },
  )
}, 120_000)

test('every frame is in exactly one segment, unchanged and at its time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          ms: fc.integer({ min: 100, max: 5000 }),
          keyEvery: fc.integer({ min: 1, max: 120 }),
          frameMs,
        }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      fc.constantFrom(0, 2 ** 24 - 2000, 2 ** 32 - 4000),
      async (runs, from) => {
        const hls = new HlsStream({ windowMs: 100_000 })
        let time = from
        const messages: MediaMessage[] = [videoHeader(time), audioHeader(time)]
        for (const run of runs) {
          messages.push(...framesBetween(time, time + run.ms, run.keyEvery, run.frameMs, 'v1'))
          time += run.ms
        }
        for (const each of messages) hls.push(each, START + ((each.timestamp - from) | 0))
        hls.end(START + time - from)
        for (const [name, kind] of [
          ['v0', 'video'],
          ['a0', 'audio'],
        ] as const) {
          const { segments } = readPlaylist(await textOf(hls, `${name}.m3u8`))
          const samples = (await Promise.all(segments.map(({ uri }) => bytesOf(hls, uri)))).flatMap((bytes) =>
            readSamples(bytes),
          )
          const sent = messages
            .flatMap((each) => each.frames())
            .filter((frame) => frame.kind === kind && frame.type === 'coded')
          expect(samples.map(({ decodeTime }) => decodeTime % 2 ** 32)).toEqual(sent.map(({ dts }) => dts))
          expect(samples.every(({ data }, i) => String(data) === String(sent[i]?.payload))).toBe(true)
        }
      },
    ),
    { numRuns: 25 },
  )
}, 60_000)
