import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright'
import type { ScenarioResult } from '../scenario.ts'
import { quantile, sleep } from '../server/bench-run.ts'
import { ServerProcess } from '../server/server-process.ts'
import { CounterPublisher } from './counter-publisher.ts'
import { LATENCY_WAYS, type LatencyWay } from './latency-ways.ts'
import type { LatencyPage } from './page.ts'

/** How long and how often. */
export interface LatencyOptions {
  /** Seconds of pictures that are looked at. */
  readonly seconds: number
  /** Players that join late, one after the other. */
  readonly joins: number
  /** Only ways whose name contains this. */
  readonly filter?: string
}

const PATH = 'live/latency'

/** Until the page has compiled what it runs all the time, and the player is as near to the newest picture as it gets. */
const SETTLE_MS = 5000

type Scope = typeof globalThis & { readonly latency: LatencyPage }

/** The page of the browser's side, as a site of its own. */
const servePage = async (): Promise<{ server: Server; url: string }> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['@rtmp/source'],
    define: { 'import.meta.url': 'location.href' },
    logLevel: 'error',
  })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? script : '<!doctype html><title>latency</title><body><script src="/page.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** From the picture that the encoder is given to the same picture on the screen, and from a late request to its first picture. */
export const runLatency = async (options: LatencyOptions): Promise<ScenarioResult[]> => {
  const { filter } = options
  const site = await servePage()
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
  })
  const results: ScenarioResult[] = []
  try {
    for (const way of LATENCY_WAYS.filter(({ name }) => filter === undefined || name.includes(filter))) {
      const page = await browser.newPage()
      await page.goto(site.url)
      results.push(...(await measure(way, page, options)))
      await page.close()
    }
  } finally {
    await browser.close()
    site.server.close()
  }
  return results
}

const measure = async (
  way: LatencyWay,
  page: Page,
  { seconds, joins }: LatencyOptions,
): Promise<ScenarioResult[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-latency-'))
  const rtmp = await ServerProcess.start(way.server, folder)
  const publisher = new CounterPublisher(`rtmp://127.0.0.1:${rtmp.port}/${PATH}`)
  const { by } = way
  const url = way.urlOf(`127.0.0.1:${rtmp.httpPort}/${PATH}`)
  try {
    await sleep(way.headStartMs)
    const shown = await page.evaluate(
      async ([player, from, ms]) => (globalThis as Scope).latency.watch(player, from, ms),
      [by, `${url}?wait=20`, SETTLE_MS + seconds * 1000] as const,
    )
    const since = (shown.at(-1)?.at ?? 0) - seconds * 1000
    const latencies = shown.flatMap(({ number, at }) =>
      number === undefined || at < since ? [] : [at - publisher.givenAt(number)],
    )
    if (latencies.length < seconds * 5) {
      const { length } = shown
      throw new Error(
        `${way.name}: ${latencies.length} of ${length} pictures could be read; FFmpeg: ${publisher.complaints}`,
      )
    }
    const firsts: number[] = []
    for (let i = 0; i < joins; i++) {
      // Anywhere in the group of pictures.
      await sleep(400 + ((i * 370) % 1000))
      firsts.push(
        await page.evaluate(async ([player, from]) => (globalThis as Scope).latency.join(player, from), [
          by,
          url,
        ] as const),
      )
    }
    const result = (metric: string, ours: number): ScenarioResult => ({
      scenario: way.name,
      metric,
      unit: 'ms',
      better: 'lower',
      ours,
      peers: {},
      failed: {},
      rounds: 1,
    })
    return [
      result('picture given to the encoder → on the screen, median', quantile(latencies, 0.5)),
      result('the same, 95 of 100', quantile(latencies, 0.95)),
      result('late joiner: request → first picture, median', quantile(firsts, 0.5)),
      result('the same, the slowest', Math.max(...firsts)),
    ]
  } finally {
    publisher.stop()
    await rtmp.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
