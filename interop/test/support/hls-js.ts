import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { FlvTagInit } from '@rtmp/flv'
import type { Browser, Page } from 'playwright'
import { expect } from 'vitest'
import { launchBrowser, videoOf } from './browser.ts'
import { framesOf } from './live-hls.ts'

const PAGE = `<!doctype html><title>hls.js</title><video muted></video><script src="/hls.js"></script>`

/**
 * A player that waits, because the machine is busy, it is switching or a track has stopped, has nothing to complain of: it asks again when a part
 * does not come in the time of a few. Nor has one that says that it appended while it was still appending: it tries again.
 */
const PATIENCE = [
  'bufferStalledError',
  'bufferNudgeOnStall',
  'bufferSeekOverHole',
  'levelLoadTimeOut',
  'audioTrackLoadTimeOut',
]

/** Of tests that take half a minute, and longer on a busy machine. */
export const PATIENT = { timeout: 120_000 } as const

/** Lines of its log that are kept of hls.js, and of each playlist: for a failure. */
const MOST_TOLD = 400
const LINES_TOLD = 40

/** How a player stands. */
interface PlayerState extends Record<string, unknown> {
  /** Its media playlists. */
  readonly lists: readonly string[]
  /** The end of its log, with seconds since the page began. */
  readonly told: readonly string[]
}

/** Makes a {@link PlayerState} in the page. */
const STATE = `(() => {
  const video = document.querySelector('video')
  const { duration, currentTime, readyState, paused, ended, videoWidth, error } = video
  const rangesOf = ({ buffered }) => Array.from(buffered, (_, i) => [buffered.start(i), buffered.end(i)])
  const { totalVideoFrames, droppedVideoFrames, corruptedVideoFrames } = video.getVideoPlaybackQuality()
  const playlistOf = (level) => {
    if (!level?.details) return undefined
    const { live, startSN, endSN, lastPartSn, lastPartIndex, edge, partEnd } = level.details
    return { live, startSN, endSN, lastPartSn, lastPartIndex, edge, partEnd }
  }
  const playing = [player.levels[player.currentLevel], player.audioTracks[player.audioTrack]]
  return {
    duration, currentTime, readyState, paused, ended, videoWidth, error: error?.message,
    frames: { totalVideoFrames, droppedVideoFrames, corruptedVideoFrames },
    buffered: rangesOf(video),
    source: window.source?.readyState,
    tracks: Object.entries(window.tracks ?? {}).map(([name, { buffer }]) => [name, buffer.updating, rangesOf(buffer)]),
    playing: playing.map(playlistOf),
    loaded: [...loaded],
    errors,
    lists: playing.flatMap((level) => level?.details?.url ?? level?.url ?? []),
    told,
  }
})()`

/**
 * Whether a player has stood for three seconds within 0.1 s of the end of its buffer, and its playlists have ended: it stands a frame before the end where
 * the media source was not told of it.
 */
const STANDS_AT_THE_END = `(() => {
  const { buffered, currentTime } = video
  const end = buffered.length === 0 ? Infinity : buffered.end(buffered.length - 1)
  const playing = [player.levels[player.currentLevel], player.audioTracks[player.audioTrack]].filter(Boolean)
  const isLive = playing.length === 0 || playing.some(({ details }) => details?.live !== false)
  if (isLive || end - currentTime > 0.1 || window.stoodAt !== currentTime) {
    window.stoodAt = currentTime
    window.stoodSince = performance.now()
  }
  return performance.now() - window.stoodSince > 3000
})()`

/** What hls.js has loaded of one level. */
export interface LoadedLevel {
  readonly height: number
  /** Segments and parts. */
  readonly loaded: number
}

/** How hls.js got on with a level that it was told to show. */
export interface ShownLevel {
  readonly height: number
  readonly width: number
  /** Pictures decoded since it was there. */
  readonly frames: number
}

/**
 * What a player's time lacks against the clock of tags, at their end: it begins where the decoding of the main playlist does, and goes on behind a
 * discontinuity where the frames before it end.
 */
