import type { EngineCounters } from './engine/protocol.ts'

/** How a player does at one moment. Times in milliseconds, rates in bits a second. */
export interface PlayerStats {
  /** How far the picture that is shown is behind the newest that has come; `undefined` as long as nothing plays. */
  readonly latency: number | undefined
  /** The reserve that is aimed at; stalls make it larger. */
  readonly targetLatency: number
  /** What is buffered ahead of the picture. */
  readonly bufferAhead: number
  /** What is buffered behind it, and can be gone back to: about `buffer.behind` of the options. */
  readonly bufferBehind: number
  /** Everything that comes in, all tracks, with what HTTP does not count. */
  readonly bitrate: number
  /** Of all video tracks, the ones not shown included; without what carries them. */
  readonly videoBitrate: number
  /** Of all audio tracks, the ones not heard included; without what carries them. */
  readonly audioBitrate: number
  /** On all connections since it was made. */
  readonly bytesReceived: number
  /** Pictures that were decoded, as the element counts them: it may begin anew with each source. */
  readonly decodedFrames: number
  /** Pictures that were decoded and not shown because it was too late; as the element counts them. */
  readonly droppedFrames: number
  /** As the element counts them; 0 in browsers that do not. */
  readonly corruptedFrames: number
  /** Pictures a second in the last second. */
  readonly frameRate: number
  /** At which rate it plays just now. */
  readonly rate: number
  /** How often playing stopped for want of data. */
  readonly stalls: number
  /** How often it jumped to the newest picture, or over a gap. */
  readonly jumps: number
  /** How often it asked again since it was made: after a loss, a silence, or to begin anew. */
  readonly reconnects: number
  /** Messages that could not be read. */
  readonly brokenMessages: number
  /** Whether reading and cutting are done in a worker; false until it has started. */
  readonly inWorker: boolean
}

/** Over how long rates are measured, in milliseconds. */
const WINDOW = 2000

interface Sample {
  readonly at: number
  readonly bytes: number
  readonly video: number
  readonly audio: number
}

const NO_RATES = { bitrate: 0, videoBitrate: 0, audioBitrate: 0 } as const

/** Bits a second, from counters. */
export class Rates {
  #samples: Sample[] = []

  add({ at, bytesReceived, videoBytes, audioBytes }: EngineCounters): void {
    this.#samples = this.#samples.filter((sample) => at - sample.at <= WINDOW)
    this.#samples.push({ at, bytes: bytesReceived, video: videoBytes, audio: audioBytes })
  }

  get now(): Pick<PlayerStats, 'bitrate' | 'videoBitrate' | 'audioBitrate'> {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at <= first.at) return NO_RATES
    const perSecond = (bytes: number): number => Math.round((bytes * 8000) / (last.at - first.at))
    return {
      bitrate: perSecond(last.bytes - first.bytes),
      videoBitrate: perSecond(last.video - first.video),
      audioBitrate: perSecond(last.audio - first.audio),
    }
  }
}
