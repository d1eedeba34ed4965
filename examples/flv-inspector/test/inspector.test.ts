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

  const tracks = async (): Promise<string[]> =>
    (await page.locator('#tracks tr').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' '))

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
    expect(await page.getByRole('status').innerText()).toBe('h264-aac.flv: 293 tags, 108.4 kB, no damage')
    expect(await tracks()).toEqual([
      expect.stringMatching(
        /^video\s+0\s+H\.264\s+High 1\.3 · 320 × 180 · 25 fps\s+avc1\.64000d\s+100\s+legacy\s+plays$/,
      ),
      expect.stringMatching(/^audio\s+0\s+AAC\s+LC · 48 kHz · mono\s+mp4a\.40\.2\s+189\s+legacy\s+plays$/),
    ])
    expect(await page.locator('#rows tr').count()).toBe(293)
    expect(await page.locator('#rows tr.key').count()).toBe(4)
    const [first, , , fourth] = await page.locator('#rows tr').allInnerTexts()
    expect(first).toMatch(/^13\s+0:00\.000\s+292\s+script\s+onMetaData$/)
    expect(fourth).toMatch(/^407\s+0:00\.000\s+2,746\s+video\s+H\.264 key frame, shown 80 ms later$/)
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

  test('shows the key frames alone when asked, and the metadata', async () => {
    await page.getByLabel('show').selectOption('key')
    expect(await page.locator('#rows tr').count()).toBe(4)
    expect(await page.locator('#count').innerText()).toBe('4 of 293')
    await page.getByLabel('show').selectOption('all')
    await page.getByText('onMetaData, as the file has it').click()
    expect(await page.locator('#properties').innerText()).toMatch(/width\s+320\s+height\s+180/)
  })

  test('lists every track of an Enhanced RTMP file, and plays the first of each kind', async () => {
    await drop('multitrack-h264-hevc-aac-opus.flv')
    expect(await tracks()).toEqual([
      expect.stringMatching(/^video\s+0\s+H\.264\s.*\slegacy\s+plays$/),
      expect.stringMatching(/^video\s+1\s+H\.265\s+Main 2 · 160 × 90 · 25 fps\s+hvc1\S+\s+100\s+enhanced/),
      expect.stringMatching(/^audio\s+0\s+AAC\s.*\slegacy\s+plays$/),
      expect.stringMatching(/^audio\s+1\s+Opus\s+48 kHz · mono\s+opus\s+201\s+enhanced/),
    ])
    const rows = await page.locator('#rows tr').allInnerTexts()
    expect(rows.some((text) => /video\s+1\s+H\.265 key frame, shown \d+ ms later$/.test(text))).toBe(true)
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
    await page.screenshot({ path: new URL('flv-inspector-multitrack.png', screenshots).pathname })
  })

  test.each(['gst-enhanced-h264-aac.flv', 'av1-opus.flv', 'vp9-opus.flv'])(
    'plays %s, whose bodies are enhanced',
    async (name) => {
      await drop(name)
      expect(await colorsWhilePlaying()).toBeGreaterThan(20)
    },
  )

  test('starts at 0 where timestamps are beyond 4 hours and a half', async () => {
    await drop('h264-aac-ts-rollover.flv')
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
  })

  test('plays what is good of a damaged file, and says what is not', async () => {
    await drop('h264-aac.flv', (bytes) =>
      Buffer.concat([bytes.subarray(0, 60_000), Buffer.alloc(50), bytes.subarray(60_000)]),
    )
    expect(await page.getByRole('status').innerText()).toMatch(/^h264-aac\.flv: 29[23] tags, .*, damaged$/)
    expect(await page.getByLabel('Damage').innerText()).toMatch(/^(skipped|repaired): /)
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
  })

  test('lists files that a browser cannot play', async () => {
    await drop('legacy-flashsv-pcm.flv')
    await page.getByText('This browser plays none of these codecs.').waitFor()
    expect(await tracks()).toEqual([
      expect.stringMatching(/^video\s+0\s+Screen video\s+160 × 96\s/),
      expect.stringMatching(/^audio\s+0\s+pcm_s16le\s+11\.025 kHz · mono\s/),
    ])
  })

  test('has a sample for who has no file at hand', async () => {
    await page.getByRole('button', { name: 'Look at a sample.' }).click()
    await page.getByRole('status').filter({ hasText: 'sample.flv: ' }).waitFor()
    expect(await tracks()).toHaveLength(4)
    expect(await colorsWhilePlaying()).toBeGreaterThan(20)
  })

  test('nothing went wrong in the page meanwhile', () => {
    expect(complaints).toEqual([])
  })
})
