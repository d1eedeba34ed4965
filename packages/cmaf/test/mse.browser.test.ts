// Media Source Extensions of a real browser read what is written: every frame is buffered where it belongs, decoded, and
// played to the end. What the browser has no decoder for is skipped, and said.
import type { MediaFrame } from '@rtmp/e-rtmp'
import { concat } from '@rtmp/bytes'
import { describe, expect, test } from 'vitest'
import { type CmafPiece, CmafWriter, type CmafWriterOptions, type InitPiece } from '../src/index.ts'
import { codedOf, cutEvery, framesOf, SAMPLES } from './support/stream.ts'

const LIMIT_MS = 30_000

const happened = (target: EventTarget, name: string): Promise<Event> =>
  new Promise((resolve, reject) => {
    const abort = setTimeout(() => reject(new Error(`no ${name} within ${LIMIT_MS} ms`)), LIMIT_MS)
    const done = (event: Event): void => {
      clearTimeout(abort)
      resolve(event)
    }
    target.addEventListener(name, done, { once: true })
    if (name !== 'error') target.addEventListener('error', () => done(new Event('error')), { once: true })
  })

/** A video element with an open media source. */
const openPlayer = async (): Promise<{ video: HTMLVideoElement; source: MediaSource }> => {
  const video = document.createElement('video')
  video.muted = true
  document.body.append(video)
  const source = new MediaSource()
  video.src = URL.createObjectURL(source)
  await happened(source, 'sourceopen')
  return { video, source }
}

const closePlayer = (video: HTMLVideoElement): void => {
  URL.revokeObjectURL(video.src)
  video.remove()
}

const append = async (buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
  const done = happened(buffer, 'updateend')
  buffer.appendBuffer(bytes)
  expect((await done).type).toBe('updateend')
}

/** Appends pieces, many small ones in one call: what matters is the boxes. */
const appendAll = async (buffer: SourceBuffer, pieces: readonly CmafPiece[]): Promise<void> => {
  for (let at = 0; at < pieces.length; at += 50) {
    const some = pieces.slice(at, at + 50)
    await append(
      buffer,
      concat(some.flatMap((piece) => (piece.kind === 'init' ? [piece.bytes] : piece.slices))),
    )
  }
}

/** Appends frames, cut behind every so many; gives the buffer. */
const feed = async (
  source: MediaSource,
  frames: readonly MediaFrame[],
  count: number,
  options: CmafWriterOptions,
): Promise<SourceBuffer> => {
  const pieces = cutEvery(count, frames, new CmafWriter(options))
  const buffer = source.addSourceBuffer((pieces[0] as InitPiece).mimeType)
  await appendAll(buffer, pieces)
  return buffer
}

const ranges = (buffered: TimeRanges): number[][] =>
  Array.from({ length: buffered.length }, (_, i) => [
    Math.round(buffered.start(i) * 1000),
    Math.round(buffered.end(i) * 1000),
  ])

interface Wanted {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
}

/** One track of each kind, as a player would choose: one writer and one buffer each. */
const chosen = (frames: readonly MediaFrame[]): Wanted[] =>
  (['video', 'audio'] as const).flatMap((kind) => {
    const first = frames.find((frame) => frame.kind === kind && frame.type === 'coded')
    return first === undefined ? [] : [{ kind, trackId: first.trackId }]
  })

const accepts =
  ({ kind, trackId }: Wanted) =>
  (frame: MediaFrame): boolean =>
    frame.kind === kind && frame.trackId === trackId

