import { addTimestamp, isLater, timestampDifference } from '@rtmp/chunk'
import { firstTrackIdOf } from '@rtmp/ertmp'
import type { MediaPacket } from './packet.ts'

/** A later connection's clock that is no further ahead than the time that passed and this is the same clock. */
const SAME_CLOCK_MS = 5000

/** The least step over a splice. */
const LEAST_STEP_MS = 20

/** What is remembered of a key frame, to know it again. */
interface Landmark {
  readonly payload: Uint8Array
  /** On the output's clock. */
  readonly timestamp: number
}

/**
 * One output clock for a stream that is played over several connections, without a step back, without a frame twice.
 *
 * After a new connection nothing is passed on before a key frame. When that is one we have seen, the stream goes on
 * where it was, and what we have had is left out; else its clock is taken as it is if it fits, or moved so that the time
 * goes on by as much as really passed.
 */
export class Splice {
  #offset = 0
  #last: number | undefined
  #lastAt = 0
  readonly #lastOf: { 8: number | undefined; 9: number | undefined } = { 8: undefined, 9: undefined }
  #hasVideo = false
  /** The last key frame: servers repeat the group of pictures that begins with it to those who join. */
  #landmark: Landmark | undefined
  #undecided = false
  /** After a splice: frames up to these are repetitions, or would be steps back. */
  readonly #skipUpTo: { 8: number | undefined; 9: number | undefined } = { 8: undefined, 9: undefined }

  /** Milliseconds on the output's clock of the last frame; 0 before any. */
  get last(): number {
    return this.#last ?? 0
  }

  /** Whether the stream has pictures. */
  get hasVideo(): boolean {
    return this.#hasVideo
  }

  /** Whether a new connection has been made and none of its frames passed on yet. */
  get undecided(): boolean {
    return this.#undecided
  }

  /** A further connection begins. */
  begin(): void {
    this.#undecided = this.#last !== undefined
  }

  /** Another publisher begins on the same connection. */
  beginAnother(): void {
    this.#landmark = undefined
    this.begin()
  }

  /** The server was asked for another position: its clock is right, whatever it says. */
  jump(): void {
    this.#offset = 0
    this.#last = undefined
    this.#lastOf[8] = undefined
    this.#lastOf[9] = undefined
    this.#landmark = undefined
    this.#skipUpTo[8] = undefined
    this.#skipUpTo[9] = undefined
    this.#undecided = false
  }

  /**
   * The time of a packet on the output's clock, or `undefined` to leave it out.
   *
   * @param isFrame - A picture or sound; headers only take part.
   */
  map(packet: MediaPacket, isFrame: boolean, now: number): number | undefined {
    const { typeId, timestamp } = packet
    if (!isFrame) return this.at(timestamp)
    if (this.#undecided) {
      if (this.#hasVideo && !isStart(packet)) return undefined
      this.#decide(packet, now)
    }
    const time = addTimestamp(timestamp, this.#offset)
    const before = this.#skipUpTo[typeId]
    if (before !== undefined) {
      if (!isLater(time, before)) return undefined
      this.#skipUpTo[typeId] = undefined
    }
    if (typeId === 9) {
      this.#hasVideo = true
      if (isStart(packet)) {
        this.#landmark = { payload: packet.payload, timestamp: time }
      }
    }
    this.#lastOf[typeId] = time
    if (this.#last === undefined || isLater(time, this.#last)) this.#last = time
    this.#lastAt = now
    return time
  }

  /** A time of data on the output's clock. */
  at(timestamp: number): number {
    return this.#undecided ? this.last : addTimestamp(timestamp, this.#offset)
  }

  #decide(packet: MediaPacket, now: number): void {
    this.#undecided = false
    this.#skipUpTo[8] = this.#lastOf[8]
    this.#skipUpTo[9] = this.#lastOf[9]
    const known = this.#landmark
    if (known !== undefined && packet.typeId === 9 && sameBytes(known.payload, packet.payload)) {
      this.#offset = timestampDifference(known.timestamp, packet.timestamp)
      return
    }
    const last = this.last
    const passed = Math.max(LEAST_STEP_MS, Math.round(now - this.#lastAt))
    const ahead = timestampDifference(addTimestamp(packet.timestamp, this.#offset), last)
    if (ahead > 0 && ahead <= passed + SAME_CLOCK_MS) return
    this.#offset = timestampDifference(addTimestamp(last, passed), packet.timestamp)
  }
}

/** A picture of the first track at which decoding can start. */
const isStart = ({ kind, keyFrame, payload }: MediaPacket): boolean =>
  kind === 'video' && keyFrame && firstTrackIdOf('video', payload) === 0

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
