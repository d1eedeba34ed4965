import { args } from '../args.ts'
import {
  type Availability,
  lackingCommand,
  printedVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { RunningProgram } from '../running-program.ts'
import { NEWER_RUN, newerProgram } from './newer-root.ts'

/** GStreamer's RTMP outputs: its own code, and the one of librtmp. */
export type GstreamerSink = 'rtmp2sink' | 'rtmpsink'

/** GStreamer's RTMP inputs: its own code, and the one of librtmp. */
export type GstreamerSource = 'rtmp2src' | 'rtmpsrc'

function element(name: GstreamerSink | GstreamerSource, url: string): string[] {
  // librtmp's source gives out only whole blocks, and loses the last one: so they are made small.
  if (name === 'rtmpsrc') return [name, `location=${url} live=1`, 'blocksize=1']
  return [name, name === 'rtmpsink' ? `location=${url} live=1` : `location=${url}`]
}

/** A GStreamer of this machine, as publisher and as player. */
export class Gstreamer implements RealClient {
  readonly name: string
  readonly availability: () => Availability
  readonly #launch: readonly [string, ...string[]]

  constructor(name: string, launch: readonly [string, ...string[]], files: readonly string[]) {
    this.name = name
    this.#launch = launch
    this.availability = probeOnce(
      () => lackingCommand(files),
      () => printedVersion(launch[0], [...launch.slice(1), '--version']),
    )
  }

  /** Publishes a test picture (H.264, 25 frames a second, no B-frames) and a tone (AAC) encoded now. */
  publishTest(what: {
    readonly sink: GstreamerSink
    readonly url: string
    readonly seconds: number
    readonly limitMs?: number
  }): RunningProgram {
    const pictures = Math.round(what.seconds * 25)
    const sounds = Math.round((what.seconds * 48_000) / 1024)
    return this.run(
      args`
        videotestsrc is-live=true num-buffers=${pictures}
        ! video/x-raw,width=320,height=180,framerate=25/1
        ! x264enc tune=zerolatency key-int-max=25 bitrate=200 speed-preset=veryfast ! h264parse ! mux.
        audiotestsrc is-live=true num-buffers=${sounds} ! audio/x-raw,rate=48000,channels=1
        ! avenc_aac bitrate=64000 ! aacparse ! mux.
        flvmux name=mux streamable=true ! ${element(what.sink, what.url)}`,
      what.limitMs ?? 20_000,
    )
  }

  /** Publishes an FLV file with H.264 and AAC in real time, its frames untouched. */
  publishFile(what: {
    readonly sink: GstreamerSink
    readonly input: string
    readonly url: string
    readonly limitMs?: number
  }): RunningProgram {
    return this.run(
      args`
        filesrc location=${what.input} ! flvdemux name=d
        d.video ! queue ! h264parse ! identity sync=true ! mux.
        d.audio ! queue ! aacparse ! identity sync=true ! mux.
        flvmux name=mux streamable=true ! ${element(what.sink, what.url)}`,
      what.limitMs ?? 20_000,
    )
  }

  /**
   * Publishes the same kind of file with fourcc headers (avc1, mp4a), or with each track in a multitrack wrapper as track
   * 0; only the newer GStreamer can.
   */
  publishEnhancedFile(what: {
    readonly mode: 'non-multitrack' | 'multitrack'
    readonly input: string
    readonly url: string
    readonly limitMs?: number
  }): RunningProgram {
    return this.run(
      args`
        filesrc location=${what.input} ! flvdemux name=d
        d.video ! queue ! h264parse ! identity sync=true ! mux.video
        d.audio ! queue ! aacparse ! identity sync=true ! mux.audio
        eflvmux name=mux streamable=true video::flv-track-mode=${what.mode}
        audio::flv-track-mode=${what.mode} ! rtmp2sink location=${what.url}`,
      what.limitMs ?? 20_000,
    )
  }

  /** Plays a stream into an FLV file as it comes; `buffers` messages at most. */
  record(what: {
    readonly source: GstreamerSource
    readonly url: string
    readonly output: string
    readonly buffers?: number
    readonly limitMs?: number
  }): RunningProgram {
    const end = what.buffers === undefined ? [] : [`num-buffers=${what.buffers}`]
    return this.run(
      args`${element(what.source, what.url)} ${end} ! filesink location=${what.output} sync=false`,
      what.limitMs ?? 20_000,
    )
  }

  /** Runs a pipeline; SIGINT ends it with an end of stream. */
  run(pipeline: readonly string[], limitMs: number): RunningProgram {
    const [command, ...first] = this.#launch
    return new RunningProgram(this.name, command, [...first, '-q', '-e', ...pipeline], { limitMs })
  }
}

/** Debian's own GStreamer: classic RTMP only. */
export const gstreamer: Gstreamer = new Gstreamer('GStreamer', ['gst-launch-1.0'], ['gst-launch-1.0'])

/** The GStreamer of a newer Debian: `eflvmux` writes Enhanced RTMP. */
export const newerGstreamer: Gstreamer = new Gstreamer(
  'GStreamer (newer)',
  [NEWER_RUN, 'gst-launch-1.0'],
  [NEWER_RUN, newerProgram('gst-launch-1.0')],
)
