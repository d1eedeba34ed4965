import { headerKey } from '@rtmp/ertmp'
import type { BatchFormat } from './batch-format.ts'
import { Gop } from './gop.ts'
import { type CacheLimits, DEFAULT_CACHE_LIMITS } from './limits.ts'
import type { RelayMessage } from './relay-message.ts'

/** What somebody who joins is sent before the live messages. */
export interface CatchUp {
  /** Bytes in order; arrays may be shared with other players. */
  readonly pieces: readonly Uint8Array[]
  /** Tracks that have a key frame among them, so that live video can follow, as a set of bits; 0 for none. */
  readonly started: number
}

/**
 * Everything a player needs that joins in the middle: data frames (onMetaData), the headers of every track, and the
 * current group of pictures with its sound.
 *
 * Headers are those in force at the start of the group; where one changes inside it, the change stands in the group at
 * its place. A stream without video has no group: whoever joins hears it from now on.
 */
export class LateJoinCache {
  readonly #limits: CacheLimits
  readonly #gop: Gop
  /** The newest of each {@link headerKey}, in order of arrival. */
  readonly #newest = new Map<string, RelayMessage>()
  /** Those in force before the group's first message. */
  readonly #atStart = new Map<string, RelayMessage>()
  readonly #dataFrames = new Map<string, RelayMessage>()
  #headerBytes = 0
  #refused = 0

  constructor(limits: CacheLimits = DEFAULT_CACHE_LIMITS) {
    this.#limits = limits
    this.#gop = new Gop(limits)
  }

  /** Payload bytes held in all. */
  get bytes(): number {
    return this.#gop.bytes + this.#headerBytes
  }

  /** Messages of the current group of pictures. */
  get gop(): readonly RelayMessage[] {
    return this.#gop.messages
  }

  /** How often the group's bounds took something out of it. */
  get overflows(): number {
    return this.#gop.overflows
  }

  /** Headers and data frames that were not kept because of their bounds. */
  get refused(): number {
    return this.#refused
  }

  /** Data frames and headers in force, in the order in which they are replayed. */
  get headers(): readonly RelayMessage[] {
    return [...this.#dataFrames.values(), ...this.#atStart.values()]
  }

  /** Takes an audio or video message, or a data message that is not kept by name. */
  add(message: RelayMessage, now: number): void {
    if (!message.isHeader) {
      this.#gop.add(message, now, this.#leaves)
      return
    }
    const key = headerKeyOf(message)
    const known = this.#newest.get(key)
    if (known !== undefined && sameBytes(known.payload, message.payload)) return
    const own = message.detached()
    if (this.#keep(this.#newest, key, own)) this.#gop.add(own, now, this.#leaves)
  }

  /** Keeps a data frame under its name, in the place of an older one. */
  setDataFrame(name: string, message: RelayMessage): void {
    this.#keep(this.#dataFrames, name, message.detached())
  }

  /** Forgets a data frame. */
  clearDataFrame(name: string): void {
    this.#forget(this.#dataFrames, name)
  }

  /** Forgets the group of pictures, for want of memory; those who join get headers and wait for the next key frame. */
  forgetGroup(): void {
    for (const message of this.#gop.messages) this.#leaves(message)
    this.#gop.clear()
  }

  /** Forgets everything: a publisher has come or gone. */
  clear(): void {
    this.#gop.clear()
    this.#newest.clear()
    this.#atStart.clear()
    this.#dataFrames.clear()
    this.#headerBytes = 0
  }

  /**
   * What to send to somebody who joins now.
   *
   * @param latest - The stream's time, for headers when there is no group to take it from.
   */
  catchUp(format: BatchFormat, audio: boolean, video: boolean, latest: number): CatchUp {
    const group = this.#gop.messages
    const start = group[0]?.timestamp ?? latest
    const wanted = (message: RelayMessage): boolean =>
      (audio || !message.isAudio) && (video || !message.isVideo)
    const first = this.headers.filter(wanted).map((message) => message.at(start))
    const pieces = first.length === 0 ? [] : [format.encode(first)]
    if (!video || group.length === 0) return { pieces, started: 0 }
    if (audio) pieces.push(...this.#gop.encode(format))
    else pieces.push(format.encode(this.#gop.read().filter(wanted)))
    return { pieces, started: this.#gop.tracks }
  }

  /** The headers (not the data frames) that are in force now, at a given time; for video that goes on after a pause. */
  headersNow(format: BatchFormat, audio: boolean, video: boolean, time: number): Uint8Array | undefined {
    const wanted: RelayMessage[] = []
    for (const message of this.#newest.values()) {
      if (message.isVideo ? video : audio) wanted.push(message.at(time))
    }
    return wanted.length === 0 ? undefined : format.encode(wanted)
  }

  /** A message leaves the group at the front: a header is from now on in force before all that is left. */
  readonly #leaves = (message: RelayMessage): void => {
    if (!message.isHeader) return
    const key = headerKeyOf(message)
    this.#atStart.delete(key)
    this.#atStart.set(key, message)
  }

  #keep(kept: Map<string, RelayMessage>, key: string, message: RelayMessage): boolean {
    this.#forget(kept, key)
    const bytes = this.#headerBytes + message.payload.length
    if (kept.size >= this.#limits.headers || bytes > this.#limits.headerBytes) {
      this.#refused += 1
      return false
    }
    kept.set(key, message)
    this.#headerBytes = bytes
    return true
  }

  #forget(kept: Map<string, RelayMessage>, key: string): void {
    const known = kept.get(key)
    if (known === undefined) return
    kept.delete(key)
    this.#headerBytes -= known.payload.length
  }
}

const headerKeyOf = (message: RelayMessage): string =>
  headerKey(message.isVideo ? 'video' : 'audio', message.payload)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
