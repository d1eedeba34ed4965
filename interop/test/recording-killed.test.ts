// Servers that record are killed with -9 at random moments, several at once: what they leave plays in FFmpeg as it is, at most the last
// moments are lost, and the next server finishes it. A sample of moments here; `npm run durability` tries a hundred.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, utimes } from 'node:fs/promises'
import { nodeFiles, repairRecordings } from '@rtmp/recorder'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile, repositoryFile } from '../src/media.ts'
import { tracksShown, SHOW_TRACKS } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { chromiumBrowser } from './support/browser.ts'
import { describeWith } from './support/describe-with.ts'
import { FilePlayer } from './support/played-file.ts'

const KILLS = Number(process.env['KILLS'] ?? 3)

/** How many are at it at once: each other's load. */
const AT_ONCE = 4

/** What may be lost: the half second that is gathered, of MP4 a fragment of a second; and a moment for a busy machine. Milliseconds. */
const LOST_MS = { flv: 1100, mp4: 2100 }

/** What a server had received, by its own clock. */
interface Received {
  readonly at: number
  readonly pictures: number
  /** The longest that a new file with a byte has taken to the disk. */
  readonly stallMs: number
}

/** A server in a process of its own that records in both formats. */
class Victim {
  readonly child: ChildProcess
  readonly received: Received[] = []
  readonly port: Promise<number>

  constructor(folder: string) {
    const script = `
      import { rm, writeFile } from 'node:fs/promises'
      import { createServer } from '@rtmp/server'
      const server = createServer({
        rtmp: { port: 0, host: '127.0.0.1' },
        recordings: [{ file: '${folder}/{streamName}.{ext}' }, { file: '${folder}/{streamName}.{ext}', format: 'fmp4' }],
      })
      await server.listen()
      console.log(server.address('rtmp').port)
      let pictures = 0
      // How long the disk takes for a file and a byte, at worst: what it holds up is not lost by the recorder.
      const probe = '${folder}.probe'
      let slowest = 0
      let began = performance.now()
      const look = () => (slowest = Math.max(slowest, performance.now() - began))
      const probing = async () => {
        for (;;) {
          began = performance.now()
          await writeFile(probe, '.')
          await rm(probe)
          look()
          await new Promise((resolve) => setTimeout(resolve, 50))
          began = performance.now()
        }
      }
      void probing()
      setInterval(() => console.log(Date.now(), pictures, Math.ceil(Math.max(0, look()))), 50)
      for await (const item of server.subscribe('live/show')) if (item.isVideo && item.isCoded) pictures += 1`
    const words = ['--conditions=@rtmp/source', '--import', 'tsx', '--input-type=module', '-e', script]
    this.child = spawn(process.execPath, words, {
      cwd: repositoryFile('interop'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream })
    this.port = once(lines, 'line').then(([line]) => Number(line))
    lines.on('line', (line: string) => {
      const [at = 0, pictures, stallMs = 0] = line.split(' ').map(Number)
      if (pictures !== undefined) this.received.push({ at, pictures, stallMs })
    })
  }

  /** How many pictures it had so long before its end, in milliseconds, on a disk that takes no time. */
  picturesBefore(ms: number): number {
    const { at: end = 0, stallMs = 0 } = this.received.at(-1) ?? {}
    return this.received.findLast(({ at }) => at <= end - ms - stallMs)?.pictures ?? 0
  }
}

const videoIn = async (reader: Ffmpeg, file: string): Promise<number> => {
  const { status, stdout } = await reader.probe([...SHOW_TRACKS, file], 60_000)
  expect(status).toBe(0)
  return tracksShown(stdout).find(({ kind }) => kind === 'video')?.packets.length ?? 0
}

const readers = [ffmpeg, newerFfmpeg].filter((one) => one.availability().available)

/** Chromium, where there is one. */
let player: FilePlayer | undefined

const killOnce = async (): Promise<void> => {
  const scratch = await Scratch.make()
  const victim = new Victim(scratch.path)
  try {
    await killed(scratch, victim)
  } finally {
    victim.child.kill('SIGKILL')
    await rm(`${scratch.path}.probe`, { force: true })
    await scratch.remove()
  }
}

const killed = async (scratch: Scratch, victim: Victim): Promise<void> => {
  const url = `rtmp://127.0.0.1:${await victim.port}/live/show`
  const publisher = ffmpeg.publish({ input: mediaFile('h264-aac.flv'), url, loop: true, limitMs: 60_000 })
  const enough = 60 + Math.random() * 75
  await expect
    .poll(() => victim.received.at(-1)?.pictures ?? 0, { timeout: 50_000, interval: 20 })
    .toBeGreaterThan(enough)
  victim.child.kill('SIGKILL')
  await once(victim.child, 'close')
  await publisher.kill()
  const left = (await readdir(scratch.path)).sort()
  expect(left).toEqual(['show.part.flv', 'show.part.mp4'])
  for (const name of left) {
    const file = scratch.file(name)
    const least = victim.picturesBefore(LOST_MS[name.endsWith('.flv') ? 'flv' : 'mp4'])
    for (const reader of readers) {
      const found = await videoIn(reader, file)
      expect(
        found,
        `${name} in ${reader.name}, ${JSON.stringify(victim.received.at(-1))}`,
      ).toBeGreaterThanOrEqual(least)
    }
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(file, longAgo, longAgo)
  }
  await expectInChromium(scratch.file('show.part.mp4'), victim)
  const repaired = await repairRecordings(nodeFiles, scratch.path)
  expect(repaired.map(({ error }) => error)).toEqual([undefined, undefined])
  for (const name of ['show.flv', 'show.mp4']) {
    const file = scratch.file(name)
    const { status, stderr } = await ffmpeg.run(args`-ss 1 -i ${file} -map 0 -f null -`, 60_000).ended
    expect([status, stderr]).toEqual([0, ''])
    const probed = await ffmpeg.probe(args`-show_entries format=duration -of csv=p=0 ${file}`, 60_000)
    expect([probed.status, probed.stderr]).toEqual([0, ''])
    expect(Number(probed.stdout)).toBeGreaterThan(victim.picturesBefore(LOST_MS.mp4) / 25 - 0.1)
  }
}

/** The MP4 plays to its end, as it was left. */
const expectInChromium = async (file: string, victim: Victim): Promise<void> => {
  if (player === undefined) return
  const { errors, end, frames, corrupted } = await player.play('video/mp4', await readFile(file), 'src')
  expect([errors, corrupted]).toEqual([[], 0])
  expect(end).toBeGreaterThan(victim.picturesBefore(LOST_MS.mp4) / 25 - 0.1)
  expect(frames).toBeGreaterThan(end * 25 * 0.5)
}

describeWith([ffmpeg], 'kill -9 while recording', () => {
  beforeAll(async () => {
    if (chromiumBrowser.availability().available) player = await FilePlayer.open()
  })
  afterAll(async () => player?.close())

  test(`at ${KILLS} random moments`, { timeout: 120_000 + 30_000 * KILLS }, async () => {
    let begun = 0
    const lane = async (): Promise<void> => {
      while (begun < KILLS) {
        begun += 1
        await killOnce()
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, KILLS) }, lane))
  })
})
