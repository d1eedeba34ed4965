import { ContinuousClock } from '@rtmp/bytes/time'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { goesOnAt, isStart } from './outgoing.ts'

/** How long pictures of a new connection are left out for want of a key frame, in milliseconds. */
const KEY_FRAME_WAIT_MS = 10_000

/** What is remembered of a key frame, to know it again. */
interface Landmark {
  readonly payload: Uint8Array
  /** On the output's clock. */
  readonly timestamp: number
}

/**
 * One output clock for a stream that is played over several connections, without a step back, without a frame twice.
 *
 * After a new connection nothing is passed on before a key frame (or a recovery point, or ten seconds of neither). When that is one we have seen, the stream goes on
 * where it was, and what we have had is left out; else its clock is taken as it is if it fits, or moved so that the time
 * goes on by as much as really passed.
 */
export class Splice {
  readonly #clock = new ContinuousClock()
  #hasVideo = false
  /** When the first picture was left out for want of a key frame. */
  #waitsSince: number | undefined
  /** The last key frame: servers repeat the group of pictures that begins with it to those who join. */
  #landmark: Landmark | undefined

  /** Milliseconds on the output's clock of the last frame; 0 before any. */
  get last(): number {
    return this.#clock.latest
  }

  /** Whether the stream has pictures. */
  get hasVideo(): boolean {
    return this.#hasVideo
  }

  /** Whether a new connection has been made and none of its frames passed on yet. */
  get undecided(): boolean {
    return this.#clock.undecided
  }

  /** A further connection begins. */
  begin(): void {
    this.#clock.begin()
  }

  /** Another publisher begins on the same connection. */
  beginAnother(): void {
    this.#landmark = undefined
    this.begin()
  }

  /** The server was asked for another position: its clock is right, whatever it says. */
  jump(): void {
    this.#clock.restart()
    this.#landmark = undefined
  }

  /**
   * The time of a packet on the output's clock, or `undefined` to leave it out.
   *
   * @param isFrame - A picture or sound; headers only take part.
   */
  map(packet: MediaMessage, isFrame: boolean, now: number): number | undefined {
    const { typeId, timestamp } = packet
    if (!isFrame) return this.at(timestamp)
    if (this.undecided && this.#hasVideo) {
      if (!goesOnAt(packet) && !this.#waitedLong(packet, now)) return undefined
      this.#waitsSince = undefined
      const known = this.#landmark
      if (known !== undefined && sameBytes(known.payload, packet.payload))
        this.#clock.align(timestamp, known.timestamp)
    }
    if (this.#clock.repeats(typeId, timestamp, now)) return undefined
    const time = this.#clock.map(typeId, timestamp, now)
    if (typeId === 9) {
      this.#hasVideo = true
      if (isStart(packet)) this.#landmark = { payload: packet.payload, timestamp: time }
    }
    return time
  }

  /** A stream without any key frame is better than none. */
  #waitedLong({ isVideo }: MediaMessage, now: number): boolean {
    if (!isVideo) return false
    this.#waitsSince ??= now
    return now - this.#waitsSince >= KEY_FRAME_WAIT_MS
  }

  /** A time of data on the output's clock. */
  at(timestamp: number): number {
    return this.#clock.at(timestamp)
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
