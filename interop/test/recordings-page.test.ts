// Recordings in a real browser: the page of one, with its bar, and the console's list of them.
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createServer, type RtmpServer } from '@rtmp/server'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile } from '../src/media.ts'
import { Scratch } from '../src/scratch.ts'
import { chromiumBrowser, complaintsOf, launchBrowser, videoOf } from './support/browser.ts'

const absent = [chromiumBrowser, ffmpeg].map((one) => one.availability()).find(({ available }) => !available)
if (absent?.available === false) console.log(`skipped: recordings in Chromium (${absent.reason})`)

/** What axe has against a page. */
const faultsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const scope = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }
    return (await scope.axe.run()).violations.map(({ id }) => id)
  })
}

describe.skipIf(absent !== undefined)('recordings in Chromium', () => {
  let scratch: Scratch
  let server: RtmpServer
  let browser: Browser
  let http: string

  beforeAll(async () => {
    scratch = await Scratch.make()
    const folder = join(scratch.path, 'live')
    await mkdir(folder)
    await copyFile(mediaFile('h264-aac.flv'), join(folder, 'short.flv'))
    const loop = args`-stream_loop 14 -i ${mediaFile('h264-aac.flv')} -c copy -y ${join(folder, 'long.flv')}`
    await ffmpeg.run(loop, 20_000).ended
    // Sound that ends long before the pictures do.
    const quiet = join(scratch.path, 'quiet.flv')
    const both = args`-t 8 -i ${join(folder, 'long.flv')} -i ${join(folder, 'long.flv')} -map 0:a -map 1:v`
    await ffmpeg.run([...both, ...args`-c copy -y ${quiet}`], 20_000).ended
    server = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      http: { port: 0, host: '127.0.0.1', token: 'a-token', hls: { windowMs: 60_000, segmentMs: 1000 } },
      recordings: [{ file: `${scratch.path}/{path}.{ext}`, on: 'request' }],
    })
    await server.listen()
    http = `http://127.0.0.1:${server.address('http')?.port}`
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await scratch?.remove()
  })

  const goesOn = async (page: Page, from: number): Promise<number> => {
    await expect.poll(async () => (await videoOf(page)).time, { timeout: 20_000 }).toBeGreaterThan(from)
    const { corrupted, width, time } = await videoOf(page)
    expect([corrupted, width]).toEqual([0, 320])
    return time
  }

  test('one plays, and goes where the bar says', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    const complaints = complaintsOf(page)
    const poster = page.waitForRequest((request) => request.url().endsWith('/vod/live/long.jpg'))
    await page.goto(`${http}/vod/live/long`)
    const picture = await fetch((await poster).url())
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
    await goesOn(page, 0.2)
    const bar = page.getByLabel('Position')
    expect(Number(await bar.getAttribute('max'))).toBeGreaterThan(59)
    await bar.fill('50')
    expect(await goesOn(page, 50.2)).toBeLessThan(58)
    await bar.fill('10')
    expect(await goesOn(page, 10.2)).toBeLessThan(18)
    await page.evaluate('document.activeElement.blur()')
    const before = (await videoOf(page)).time
    await page.keyboard.press('ArrowRight')
    await goesOn(page, before + 4.5)
    await page.getByText('1:00', { exact: true }).waitFor()
    const folder = process.env['SCREENSHOTS']
    if (folder !== undefined) await page.screenshot({ path: join(folder, 'recording.png') })
    expect(await faultsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.goto(`${http}/vod/live/none`)
    await page.getByText('There is no such recording').waitFor()
    await page.close()
  }, 60_000)

  test('one whose sound ends goes on in pictures', async () => {
    const page = await browser.newPage()
    await page.goto(`${http}/vod/quiet`)
    await goesOn(page, 0.2)
    await page.getByLabel('Position').fill('30')
    expect(await goesOn(page, 31)).toBeLessThan(40)
    await page.close()
  }, 60_000)

  test('the console lists them, plays one, gives one away and deletes one', async () => {
    const page = await browser.newPage()
    const complaints = complaintsOf(page)
    await page.goto(`${http}/_/console/#token=a-token`)
    await page.getByRole('link', { name: 'Recordings', exact: true }).click()
    const files = page.getByRole('region', { name: 'Files' })
    await files.getByText('3 files').waitFor()
    await page.getByRole('region', { name: 'Disk' }).getByText('free').waitFor()
    expect(await faultsOf(page)).toEqual([])
    const folder = process.env['SCREENSHOTS']
    if (folder !== undefined) await page.screenshot({ path: join(folder, 'console.png') })
    const downloading = page.waitForEvent('download')
    await files.getByRole('link', { name: 'Download live/short.flv' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe('short.flv')
    expect(await readFile(await download.path())).toEqual(await readFile(mediaFile('h264-aac.flv')))
    await files.getByRole('button', { name: 'Delete live/short.flv' }).click()
    await page.getByRole('button', { name: 'Yes, do it' }).click()
    await files.getByText('2 files').waitFor()
    await files.getByRole('link', { name: 'Play live/long.flv' }).click()
    await goesOn(page, 0.2)
    expect(complaints).toEqual([])
    await page.close()
  }, 60_000)

  test('a live stream is played from before now, and its past is in the bar', async () => {
    const url = `rtmp://127.0.0.1:${server.address('rtmp')?.port}/live/show`
    const publishing = ffmpeg.run(
      args`-re -stream_loop 20 -i ${mediaFile('h264-aac-nobframes.flv')} -map 0 -c copy -f flv ${url}`,
      60_000,
    )
    await expect
      .poll(async () => (await fetch(`${http}/live/show.m3u8?wait=5`)).status, { timeout: 20_000 })
      .toBe(200)
    const playlist = await (await fetch(`${http}/live/show.m3u8?start=-3`)).text()
    expect(playlist).toContain('#EXT-X-START:TIME-OFFSET=-3.000')
    const page = await browser.newPage()
    const complaints = complaintsOf(page)
    await page.goto(`${http}/live/show?start=-30`)
    await goesOn(page, 1)
    await page.getByText('Live', { exact: true }).waitFor()
    // The stream has only begun: its past grows.
    await expect
      .poll(async () => Number(await page.getByLabel('Position').getAttribute('max')), { timeout: 20_000 })
      .toBeGreaterThan(3)
    await page.getByLabel('Position').fill('0.5')
    expect(await goesOn(page, 0.6)).toBeLessThan(4)
    expect(complaints).toEqual([])
    await publishing.stop()
    await page.close()
  }, 60_000)
})
