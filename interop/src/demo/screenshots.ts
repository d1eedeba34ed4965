// `npm run screenshots`: the pictures of the README, taken from a server that runs, as a visitor and an administrator see it.
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createServer } from '@rtmp/server'
import { chromium } from 'playwright'
import { args } from '../args.ts'
import { ffmpeg } from '../clients/ffmpeg.ts'
import { LOOPBACK } from '../loopback.ts'
import { repositoryFile } from '../media.ts'

const TOKEN = 'screenshots'
const STREAMS = ['live/aquarium', 'live/stage']
const SIZE = { width: 1280, height: 800 }
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const missing = ffmpeg.availability()
if (!missing.available || !existsSync(CHROMIUM)) {
  console.error(missing.available ? `There is no ${CHROMIUM}; set CHROMIUM.` : missing.reason)
  process.exit(2)
}
const server = createServer({
  rtmp: { port: 0, host: LOOPBACK },
  http: { port: 0, host: LOOPBACK, token: TOKEN, hls: { mode: 'always' } },
})
await server.listen()
const rtmp = `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}`
const http = `http://${LOOPBACK}:${server.address('http')?.port}`
const programs = STREAMS.map((stream, i) =>
  ffmpeg.run(
    args`-re -f lavfi -i ${`gradients=size=640x360:rate=25:nb_colors=5:seed=${i + 11}`} -re -f lavfi -i sine=frequency=440:sample_rate=48000
      -c:v libx264 -preset veryfast -tune zerolatency -b:v 2500k -g 25 -pix_fmt yuv420p -c:a aac -f flv ${`${rtmp}/${stream}`}`,
    120_000,
  ),
)
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
try {
  const watch = await browser.newPage({ viewport: SIZE, colorScheme: 'dark' })
  await watch.goto(`${http}/${STREAMS[0]}`)
  // The page's policy takes no functions from outside, which a wait inside of it would be.
  while (Number(await watch.evaluate('document.querySelector("video")?.currentTime ?? 0')) < 12)
    await setTimeout(200)
  const administration = await browser.newPage({ viewport: SIZE, colorScheme: 'dark' })
  await administration.goto(`${http}/_/console/#token=${TOKEN}`)
  // Rates are those of some seconds.
  await setTimeout(12_000)
  for (const [page, name] of [
    [watch, 'watch-page'],
    [administration, 'console'],
  ] as const) {
    const path = repositoryFile(`docs/${name}.png`)
    await page.screenshot({ path })
    console.log(path)
  }
} finally {
  await browser.close()
  await Promise.all(programs.map((program) => program.kill()))
  await server.close({ drainMs: 500 })
}
