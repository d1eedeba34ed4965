import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright'
import { expect } from 'vitest'
import { launchBrowser, videoOf } from './browser.ts'

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
      const player = new Hls({ enableWorker: false, lowLatencyMode: true })
      player.on(Hls.Events.ERROR, (_, { fatal, details, error }) => {
        const isPatient = ${JSON.stringify(PATIENCE)}.includes(details) || error.name === 'InvalidStateError'
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
   * stands at the end and does not always say that it has ended. Such holes come on a busy machine: from parts that are shorter than the 0.25 s by which it
   * looks ahead for a segment (`maxFragLookUpTolerance`) hls.js 1.6 takes the first of the next segment before the last of this one.
   */
  async ended(...allowed: readonly string[]): Promise<void> {
    await this.#until('video.ended || window.isOver')
    const complaints = (await this.errors()).filter(
      (error) => !allowed.some((each) => error.startsWith(each)),
    )
    expect(complaints).toEqual([])
    expect((await videoOf(this.page)).corrupted).toBe(0)
  }

  /** Waits until something is true of `video`. */
  async #until(isTrue: string): Promise<void> {
    await this.page
      .waitForFunction(
        `(() => { const video = document.querySelector('video'); return ${isTrue} })()`,
        undefined,
        {
          timeout: 60_000,
          polling: 100,
        },
      )
      .catch(async (error: unknown) => {
        const seen = JSON.stringify([await videoOf(this.page), await this.loaded(), await this.errors()])
        throw new Error(`waited in vain for ${isTrue}: ${seen}`, { cause: error })
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
