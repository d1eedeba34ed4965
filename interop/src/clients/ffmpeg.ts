import { args } from '../args.ts'
import {
  type Availability,
  lackingCommand,
  printedVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { type ProgramEnd, RunningProgram, runToEnd } from '../running-program.ts'
import { NEWER_RUN, newerProgram } from './newer-root.ts'

/** What FFmpeg publishes. */
export interface FfmpegPublish {
  /** A file, sent as it is with every track. */
  readonly input: string
  readonly url: string
  /** Loop the file until stopped. */
  readonly loop?: boolean
  /** FourCCs to announce in connect (`rtmp_enhanced_codecs`); only the newer FFmpeg knows the option. */
  readonly announce?: readonly string[]
  readonly limitMs?: number
}

/** What FFmpeg plays. */
export interface FfmpegPlay {
  readonly url: string
  /** FLV file to write. */
  readonly output: string
  /** Stop after this much media, in seconds; without it: until the stream ends. */
  readonly seconds?: number
  /** FourCCs to announce in connect; only the newer FFmpeg knows the option. */
  readonly announce?: readonly string[]
  readonly limitMs?: number
}

/** An FFmpeg of this machine, as publisher, as player, and as a server for one publisher. */
export class Ffmpeg implements RealClient {
  readonly name: string
  readonly availability: () => Availability
  readonly #ffmpeg: readonly [string, ...string[]]
  readonly #ffprobe: readonly [string, ...string[]]

  constructor(
    name: string,
    ffmpeg: readonly [string, ...string[]],
    ffprobe: readonly [string, ...string[]],
    files: readonly string[],
  ) {
    this.name = name
    this.#ffmpeg = ffmpeg
    this.#ffprobe = ffprobe
    this.availability = probeOnce(
      () => lackingCommand(files),
      () => printedVersion(ffmpeg[0], [...ffmpeg.slice(1), '-version']),
    )
  }

  /** Publishes a file in real time with its own timestamps; ends when the file does. */
  publish(what: FfmpegPublish): RunningProgram {
    const timing = what.loop === true ? ['-stream_loop', '-1'] : ['-copyts']
    return this.run(
      args`-re ${timing} -i ${what.input} -map 0:v? -map 0:a? -c copy -f flv ${announced(what)} ${what.url}`,
      what.limitMs ?? 20_000,
    )
  }

  /** Plays a stream into a file, every track as it is, timestamps untouched. */
  play(what: FfmpegPlay): RunningProgram {
    const length = what.seconds === undefined ? [] : ['-t', String(what.seconds)]
    return this.run(
      args`-y -copyts ${announced(what)} -i ${what.url} ${length} -map 0:v? -map 0:a? -c copy -f flv ${what.output}`,
      what.limitMs ?? 20_000,
    )
  }

  /** Takes one publisher as a server would and writes what it sends; ends when the publisher does. */
  listen(what: { readonly port: number; readonly path: string; readonly output: string }): RunningProgram {
    const url = `rtmp://127.0.0.1:${what.port}/${what.path}`
    return this.run(args`-y -listen 1 -timeout 15 -i ${url} -map 0 -c copy -f flv ${what.output}`, 30_000)
  }

  /** Runs ffmpeg with these arguments, printing errors only. */
  run(words: readonly string[], limitMs: number): RunningProgram {
    const [command, ...first] = this.#ffmpeg
    return new RunningProgram(this.name, command, [...first, '-v', 'error', '-nostdin', ...words], {
      limitMs,
    })
  }

  /** Runs ffprobe with these arguments, printing errors only. */
  async probe(words: readonly string[], limitMs = 20_000): Promise<ProgramEnd> {
    const [command, ...first] = this.#ffprobe
    return runToEnd(`${this.name} (ffprobe)`, command, [...first, '-v', 'error', ...words], { limitMs })
  }
}

const announced = ({ announce }: { readonly announce?: readonly string[] }): string[] =>
  announce === undefined ? [] : ['-rtmp_enhanced_codecs', announce.join(',')]

/** Debian's own FFmpeg: classic RTMP only. */
export const ffmpeg: Ffmpeg = new Ffmpeg('FFmpeg', ['ffmpeg'], ['ffprobe'], ['ffmpeg', 'ffprobe'])

/** The FFmpeg of a newer Debian: Enhanced RTMP, multitrack too. */
export const newerFfmpeg: Ffmpeg = new Ffmpeg(
  'FFmpeg (newer)',
  [NEWER_RUN, 'ffmpeg'],
  [NEWER_RUN, 'ffprobe'],
  [NEWER_RUN, newerProgram('ffmpeg'), newerProgram('ffprobe')],
)
