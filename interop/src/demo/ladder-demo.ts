import { setTimeout } from 'node:timers/promises'
import { createServer, type RtmpServer } from '@rtmp/server'
import { args } from '../args.ts'
import { newerFfmpeg } from '../clients/ffmpeg.ts'
import { askingService, newerObs } from '../clients/newer-obs.ts'
import { LOOPBACK } from '../loopback.ts'
import type { RunningProgram } from '../running-program.ts'
import { Scratch } from '../scratch.ts'

/** How the demonstration is run. */
export interface LadderDemoOptions {
  /** How long it goes on when nobody ends it, in seconds. */
  readonly seconds: number
  /** Who encodes: OBS of a newer Debian where there is one, else its FFmpeg. */
  readonly with: 'obs' | 'ffmpeg' | 'auto'
  /** Ports; 0 for any. */
  readonly rtmpPort: number
  readonly httpPort: number
  /** Ends it before its time. */
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

const RUNGS = [
  { height: 360, bitrate: 800 },
  { height: 180, bitrate: 300 },
  { height: 90, bitrate: 100 },
]
const STREAM = 'live/demo'
/** Encoders that begin slowly, on a machine that is busy. Milliseconds. */
const PATIENCE_MS = 90_000

/**
 * Several renditions from one encoder, as HLS: on this machine only, for so many seconds.
 *
 * @returns false when there is no program here that can make them, or it did not come to it
 */
export const ladderDemo = async (options: LadderDemoOptions): Promise<boolean> => {
  const { print, signal } = options
  const source = sourceFor(options.with)
  if (source === undefined) {
    const [obs, ffmpeg] = [newerObs, newerFfmpeg].map((client) => client.availability())
    for (const found of [obs, ffmpeg]) if (found?.available === false) print(found.reason)
    return false
  }
  const server = createServer({
    rtmp: { port: options.rtmpPort, host: LOOPBACK },
    http: {
      port: options.httpPort,
      host: LOOPBACK,
      hls: { mode: 'always', segmentMs: 1000 },
      obs: { ladders: [{ rungs: RUNGS, keyFrameSeconds: 1 }] },
    },
  })
  await server.listen()
  const scratch = await Scratch.make()
  let program: RunningProgram | undefined
  try {
    print(`${source.name} encodes three renditions and sends them in one connection …`)
    program = await source.begin(server, scratch)
    const text = await playlistOf(server, program, signal)
    if (text === undefined) {
      if (!signal.aborted) print(`It sent nothing. ${program.stderr.trim().split('\n').at(-1) ?? ''}`)
      return signal.aborted
    }
    for (const line of wordsOn(server, text)) print(line)
    print(`  Ends after ${options.seconds} s, or with Ctrl-C. Nothing is transcoded.`)
    await Promise.race([program.ended, waited(options.seconds * 1000, signal)])
    return true
  } finally {
    await program?.kill()
    await server.close({ drainMs: 500 })
    await scratch.remove()
  }
}

interface Source {
  readonly name: string
  readonly begin: (server: RtmpServer, scratch: Scratch) => Promise<RunningProgram>
}

const rtmpOf = (server: RtmpServer): string => `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}`
const httpOf = (server: RtmpServer): string => `http://${LOOPBACK}:${server.address('http')?.port}`

const sourceFor = (wanted: LadderDemoOptions['with']): Source | undefined => {
  const obs = newerObs.availability()
  if (wanted !== 'ffmpeg' && obs.available)
    return { name: `OBS Studio ${obs.version}`, begin: (server, scratch) => beginObs(server, scratch) }
  const ffmpeg = newerFfmpeg.availability()
  if (wanted === 'obs' || !ffmpeg.available) return undefined
  return { name: `FFmpeg ${ffmpeg.version}`, begin: async (server) => beginFfmpeg(server) }
}

const beginObs = async (server: RtmpServer, scratch: Scratch): Promise<RunningProgram> => {
  const [app = '', key = ''] = STREAM.split('/')
  return newerObs.publish({
    home: await scratch.folder('obs'),
    width: 640,
    height: 360,
    service: askingService({ rtmp: rtmpOf(server), http: httpOf(server), app, key }),
  })
}

const beginFfmpeg = (server: RtmpServer): RunningProgram => {
  const split = `split=${RUNGS.length}${RUNGS.map((_, i) => `[in${i}]`).join('')}`
  const scaled = RUNGS.map(({ height }, i) => `[in${i}]scale=-2:${height}[v${i}]`).join(';')
  const maps = RUNGS.flatMap((_, i) => ['-map', `[v${i}]`])
  const rates = RUNGS.flatMap(({ bitrate }, i) => [`-b:v:${i}`, `${bitrate}k`])
  return newerFfmpeg.run(
    args`-re -f lavfi -i testsrc2=size=640x360:rate=24 -re -f lavfi -i sine=frequency=440:sample_rate=48000
      -filter_complex ${`[0:v]${split};${scaled}`} ${maps} -map 1:a ${rates}
      -c:v libx264 -preset veryfast -tune zerolatency -g 24 -pix_fmt yuv420p -c:a aac -f flv ${`${rtmpOf(server)}/${STREAM}`}`,
    86_400_000,
  )
}

/** Waits so long, or until it is ended. */
const waited = (ms: number, signal: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, { signal }).catch(() => {})

/** The multivariant playlist, once the stream is there. */
const playlistOf = async (
  server: RtmpServer,
  program: RunningProgram,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const end = performance.now() + PATIENCE_MS
  while (program.running && !signal.aborted && performance.now() < end) {
    const response = await fetch(`${httpOf(server)}/${STREAM}.m3u8`)
    if (response.ok) return response.text()
    await waited(200, signal)
  }
  return undefined
}

const wordsOn = (server: RtmpServer, text: string): string[] => {
  const rows = [...text.matchAll(/^#EXT-X-STREAM-INF:(.*)$/gm)].map(([, list = '']) =>
    ['RESOLUTION', 'FRAME-RATE', 'AVERAGE-BANDWIDTH', 'CODECS'].map(
      (name) => new RegExp(`(?:^|,)${name}=("[^"]*"|[^,]*)`).exec(list)?.[1]?.replaceAll('"', '') ?? '',
    ),
  )
  const [app] = STREAM.split('/')
  return [
    '',
    `  Watch            ${httpOf(server)}/${STREAM}`,
    `  HLS              ${httpOf(server)}/${STREAM}.m3u8`,
    `  All over RTMP    ${rtmpOf(server)}/${STREAM}`,
    `  OBS is asked at  ${httpOf(server)}/_/obs/multitrack?app=${app}`,
    '',
    ...[['size', 'pictures/s', 'bit/s', 'codecs'], ...rows].map(
      ([size = '', rate = '', bits = '', codecs = '']) =>
        `  ${size.padEnd(10)} ${rate.padStart(10)} ${bits.padStart(10)}  ${codecs}`,
    ),
    '',
  ]
}