describe.each(SAMPLES)('%s', (name) => {
  test('plays to the end, frame by frame', async ({ skip }) => {
    const frames = await framesOf(name)
    const tracks = chosen(frames).map((wanted) => {
      const pieces = cutEvery(1, frames, new CmafWriter({ accept: accepts(wanted) }))
      return { ...wanted, pieces, mimeType: (pieces[0] as InitPiece).mimeType }
    })
    const lacking = tracks
      .map(({ mimeType }) => mimeType)
      .filter((type) => !MediaSource.isTypeSupported(type))
    if (lacking.length > 0)
      console.log(`skipped: ${name} in this browser, which does not play ${lacking.join(', ')}`)
    skip(lacking.length > 0, `this browser does not play ${lacking.join(', ')}`)
    const { video, source } = await openPlayer()
    // All buffers have to be there before the first byte is appended.
    const fed = tracks.map((track) => ({ ...track, buffer: source.addSourceBuffer(track.mimeType) }))
    for (const { kind, trackId, pieces, buffer } of fed) {
      await appendAll(buffer, pieces)
      const shown = codedOf(frames, kind, trackId).map(({ pts }) => pts)
      const [range, ...others] = ranges(buffer.buffered)
      expect(others).toEqual([])
      expect(range?.[0]).toBe(Math.min(...shown))
      // Behind the last frame comes its own duration.
      expect(range?.[1]).toBeGreaterThan(Math.max(...shown))
      expect(range?.[1]).toBeLessThanOrEqual(Math.max(...shown) + 86)
    }
    source.endOfStream()
    const start = video.buffered.start(0)
    video.currentTime = start
    video.playbackRate = 4
    const ended = happened(video, 'ended')
    await video.play()
    expect((await ended).type).toBe('ended')
    expect(video.error).toBeNull()
    expect(video.currentTime - start).toBeGreaterThan(1.9)
    const sees = tracks.some(({ kind }) => kind === 'video')
    const { totalVideoFrames, corruptedVideoFrames } = video.getVideoPlaybackQuality()
    expect(corruptedVideoFrames).toBe(0)
    if (sees) {
      expect(totalVideoFrames).toBeGreaterThan(20)
      expect(video.videoWidth).toBe(320)
      expect(video.videoHeight).toBe(180)
    }
    closePlayer(video)
  }, 60_000)
})

const plain = async (): Promise<MediaFrame[]> =>
  (await framesOf('h264-aac')).filter(({ trackId }) => trackId === 0)

test('one buffer takes sound and pictures in the same fragments', async () => {
  const frames = await plain()
  const { video, source } = await openPlayer()
  const buffer = await feed(source, frames, 10, {})
  const shown = codedOf(frames, 'video', 0).map(({ pts }) => pts)
  const heard = codedOf(frames, 'audio', 0).map(({ pts }) => pts)
  expect(ranges(buffer.buffered)[0]?.[0]).toBe(Math.max(Math.min(...shown), Math.min(...heard)))
  closePlayer(video)
})

test('an edit list moves what is buffered: the first picture stands at 0', async () => {
  const frames = (await plain()).filter(({ kind }) => kind === 'video')
  const { video, source } = await openPlayer()
  const buffer = await feed(source, frames, 10, { presentFrom: 'first' })
  expect(ranges(buffer.buffered)[0]?.[0]).toBe(0)
  closePlayer(video)
})

test('a time of production before each fragment is passed over', async () => {
  const frames = (await plain()).filter(({ kind }) => kind === 'video')
  const writer = new CmafWriter()
  const { video, source } = await openPlayer()
  let buffer: SourceBuffer | undefined
  for (const frame of frames) {
    writer.push(frame)
    for (const piece of writer.take({ producedAt: 1_764_460_800_000, segmentStart: true })) {
      if (piece.kind === 'init') buffer = source.addSourceBuffer(piece.mimeType)
      if (buffer !== undefined)
        await append(buffer, piece.kind === 'init' ? piece.bytes.slice() : concat(piece.slices))
    }
  }
  expect(ranges(buffer?.buffered ?? video.buffered).length).toBe(1)
  closePlayer(video)
}, 60_000)

test('pictures with the same decode time, a gap, and another header in mid-stream are taken', async () => {
  const frames = (await plain()).filter(({ kind }) => kind === 'video')
  const other = (await framesOf('h264-aac-nobframes')).filter(({ kind }) => kind === 'video')
  const shift = (frame: MediaFrame, by: number): MediaFrame => ({
    ...frame,
    dts: frame.dts + by,
    pts: frame.pts + by,
  })
  // The second stream 10 s later, all of whose odd pictures come at the time of the even ones before them.
  const doubled = other.map((frame, i) => {
    const back = frame.type === 'coded' && i % 2 === 1 ? frame.dts - (other[i - 1]?.dts ?? 0) : 0
    return shift({ ...frame, dts: frame.dts - back }, 10_000)
  })
  const { video, source } = await openPlayer()
  const buffer = await feed(source, [...frames, ...doubled], 3, {})
  expect(video.error).toBeNull()
  const found = ranges(buffer.buffered)
  expect(found.length).toBe(2)
  expect(found[1]?.[0]).toBe(10_000 + Math.min(...codedOf(other, 'video', 0).map(({ pts }) => pts)))
  closePlayer(video)
})