const beginOf = (tags: readonly FlvTagInit[]): number => {
  const all = tags.flatMap(framesOf)
  const main = all.some(({ kind }) => kind === 'video') ? 'video' : 'audio'
  let begin: number | undefined
  let end = 0
  let newest = 0
  let isNew = false
  for (const { kind, type, dts } of all) {
    if (kind !== main) continue
    if (type === 'sequenceHeader') isNew = true
    if (type !== 'coded') continue
    if (begin === undefined) begin = dts
    else if (isNew) begin += dts - end
    isNew = false
    end = dts + (dts - newest)
    newest = dts
  }
  return begin ?? 0
}

/** hls.js in a page of a site of its own: it is of another origin than the media. */
export class HlsJsPage implements AsyncDisposable {
  readonly page: Page
  readonly #close: () => Promise<unknown>

  private constructor(page: Page, close: () => Promise<unknown>) {
    this.page = page
    this.#close = close
  }

  /** A page in a browser of its own. */
  static async start(url: string): Promise<HlsJsPage> {
    const browser = await launchBrowser()
    return HlsJsPage.open(browser, url, () => browser.close())
  }

  /** Opens a page that plays this multivariant playlist at low latency. @param also - What else is done when it is closed. */
  static async open(browser: Browser, url: string, also?: () => Promise<void>): Promise<HlsJsPage> {
    const script = await readFile(createRequire(import.meta.url).resolve('hls.js/dist/hls.js'))
    const site = createServer((request, response) => {
      const isScript = request.url === '/hls.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : PAGE)
    })
    site.listen(0, '127.0.0.1')
    await once(site, 'listening')
    const page = await browser.newPage()
    const opened = new HlsJsPage(page, async () => {
      await page.close()
      site.closeAllConnections()
      site.close()
      await also?.()
    })
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    await page.evaluate(`(() => {
      const video = document.querySelector('video')
      window.errors = []
      window.loaded = new Map()
      window.told = []
      const tell = (...said) => {
        told.push([(performance.now() / 1000).toFixed(3), ...said].join(' '))
        if (told.length > ${MOST_TOLD}) told.shift()
      }
      const debug = { trace: () => {}, debug: () => {}, log: tell, info: tell, warn: tell, error: tell }
      // With parts that are shorter than its 0.25 s hls.js 1.6 takes the first of the next segment before the last of this one.
      const player = new Hls({ enableWorker: false, lowLatencyMode: true, maxFragLookUpTolerance: 0, debug })
      // On a busy machine several reloads in a row may take too long.
      player.config.playlistLoadPolicy.default.timeoutRetry.maxNumRetry = 20
      player.on(Hls.Events.BUFFER_CREATED, (_, { tracks }) => (window.tracks = tracks))
      player.on(Hls.Events.MEDIA_ATTACHED, (_, { mediaSource }) => (window.source = mediaSource))
      player.on(Hls.Events.ERROR, (_, { fatal, details, error }) => {
        const isPatient = ${JSON.stringify(PATIENCE)}.includes(details) || error.name === 'InvalidStateError'
        if (fatal) window.isBroken = true
        if (fatal || !isPatient) window.errors.push(details + ': ' + error.message)
      })
      player.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => {
        if (frag.type !== 'main') return
        const { height } = player.levels[frag.level]
        window.loaded.set(height, (window.loaded.get(height) ?? 0) + 1)
      })
      player.on(Hls.Events.MEDIA_ENDED, () => (window.isOver = true))
      player.loadSource(${JSON.stringify(url)})
      player.attachMedia(video)
      window.player = player
      void video.play()
    })()`)
    return opened
  }

  /** Heights and codecs of the levels, from the least to the greatest. */
  levels(): Promise<{ height: number; codecs: string; isLive: boolean | undefined }[]> {
    return this.page.evaluate(
      `player.levels.map(({ height, codecs, details }) => ({ height, codecs, isLive: details?.live }))`,
    )
  }

