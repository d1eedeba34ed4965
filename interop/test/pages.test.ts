// The pages in a real browser: FFmpeg publishes, Chromium watches, administers and goes live.
import { readFile } from 'node:fs/promises'
import { play } from '@rtmp/client'
import { createServer, type RtmpServer } from '@rtmp/server'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile } from '../src/media.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { chromiumBrowser, complaintsOf, launchBrowser, videoOf } from './support/browser.ts'

const TOKEN = 'a-token-of-this-test'

/** What axe has against a page. */
const faultsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const scope = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await scope.axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

/** The settings for OBS: a file to download, and what it would be told. */
const showsObs = async (page: Page): Promise<void> => {
  const settings = page.getByRole('region', { name: 'Several renditions from OBS' })
  const downloading = page.waitForEvent('download')
  await settings.getByRole('button', { name: 'Download service.json' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('service.json')
  const { settings: written } = JSON.parse(await readFile(await download.path(), 'utf8')) as {
    settings: { multitrack_video_configuration_url: string }
  }
  expect(new URL(written.multitrack_video_configuration_url).pathname).toBe('/_/obs/multitrack')
  await settings.getByRole('button', { name: 'Show renditions' }).click()
  await settings.getByText('1280×720').waitFor()
  await settings.getByRole('button', { name: 'Copy JSON' }).waitFor()
}

const absent = [chromiumBrowser, ffmpeg].map((one) => one.availability()).find(({ available }) => !available)
if (absent?.available === false) console.log(`skipped: pages in Chromium (${absent.reason})`)

// One after the other: what is not looked at, a browser may not play.
describe.skipIf(absent !== undefined)('pages in Chromium', () => {
  let server: RtmpServer
  let browser: Browser
  let rtmp: string
  let http: string

  beforeAll(async () => {
    server = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      http: { port: 0, host: '127.0.0.1', token: TOKEN },
      streams: { graceMs: 500 },
    })
    await server.listen()
    rtmp = `rtmp://127.0.0.1:${server.address('rtmp')?.port}`
    http = `http://127.0.0.1:${server.address('http')?.port}`
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const publish = (client: Ffmpeg, name: string, path: string): RunningProgram =>
    client.run(
      args`-re -stream_loop 20 -i ${mediaFile(`${name}.flv`)} -map 0 -c copy -f flv ${`${rtmp}/${path}`}`,
      90_000,
    )

  const open = async (path: string, width = 1280): Promise<{ page: Page; complaints: string[] }> => {
    const page = await browser.newPage({ viewport: { width, height: 844 } })
    const complaints = complaintsOf(page)
    await page.goto(`${http}${path}`)
    return { page, complaints }
  }

  const plays = async (page: Page): Promise<void> => {
    await expect.poll(async () => (await videoOf(page)).frames, { timeout: 30_000 }).toBeGreaterThan(50)
    const { time, corrupted, width } = await videoOf(page)
    expect(corrupted).toBe(0)
    expect(width).toBe(320)
    await expect.poll(async () => (await videoOf(page)).time, { timeout: 20_000 }).toBeGreaterThan(time + 0.5)
  }

  test('what FFmpeg 5 publishes is watched: H.264 and AAC, on a phone’s width', async () => {
    const { page, complaints } = await open('/live/old', 390)
    await page.getByText('This stream is not live yet').waitFor()
    const publishing = publish(ffmpeg, 'h264-aac', 'live/old')
    await plays(page)
    await page.getByText('H.264, ', { exact: false }).waitFor()
    await page.getByText('48 kHz, ', { exact: false }).waitFor()
    expect(await faultsOf(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    // The publisher goes and comes back: the page goes on by itself.
    await publishing.stop()
    await page.getByText('The stream has ended').waitFor({ timeout: 30_000 })
    const again = publish(ffmpeg, 'h264-aac-nobframes', 'live/old')
    await plays(page)
    await again.stop()
    expect(complaints).toEqual([])
    await page.close()
  }, 120_000)

  test('without Media Source Extensions the browser’s own HLS plays, once the stream is there', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    const complaints = complaintsOf(page)
    await page.addInitScript('delete globalThis.MediaSource; delete globalThis.ManagedMediaSource')
    await page.goto(`${http}/live/phone`)
    await page.getByText('This stream is not live yet').waitFor()
    const publishing = publish(ffmpeg, 'h264-aac', 'live/phone')
    await plays(page)
    expect(await page.evaluate(`document.querySelector('video').src`)).toBe(`${http}/live/phone.m3u8`)
    // The page and its video are one viewer.
    const viewers = [...server.connections].filter(({ protocol }) => protocol === 'hls')
    expect(viewers.length).toBe(1)
    expect(await faultsOf(page)).toEqual([])
    await publishing.stop()
    expect(complaints).toEqual([])
    await page.close()
  }, 90_000)

  test('what cannot be watched is said in words: HEVC', async ({ skip }) => {
    if (!newerFfmpeg.availability().available) skip('needs a newer FFmpeg')
    const publishing = publish(newerFfmpeg, 'hevc-aac', 'live/hevc')
    const { page } = await open('/live/hevc')
    await page.getByText('This browser cannot play H.265').waitFor({ timeout: 30_000 })
    await publishing.stop()
    await page.close()
  }, 90_000)

  test.each(['av1-opus', 'vp9-opus', 'multitrack-h264x2-aacx2'])(
    'what FFmpeg 9 publishes is watched: %s',
    async (name) => {
      if (!newerFfmpeg.availability().available) return
      const publishing = publish(newerFfmpeg, name, `live/${name}`)
      const { page, complaints } = await open(`/live/${name}?embed`)
      await plays(page)
      if (name.startsWith('multitrack')) {
        await page.goto(`${http}/live/${name}`)
        await plays(page)
        await page.getByLabel('Sound', { exact: true }).selectOption('1')
        await page.getByLabel('Picture', { exact: true }).selectOption('1')
        const { time } = await videoOf(page)
        await expect
          .poll(async () => (await videoOf(page)).time, { timeout: 20_000 })
          .toBeGreaterThan(time + 3)
      }
      await publishing.stop()
      expect(complaints).toEqual([])
      await page.close()
    },
    90_000,
  )

  test('the console is entered by token, shows everything, ends a stream, and axe finds nothing', async () => {
    const publishing = publish(ffmpeg, 'h264-aac', 'live/managed')
    const { page, complaints } = await open('/_/console/')
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'this is for administrators' }).waitFor()
    expect(await faultsOf(page)).toEqual([])
    await page.goto(`${http}/_/console/#token=${TOKEN}`)
    await page.reload()
    await page.getByRole('navigation').waitFor()
    expect(page.url()).not.toContain(TOKEN)
    for (const room of [
      'Overview',
      'Connections',
      'Relays',
      'Events',
      'Publish',
      'Configuration',
      'Streams',
    ]) {
      await page.getByRole('link', { name: room, exact: true }).click()
      await page.getByRole('heading', { level: 1, name: room }).waitFor()
      if (room === 'Connections') {
        await page.getByText('publishes live/managed').waitFor()
        await page.getByRole('button', { name: 'Log', exact: true }).first().press('Enter')
        const log = page.getByRole('list', { name: /^Log of connection/ })
        await log.getByText('publishStarted').waitFor()
      }
      if (room === 'Publish') await showsObs(page)
      expect([room, await faultsOf(page)]).toEqual([room, []])
      // On a phone's width too, where tables scroll sideways.
      await page.setViewportSize({ width: 390, height: 844 })
      expect([room, await faultsOf(page)]).toEqual([room, []])
      const width = (): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth')
      await expect.poll(width, { message: room, timeout: 5000 }).toBe(390)
      await page.setViewportSize({ width: 1280, height: 844 })
    }
    const stream = page.getByRole('region', { name: 'Stream live/managed' })
    await stream.getByRole('button', { name: 'More' }).click()
    await stream.getByText('ws-flv', { exact: false }).or(stream.getByText('flv/webSocket')).first().waitFor()
    await stream.getByText('320×180', { exact: false }).waitFor()
    expect(await faultsOf(page)).toEqual([])
    await stream.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('button', { name: 'Yes, do it' }).click()
    await publishing.ended
    expect(complaints).toEqual([])
    await page.close()
  }, 90_000)

  test('a camera goes live from a page, and a player over RTMP gets it', async () => {
    const { page, complaints } = await open('/_/go-live#live/camera')
    expect(await faultsOf(page)).toEqual([])
    const player = play(`${rtmp}/live/camera`, { signal: AbortSignal.timeout(60_000) })
    await player.started
    await page.getByRole('button', { name: 'Camera' }).click()
    await page.getByLabel('Size').selectOption('360')
    await page.getByLabel('Codec').selectOption('vp9')
    await page.getByRole('button', { name: 'Go live' }).click()
    const codecs = new Set<string>()
    let pictures = 0
    let ending: Promise<void> | undefined
    for await (const message of player) {
      if (message.kind === 'data') continue
      for (const frame of message.frames()) {
        codecs.add(frame.codec)
        if (frame.kind === 'video' && frame.type === 'coded') pictures += 1
      }
      if (pictures >= 30) ending ??= page.getByRole('button', { name: 'End the stream' }).click()
    }
    await ending
    expect([...codecs].toSorted()).toEqual(['opus', 'vp9'])
    expect(pictures).toBeGreaterThanOrEqual(30)
    await page.getByText('The stream has ended.').waitFor()
    expect(complaints).toEqual([])
    await page.close()
  }, 90_000)
})

describe('pages of others', () => {
  test('only the watch page can be embedded, and only where it is asked for', async () => {
    const server = createServer({ rtmp: false, http: { port: 0, host: '127.0.0.1' } })
    await server.listen()
    const policy = async (path: string): Promise<string | null> => {
      const response = await fetch(`http://127.0.0.1:${server.address('http')?.port}${path}`)
      return response.headers.get('content-security-policy')
    }
    expect(await policy('/live/show?embed')).toContain('frame-ancestors *')
    expect(await policy('/live/show')).toContain("frame-ancestors 'none'")
    expect(await policy('/_/console/?embed')).toContain("frame-ancestors 'none'")
    expect(await policy('/_/go-live?embed')).toContain("frame-ancestors 'none'")
    await server.close()
  })
})
