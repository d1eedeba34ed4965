// mpegts.js, the player of HTTP-FLV that most sites have, in a real browser on our addresses.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type RtmpServer } from '@rtmp/server'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile } from '../src/media.ts'
import { chromiumBrowser, launchBrowser, videoOf } from './support/browser.ts'
import { describeWith } from './support/describe-with.ts'
import { FileSite } from './support/file-site.ts'

const PAGE = `<!doctype html><title>mpegts.js</title><video muted></video><script src="/mpegts.js"></script>`

describeWith([chromiumBrowser, ffmpeg], 'mpegts.js in Chromium plays', () => {
  let server: RtmpServer
  let browser: Browser
  /** A site of its own: its pages are of another origin than the media. */
  let site: FileSite
  let address: string

  beforeAll(async () => {
    server = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      http: { port: 0, host: '127.0.0.1' },
      streams: { graceMs: 0 },
    })
    await server.listen()
    site = await FileSite.open()
    site.put(
      '/mpegts.js',
      'text/javascript',
      await readFile(createRequire(import.meta.url).resolve('mpegts.js')),
    )
    address = site.put('/', 'text/html', PAGE)
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    site?.close()
    await server?.close()
  })

  const media = {
    'H.264 and AAC': ['-map', '0', '-c', 'copy'],
    'picture only': ['-map', '0:v', '-c', 'copy'],
  } as const

  for (const [what, words] of Object.entries(media))
    test(`${what}, from its first frame to the end of the stream`, async ({ expect }) => {
      const hasSound = words[1] === '0'
      const path = hasSound ? 'live/both' : 'live/picture'
      const url = `rtmp://127.0.0.1:${server.address('rtmp')?.port}/${path}`
      const publishing = ffmpeg.run(
        args`-re -stream_loop 20 -i ${mediaFile('h264-aac.flv')} ${words} -f flv ${url}`,
        60_000,
      )
      const page = await browser.newPage()
      await page.goto(address)
      const flv = `http://127.0.0.1:${server.address('http')?.port}/${path}.flv?wait=20`
      // The player waits for what the flags of the header promise, sound that never comes too.
      await page.evaluate(`(() => {
        const video = document.querySelector('video')
        window.errors = []
        window.complete = false
        const source = { type: 'flv', isLive: true, url: ${JSON.stringify(flv)} }
        const player = mpegts.createPlayer(source, { enableWorker: false })
        player.on(mpegts.Events.ERROR, (type, detail, info) => window.errors.push([type, detail, info && info.msg]))
        player.on(mpegts.Events.LOADING_COMPLETE, () => { window.complete = true })
        player.on(mpegts.Events.MEDIA_INFO, (info) => { window.info = info })
        player.attachMediaElement(video)
        player.load()
        void player.play()
      })()`)
      await expect.poll(async () => (await videoOf(page)).frames, { timeout: 30_000 }).toBeGreaterThan(25)
      const { time, corrupted, width } = await videoOf(page)
      expect([corrupted, width]).toEqual([0, 320])
      await expect.poll(async () => (await videoOf(page)).time, { timeout: 20_000 }).toBeGreaterThan(time)
      const { hasVideo, hasAudio } = (await page.evaluate('window.info')) as Record<string, boolean>
      expect([hasVideo, hasAudio]).toEqual([true, hasSound])
      await publishing.stop()
      await expect.poll(async () => page.evaluate('window.complete'), { timeout: 20_000 }).toBe(true)
      expect(await page.evaluate('window.errors')).toEqual([])
      await page.close()
    }, 90_000)
})