  /** What came into the buffer, of each level. */
  loaded(): Promise<LoadedLevel[]> {
    return this.page.evaluate(`[...loaded].map(([height, loaded]) => ({ height, loaded }))`)
  }

  errors(): Promise<string[]> {
    return this.page.evaluate('errors')
  }

  /** Waits until so many more pictures have been decoded. */
  async decodes(more: number): Promise<void> {
    const { frames } = await videoOf(this.page)
    await this.#until(`video.getVideoPlaybackQuality().totalVideoFrames >= ${frames + more}`)
  }

  /** Switches to the level of this height, and waits until so many pictures of it have been decoded. */
  async show(height: number, pictures: number): Promise<ShownLevel> {
    await this.page.evaluate(
      `player.nextLevel = player.levels.findIndex((level) => level.height === ${height})`,
    )
    await this.#until(`video.videoHeight === ${height}`)
    const before = await videoOf(this.page)
    await this.decodes(pictures)
    const { frames, width } = await videoOf(this.page)
    return { height, width, frames: frames - before.frames }
  }

  /**
   * Waits until everything has been played, without a complaint but for these. It is hls.js that tells: Chromium, whose pictures have a hole before the end,
   * stands at the end and does not always say that it has ended. Nor does hls.js always, when it hears of the end while it loads the last parts:
   * {@link holdsTheEndOf} shows that nothing is missing.
   */
  async ended(...allowed: readonly string[]): Promise<void> {
    await this.#until(`video.ended || window.isOver || ${STANDS_AT_THE_END}`)
    const complaints = (await this.errors()).filter(
      (error) => !allowed.some((each) => error.startsWith(each)),
    )
    expect(complaints).toEqual([])
    expect((await videoOf(this.page)).corrupted).toBe(0)
  }

  /** The last frame of each kind that was sent is in the buffer. @param tags - What was sent, on one clock. */
  async holdsTheEndOf(tags: readonly FlvTagInit[]): Promise<void> {
    const ends = await this.page.evaluate<Record<string, number>>(
      `Object.fromEntries(Object.entries(tracks).map(([kind, { buffer: { buffered } }]) => [kind, buffered.end(buffered.length - 1) * 1000]))`,
    )
    const frames = tags.flatMap(framesOf).filter(({ type }) => type === 'coded')
    const kinds = [...new Set(frames.map(({ kind }) => kind))]
    expect(Object.keys(ends).toSorted()).toEqual(kinds.toSorted())
    const begin = beginOf(tags)
    for (const kind of kinds) {
      const last = Math.max(...frames.filter((frame) => frame.kind === kind).map(({ pts }) => pts))
      if ((ends[kind] ?? 0) <= last - begin)
        throw new Error(
          `${kind} is in the buffer to ${ends[kind]} of ${last - begin} ms:\n${await this.#story()}`,
        )
    }
  }

  /** Waits until something is true of `video`. */
  async #until(isTrue: string): Promise<void> {
    await this.page
      .waitForFunction(
        `(() => { const video = document.querySelector('video'); if (window.isBroken) throw new Error('hls.js has given up'); return ${isTrue} })()`,
        undefined,
        {
          timeout: 60_000,
          polling: 100,
        },
      )
      .catch(async (error: unknown) => {
        throw new Error(`waited in vain for ${isTrue}:\n${await this.#story()}`, { cause: error })
      })
  }

  /** How the player stands, what its playlists say now, and what it said last: what one wants to know of one that came to no end. */
  async #story(): Promise<string> {
    const { lists, told, ...state } = await this.page.evaluate<PlayerState>(STATE)
    const texts = await Promise.all(
      lists.map(async (url) => {
        const text = await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
          (answer) => answer.text(),
          String,
        )
        return `${url}\n${text.split('\n').slice(-LINES_TOLD).join('\n')}`
      }),
    )
    return [JSON.stringify(state, undefined, 1), ...texts, ...told].join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
