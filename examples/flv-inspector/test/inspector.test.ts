// Drives the page in a real browser: drops files on it, reads what it lists, and looks at the pictures it plays.
import { existsSync, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type Browser, chromium, type Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const installed = existsSync(executablePath)
if (!installed) console.log(`No browser at ${executablePath}: the FLV inspector is not tested`)

const root = new URL('../../../', import.meta.url)
const screenshots = new URL('reports/', root)

describe.skipIf(!installed)('the FLV inspector', () => {
  let server: ViteDevServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    server = await createServer({
      configFile: new URL('../vite.config.ts', import.meta.url).pathname,
      server: { host: '127.0.0.1', port: 0, watch: null },
      logLevel: 'error',
    })
    await server.listen()
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
    })
    page = await browser.newPage({ viewport: { width: 1000, height: 900 } })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(server.resolvedUrls?.local[0] ?? '')
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  /** Drops a file on the page, as a hand with a mouse would. */
  const drop = async (name: string, edit = (bytes: Buffer): Buffer => bytes): Promise<void> => {
    const bytes = edit(await readFile(new URL(`media/${name}`, root)))
    const transfer = await page.evaluateHandle(
      ({ base64, name }) => {
        const files = new DataTransfer()
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
        files.items.add(new File([bytes], name))
        return files
      },
      { base64: bytes.toString('base64'), name },
    )
    await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer })
    await page
      .getByRole('status')
      .filter({ hasText: `${name}: ` })
      .waitFor()
  }

  const tracks = (): Promise<string[]> => page.locator('#tracks tr').allInnerTexts()

  /** Waits until pictures move, and says how many colours one has. */
  const colorsWhilePlaying = async (): Promise<number> => {
    await page.waitForFunction(() => {
      const video = document.querySelector('video')
      return video !== null && video.currentTime > 0.5 && video.videoWidth > 0
    })
    return page.evaluate(() => {
      const video = document.querySelector('video') as HTMLVideoElement
      const canvas = document.createElement('canvas')
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      const context = canvas.getContext('2d') as CanvasRenderingContext2D
      context.drawImage(video, 0, 0)
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
      const colors = new Set<number>()
      for (let at = 0; at < data.length; at += 4) {
        colors.add(
          ((data[at] as number) >> 4) * 256 +
            ((data[at + 1] as number) >> 4) * 16 +
            ((data[at + 2] as number) >> 4),
        )
      }
      return colors.size
    })
  }

  test('lists tags and tracks of H.264 and AAC, and plays them', async () => {
    await drop('h264-aac.flv')
    expect(await page.getByRole('status').innerText()).toBe('h264-aac.flv: 293 tags')
    expect(await tracks()).toEqual([
      expect.stringMatching(/^video\s+h264 High 1\.3, 320 × 180, 25 frames a second\s+avc1\.64000d$/),
      expect.stringMatching(/^audio\s+aac, 48000 Hz, 1 channel\(s\)\s+mp4a\.40\.2$/),
    ])
    expect(await page.locator('#rows tr').count()).toBe(293)
    expect(await page.locator('#rows tr.key').count()).toBe(4)
    expect(await page.locator('#rows tr').first().innerText()).toMatch(/^13\s+0\s+\d+\s+script\s+onMetaData$/)
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
    const seen = await page.evaluate(() => {
      const video = document.querySelector('video') as HTMLVideoElement
      return { width: video.videoWidth, height: video.videoHeight, duration: video.duration }
    })
    expect(seen).toMatchObject({ width: 320, height: 180 })
    expect(seen.duration).toBeCloseTo(4.08, 1)
    mkdirSync(screenshots, { recursive: true })
    const screenshot = await page.screenshot({ path: new URL('flv-inspector.png', screenshots).pathname })
    expect(screenshot.length).toBeGreaterThan(20_000)
  })

  test('starts at 0 where timestamps are beyond 4 hours and a half', async () => {
    await drop('h264-aac-ts-rollover.flv')
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
  })

  test('plays what is good of a damaged file, and says what is not', async () => {
    await drop('h264-aac.flv', (bytes) =>
      Buffer.concat([bytes.subarray(0, 60_000), Buffer.alloc(50), bytes.subarray(60_000)]),
    )
    expect(await page.getByRole('status').innerText()).toMatch(
      /^h264-aac\.flv: 29[23] tags; (skipped|repaired) at/,
    )
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
  })

  test('lists files that a browser cannot play', async () => {
    await drop('legacy-flashsv-pcm.flv')
    await page.getByRole('status').filter({ hasText: 'neither H.264 nor AAC' }).waitFor()
    expect(await tracks()).toEqual([
      expect.stringMatching(/^video\s+flashsv key frame/),
      expect.stringMatching(/^audio\s+pcm_s16le, 11025 Hz, 1 channel\(s\)/),
    ])
  })

  test('nothing went wrong in the page meanwhile', () => {
    expect(complaints).toEqual([])
  })
})
