// hls.js in a real browser plays what is made, at low latency, and switches between renditions. No network: its loader asks the
// stream in the same page.
import Hls, {
  ErrorDetails,
  Events,
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderContext,
  LoadStats,
} from 'hls.js'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { answer, HlsStream, type HlsOptions } from '../src/index.ts'
import { messagesOf } from './support/stream.ts'

/** A loader of hls.js that asks a stream. */
const loaderFor = (hls: HlsStream): NonNullable<HlsConfig['loader']> =>
  class StreamLoader implements Loader<LoaderContext> {
    context: LoaderContext | null = null
    stats = new LoadStats()
    #gone = new AbortController()

    destroy(): void {
      this.#gone.abort()
    }

    abort(): void {
      this.#gone.abort()
    }

    load(
      context: LoaderContext,
      _config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      this.context = context
      this.stats.loading.start = performance.now()
      const { pathname, searchParams } = new URL(context.url, location.href)
      const name = pathname.slice(pathname.lastIndexOf('/') + 1)
      const { signal } = this.#gone
      void answer(hls, { name, query: searchParams, signal }, Date.now()).then(({ status, body }) => {
        if (signal.aborted) return
        if (status !== 200) {
          callbacks.onError({ code: status, text: String(body) }, context, null, this.stats)
          return
        }
        const data = typeof body === 'string' ? body : body.slice().buffer
        const { stats } = this
        stats.loading.first = stats.loading.end = performance.now()
        stats.loaded = stats.total = typeof data === 'string' ? data.length : data.byteLength
        callbacks.onSuccess({ url: context.url, data, code: 200 }, stats, context, null)
      })
    }
  }

/** A sample again and again, each time behind the last, from now on. */
const playOn = (hls: HlsStream, messages: readonly MediaMessage[], lengthMs: number): (() => void) => {
  const begun = Date.now()
  if (messages.length === 0) return () => {}
  const media = messages.filter(({ kind }) => kind !== 'data')
  const first = media[0]?.timestamp ?? 0
  let next = 0
  const step = (): void => {
    for (;;) {
      const message = media[next % media.length] as MediaMessage
      const at = message.timestamp - first + Math.floor(next / media.length) * lengthMs
      if (at > Date.now() - begun) return
      hls.push(message.at(at), Date.now())
      next += 1
    }
  }
  const pushing = setInterval(step, 10)
  const ticking = setInterval(() => hls.tick(Date.now()), 1000)
  return () => {
    clearInterval(pushing)
    clearInterval(ticking)
  }
}

const PATIENCE: ReadonlySet<string> = new Set([
  ErrorDetails.BUFFER_STALLED_ERROR,
  ErrorDetails.BUFFER_NUDGE_ON_STALL,
  ErrorDetails.BUFFER_SEEK_OVER_HOLE,
])

interface Playing {
  readonly video: HTMLVideoElement
  readonly player: Hls
  readonly hls: HlsStream
  readonly fatal: string[]
  stop(): void
}

const play = (
  messages: readonly MediaMessage[],
  lengthMs: number,
  options: HlsOptions,
  config: Partial<HlsConfig>,
): Playing => {
  const hls = new HlsStream(options)
  const stopPushing = playOn(hls, messages, lengthMs)
  const video = document.createElement('video')
  video.muted = true
  document.body.append(video)
  const player = new Hls({ loader: loaderFor(hls), enableWorker: false, ...config })
  const fatal: string[] = []
  player.on(Events.ERROR, (_, { fatal: isFatal, details, error }) => {
    // A player that waits, because the machine is busy or it is switching, has nothing to complain of.
    // On a switch it sometimes appends while it is still appending, and tries again: an InvalidStateError.
    if (isFatal || !(PATIENCE.has(details) || error.name === 'InvalidStateError'))
      fatal.push(`${details}: ${error.message}`)
  })
  player.loadSource(new URL('/stream/index.m3u8', location.href).href)
  player.attachMedia(video)
  void video.play().catch(() => {})
  return {
    video,
    player,
    hls,
    fatal,
    stop: () => {
      stopPushing()
      player.destroy()
      video.remove()
      hls.close()
    },
  }
}

const until = async (what: string, isTrue: () => boolean, limitMs = 30_000): Promise<void> => {
  const end = Date.now() + limitMs
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`not ${what} within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const decoded = (video: HTMLVideoElement): number => video.getVideoPlaybackQuality().totalVideoFrames

test('hls.js plays with low latency: parts, hints and blocking reloads', async () => {
  const { video, player, fatal, stop } = play(
    await messagesOf('h264-aac-nobframes'),
    4000,
    { segmentMs: 1000 },
    // What a busy machine makes it fall behind, it catches up.
    { lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.5 },
  )
  try {
    await until('playing', () => video.currentTime > 0 && decoded(video) > 100)
    expect(player.levels.map(({ width, height, codecs }) => [width, height, codecs])).toEqual([
      [320, 180, 'avc1.64000d,mp4a.40.2'],
    ])
    // Where it is told to be: three parts from the end. Where it wants to be lies further back after each time it had to wait.
    const { details } = player.levels[0] ?? {}
    expect(details?.partTarget).toBeLessThan(0.3)
    expect(details?.partHoldBack).toBeLessThan(1)
    expect(details?.canBlockReload).toBe(true)
    expect(details?.partList?.length).toBeGreaterThan(0)
    expect(player.lowLatencyMode).toBe(true)
    await until('near the live edge', () => player.latency < 2.5)
    expect(fatal).toEqual([])
  } finally {
    stop()
  }
}, 60_000)

test('hls.js plays without parts', async () => {
  const { video, fatal, stop } = play(await messagesOf('h264-aac'), 4000, { partMs: 0, segmentMs: 1000 }, {})
  try {
    await until('playing', () => decoded(video) > 50)
    expect(fatal).toEqual([])
  } finally {
    stop()
  }
}, 60_000)

test('hls.js switches between the three renditions of OBS', async () => {
  const messages = await messagesOf('obs/obs32-multitrack-h264x3-aac')
  const { video, player, fatal, stop } = play(
    messages,
    5005,
    { segmentMs: 1000, windowMs: 30_000 },
    { lowLatencyMode: true },
  )
  try {
    await until('playing', () => decoded(video) > 10)
    expect(player.levels.map(({ height }) => height).toSorted((a, b) => a - b)).toEqual([90, 180, 360])
    const seen = new Map<number, number>()
    for (const height of [360, 90, 180]) {
      player.nextLevel = player.levels.findIndex((level) => level.height === height)
      await until(`showing ${height} lines`, () => video.videoHeight === height)
      const before = decoded(video)
      await until(`decoding ${height} lines`, () => decoded(video) > before + 10)
      seen.set(height, decoded(video) - before)
    }
    expect([...seen.keys()]).toEqual([360, 90, 180])
    expect(fatal).toEqual([])
  } finally {
    stop()
  }
}, 120_000)

test('a window that has ended is played to its end', async () => {
  const messages = await messagesOf('h264-aac-nobframes')
  const { video, hls, fatal, stop } = play([], 4000, { segmentMs: 1000, windowMs: 30_000 }, {})
  try {
    for (const message of messages) hls.push(message, Date.now())
    hls.end(Date.now())
    await until('ended', () => video.ended)
    expect(video.duration).toBeGreaterThan(3.9)
    expect(decoded(video)).toBeGreaterThanOrEqual(99)
    expect(fatal).toEqual([])
  } finally {
    stop()
  }
}, 60_000)
