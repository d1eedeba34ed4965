import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright'
import { launchBrowser } from './browser.ts'
import { FileSite } from './file-site.ts'

/** How a browser is given a file: as any page does it, through Media Source Extensions, or by mpegts.js. */
type Way = 'src' | 'mse' | 'mpegts.js'

/** What became of a file in a browser. */
export interface PlayedFile {
  /** What it complained of. */
  readonly errors: readonly unknown[]
  /** Where it stood at the end, in seconds. */
  readonly end: number
  /** Pictures that were decoded, and those that were broken. */
  readonly frames: number
  readonly corrupted: number
  readonly width: number
  /** Where it was after a seek to the middle, with a picture to show. */
  readonly sought: number
}

const PAGE = `<!doctype html><title>A file</title><video muted></video><script src="/mpegts.js"></script>`

/** Fast, so that a test does not wait for what can be decoded in no time. */
const RATE = 4

/** How each way begins; `errors` is what it complains of. */
const BEGIN: Readonly<Record<Way, string>> = {
  src: `video.src = url`,
  mse: `
    const source = new MediaSource()
    video.src = URL.createObjectURL(source)
    await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }))
    const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.64000d, mp4a.40.2"')
    buffer.addEventListener('error', () => errors.push('the buffer refused it'))
    buffer.appendBuffer(await (await fetch(url)).arrayBuffer())
    await new Promise((resolve) => buffer.addEventListener('updateend', resolve, { once: true }))
    if (source.readyState === 'open') source.endOfStream()`,
  'mpegts.js': `
    const player = mpegts.createPlayer({ type: 'flv', isLive: false, url }, { enableWorker: false })
    player.on(mpegts.Events.ERROR, (type, detail, info) => errors.push([type, detail, info && info.msg]))
    player.attachMediaElement(video)
    player.load()`,
}

/** A browser that is given files. */
export class FilePlayer {
  readonly #browser: Browser
  readonly #site: FileSite
  readonly #page: string
  #files = 0

  private constructor(browser: Browser, site: FileSite, page: string) {
    this.#browser = browser
    this.#site = site
    this.#page = page
  }

  static async open(): Promise<FilePlayer> {
    const site = await FileSite.open()
    const script = await readFile(createRequire(import.meta.url).resolve('mpegts.js'))
    site.put('/mpegts.js', 'text/javascript', script)
    return new FilePlayer(await launchBrowser(), site, site.put('/', 'text/html', PAGE))
  }

  /** Plays a file to its end, then goes to its middle. */
  async play(type: 'video/mp4' | 'video/x-flv', bytes: Uint8Array, way: Way): Promise<PlayedFile> {
    const path = `/${this.#files++}.${type === 'video/mp4' ? 'mp4' : 'flv'}`
    const url = this.#site.put(path, type, bytes)
    const page = await this.#browser.newPage()
    await page.goto(this.#page)
    const played = (await page.evaluate(script(url, way))) as PlayedFile
    await page.close()
    return played
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#site.close()
  }
}

const script = (url: string, way: Way): string => `(async () => {
    const video = document.querySelector('video')
    const url = ${JSON.stringify(url)}
    const errors = []
    const failed = new Promise((resolve) => video.addEventListener('error', resolve, { once: true }))
    failed.then(() => errors.push(video.error && video.error.message))
    const happens = (name) =>
      Promise.race([new Promise((resolve) => video.addEventListener(name, resolve, { once: true })), failed])
    const ended = happens('ended')
    ${BEGIN[way]}
    video.playbackRate = ${RATE}
    video.play().catch((error) => errors.push(error.message))
    await ended
    const end = video.currentTime
    const { totalVideoFrames: frames, corruptedVideoFrames: corrupted } = video.getVideoPlaybackQuality()
    let sought = Number.NaN
    if (errors.length === 0) {
      const seeked = happens('seeked')
      video.currentTime = end / 2
      await seeked
      if (video.readyState >= 2) sought = video.currentTime
    }
    return { errors, end, frames, corrupted, width: video.videoWidth, sought }
  })()`
