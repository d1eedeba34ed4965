// Drives the page in a real browser: it publishes to a server, from which a player over TCP gets the stream.
import { existsSync } from 'node:fs'
import { type Packet, play } from '@rtmp/client'
import { createServer as createRtmpServer, type RtmpServer } from '@rtmp/server'
import { type Browser, chromium, type Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const installed = existsSync(executablePath)
if (!installed) console.log(`No browser at ${executablePath}: publishing from a browser is not tested`)

describe.skipIf(!installed)('publishing from a browser', () => {
  let rtmp: RtmpServer
  let vite: ViteDevServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    rtmp = createRtmpServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      http: { port: 0, host: '127.0.0.1' },
    })
    await rtmp.listen()
    vite = await createServer({
      configFile: new URL('../vite.config.ts', import.meta.url).pathname,
      server: { host: '127.0.0.1', port: 0, watch: null },
      logLevel: 'error',
    })
    await vite.listen()
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
    })
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    const socket = `ws://127.0.0.1:${rtmp.address('http')?.port}/rtmp`
    const query = new URLSearchParams({ socket, url: 'rtmp://localhost/live/browser' })
    await page.goto(`${vite.resolvedUrls?.local[0] ?? ''}?${query}`)
  })

  afterAll(async () => {
    await browser?.close()
    await vite?.close()
    await rtmp?.close()
  })

  test('the stream arrives as VP9 at a player over TCP, and ends in order', async () => {
    const player = play(`rtmp://127.0.0.1:${rtmp.address('rtmp')?.port}/live/browser`, {
      signal: AbortSignal.timeout(40_000),
    })
    const packets: Packet[] = []
    await player.started
    await page.getByRole('button', { name: 'Start' }).click()
    const status = page.getByRole('status')
    const stopping = (async () => {
      await expect
        .poll(async () => `${await status.textContent()}${complaints.join('\n')}`, { timeout: 20_000 })
        .toContain('Publishing to rtmp://localhost/live')
      while (packets.length < 60) await new Promise((resolve) => setTimeout(resolve, 20))
      await page.getByRole('button', { name: 'Stop' }).click()
    })()
    const watching = (async () => {
      for await (const packet of player) packets.push(packet)
    })()
    await Promise.all([stopping, watching])
    const [metadata] = packets.filter(({ kind }) => kind === 'data')
    expect(metadata).toMatchObject({
      name: 'onMetaData',
      values: [{ width: 320, height: 180, framerate: 25 }],
    })
    const frames = packets.flatMap((packet) => (packet.kind === 'video' ? packet.frames() : []))
    expect(frames[0]).toMatchObject({ codec: 'vp9', type: 'sequenceHeader' })
    expect(frames[1]).toMatchObject({ codec: 'vp9', type: 'coded', keyFrame: true })
    const times = frames.slice(1).map(({ dts }) => dts)
    expect(times).toEqual(times.map((_, at) => at * 40))
    expect(frames.filter(({ keyFrame }) => keyFrame).length).toBeGreaterThanOrEqual(2)
    await page.getByRole('status').filter({ hasText: 'The stream has ended' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('a server that is not there is told in words', async () => {
    await page.getByLabel('RTMP over WebSocket at').fill('ws://127.0.0.1:1/rtmp')
    await page.getByRole('button', { name: 'Start' }).click()
    await page
      .getByRole('status')
      .filter({ hasText: 'no WebSocket could be opened to 127.0.0.1:1' })
      .waitFor()
  })
})
