import { createHash } from 'node:crypto'
import type { MediaFrame } from '@rtmp/e-rtmp'
import { expect } from 'vitest'
import { tracksOf } from '../../src/source-packets.ts'

/** What may be missing of the pictures, and of the sound, in milliseconds. */
export interface Missing {
  /** A player that comes while it is live begins near its end. Default: what is heard before the first picture. */
  readonly startMs?: number
  /** Default nothing. */
  readonly endMs?: number
}

/** Sound that begins before the pictures is left out: so much at most. */
const BEFORE_PICTURES_MS = 50
/** Buffers that a parser writes of its own accord: FLAC’s header. */
const OF_THE_PARSER = 3

const md5Of = (frame: MediaFrame): string => createHash('md5').update(frame.payload).digest('hex')

/** GStreamer 1.28 writes some key frames of H.264 anew. */
const mayBeRewritten = ({ codec, keyFrame, kind }: MediaFrame): boolean =>
  kind === 'video' && codec === 'h264' && keyFrame

/** The tracks of a kind, one beside the other: at each place a player takes one of them. */
class Choice {
  readonly #tracks: readonly (readonly { readonly frame: MediaFrame; readonly md5: string }[])[]
  /** Where variants have key frames at different times, a player that changes from one to another leaves pictures out. */
  readonly #isAligned: boolean

  constructor(tracks: readonly (readonly MediaFrame[])[]) {
    this.#tracks = tracks.map((frames) => frames.map((frame) => ({ frame, md5: md5Of(frame) })))
    const keys = tracks.map((frames) =>
      String(frames.filter(({ keyFrame }) => keyFrame).map(({ dts }) => dts)),
    )
    this.#isAligned = new Set(keys).size <= 1
  }

  has(md5: string): boolean {
    return this.#tracks.some((track) => track.some((each) => each.md5 === md5))
  }

  /** How much is missing before and behind a run of hashes, and how many frames in it are not as they were. */
  find(hashes: readonly string[]): { startMs: number; endMs: number; rewritten: number } | undefined {
    const [track = []] = this.#tracks
    const timeAt = (place: number): number => track[place]?.frame.dts ?? 0
    const last = track.length - 1
    for (let start = 0; start <= last; start++) {
      let rewritten = 0
      let read = 0
      let place = start
      for (; place <= last && read < hashes.length; place++) {
        const here = this.#tracks.flatMap((each) => each[place] ?? [])
        if (here.some(({ md5 }) => md5 === hashes[read])) read += 1
        else if (!this.#isAligned && place > start) continue
        else if (here.some(({ frame }) => mayBeRewritten(frame))) rewritten += 1
        else break
      }
      if (read < hashes.length) continue
      return {
        startMs: (timeAt(start) - timeAt(0)) | 0,
        endMs: (timeAt(last) - timeAt(place - 1)) | 0,
        rewritten,
      }
    }
    return undefined
  }
}

/** What was read, by MD5 of each buffer, follows in the source without a hole: pictures of one of the variants at a time, and sound. */
export const expectFrames = (
  hashes: readonly string[],
  frames: readonly MediaFrame[],
  missing: Missing = {},
): void => {
  const choices = (['video', 'audio'] as const).flatMap((kind) => {
    const tracks = tracksOf(frames.filter((frame) => frame.kind === kind))
    // Of several sounds only the first is chosen.
    return tracks.length === 0 ? [] : [new Choice(kind === 'video' ? tracks : tracks.slice(0, 1))]
  })
  let rewritten = 0
  for (const choice of choices) {
    const run = choice.find(hashes.filter((md5) => choice.has(md5)))
    expect(run).toBeDefined()
    expect(run?.startMs).toBeLessThanOrEqual(missing.startMs ?? BEFORE_PICTURES_MS)
    expect(run?.endMs).toBeLessThanOrEqual(missing.endMs ?? 0)
    rewritten += run?.rewritten ?? 0
  }
  const unknown = hashes.filter((md5) => !choices.some((choice) => choice.has(md5))).length
  expect(unknown).toBeGreaterThanOrEqual(rewritten)
  expect(unknown).toBeLessThanOrEqual(rewritten + OF_THE_PARSER)
}
