import type { MediaMessage } from '@rtmp/e-rtmp'
import { mayReplaceHeader } from '@rtmp/e-rtmp/records'
import type { BatchFormat, Piece } from './batch-format.ts'
import { HEADER_BYTES } from './costs.ts'
import { Gop } from './gop.ts'
import { type CacheLimits, DEFAULT_CACHE_LIMITS } from './limits.ts'
import { MemoryLedger } from './memory-ledger.ts'
import { SharedPieces } from './shared-pieces.ts'
import { Tally } from './tally.ts'

/** What somebody who joins is sent before the live messages. */
export interface CatchUpPieces<P extends Piece = Piece> {
  /** In order; most are shared with other subscribers. */
  readonly pieces: readonly P[]
  /** Tracks that have a key frame among them, so that live video can follow, as a set of bits; 0 for none. */
  readonly started: number
}

/** Headers at one time, made ready for each kind of subscriber. */
class HeaderPieces {
  #time: number | undefined
  readonly #pieces: SharedPieces

  constructor(tally: Tally) {
    this.#pieces = new SharedPieces(tally)
  }

  of<P extends Piece>(
    time: number,
    format: BatchFormat<P>,
    audio: boolean,
    video: boolean,
    messages: () => readonly MediaMessage[],
  ): P {
    if (time !== this.#time) this.#pieces.clear()
    this.#time = time
    return this.#pieces.of(format, audio, video, () => format.encode(messages()))
  }

  clear(): void {
    this.#time = undefined
    this.#pieces.clear()
  }
}

/**
 * Everything a subscriber needs that joins in the middle: data frames (onMetaData), the headers of every track, and the
 * current group of pictures with its sound.
 *
 * Headers are those in force at the start of the group; where one changes inside it, the change stands in the group at
 * its place. A stream without video has no group: whoever joins hears it from now on.
 */
export class LateJoinCache {
  readonly #limits: CacheLimits
  readonly #tally: Tally
  readonly #gop: Gop
  /** The newest of each `headerKey`, in order of arrival. */
  readonly #newest = new Map<string, MediaMessage>()
  /** Those in force before the group's first message. */
  readonly #atStart = new Map<string, MediaMessage>()
  readonly #dataFrames = new Map<string, MediaMessage>()
  readonly #first: HeaderPieces
  readonly #now: HeaderPieces
  #shown = false
  #headerBytes = 0
  #refused = 0

  /** @param tally - Where what is held is counted, with what it costs to hold it. */
  constructor(limits: CacheLimits = DEFAULT_CACHE_LIMITS, tally: Tally = new Tally(new MemoryLedger())) {
    this.#limits = limits
    this.#tally = tally
    this.#gop = new Gop(limits, tally)
    this.#first = new HeaderPieces(tally)
    this.#now = new HeaderPieces(tally)
  }

  /** Payload bytes held in all; what that costs in memory is more, see `LiveStream.memoryBytes`. */
  get bytes(): number {
    return this.#gop.bytes + this.#headerBytes
  }

  /** Messages of the current group of pictures. They may be kept: what has been given out is never used again. */
  get gop(): readonly MediaMessage[] {
    this.#shown = true
    return this.#gop.messages
  }

  /** The same, for reading at once: of what this gives nothing may be kept, not even payloads. */
  get group(): readonly MediaMessage[] {
    return this.#gop.messages
  }

  /** Adds the memory of all payloads of the current group of pictures. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    this.#gop.addMemoryTo(memory)
  }

  /** Whether {@link gop} has been given out since this was last asked. */
  takeShown(): boolean {
    const shown = this.#shown
    this.#shown = false
    return shown
  }

  /** Payload bytes of the current group of pictures. */
  get groupBytes(): number {
    return this.#gop.bytes
  }

  /** See `Gop.start`. */
  get groupStart(): number {
    return this.#gop.start
  }

  /** See `Gop.end`. */
  get groupEnd(): number {
    return this.#gop.end
  }

  /** How often the group's bounds took something out of it. */
  get overflows(): number {
    return this.#gop.overflows
  }

  /** Headers and data frames that were not kept: because of their bounds, or broken in the place of a good one. */
  get refused(): number {
    return this.#refused
  }

  /** Data frames and headers in force, in the order in which they are replayed. They have memory of their own. */
  get headers(): readonly MediaMessage[] {
    return [...this.#dataFrames.values(), ...this.#atStart.values()]
  }

  /** Takes an audio or video message, or a data message that is not kept by name. */
  add(message: MediaMessage, now: number): void {
    if (!message.isHeader) {
      this.#gop.add(message, now, this.#leaves)
      return
    }
    const key = message.headerKey
    const known = this.#newest.get(key)
    if (known !== undefined && sameBytes(known.payload, message.payload)) return
    if (known !== undefined && !mayReplace(known, message)) {
      this.#refused += 1
      return
    }
    const own = message.detached()
    if (this.#keep(this.#newest, key, own)) this.#gop.add(own, now, this.#leaves)
  }

  /** Keeps a data frame under its name, in the place of an older one. */
  setDataFrame(name: string, message: MediaMessage): void {
    this.#keep(this.#dataFrames, name, message.detached())
  }

  /** Forgets a data frame. */
  clearDataFrame(name: string): void {
    this.#forget(this.#dataFrames, name)
  }

  /** Forgets the group of pictures, for want of memory; those who join get headers and wait for the next key frame. */
  forgetGroup(): void {
    for (const message of this.#gop.messages) if (message.isHeader) this.#leaves(message)
    this.#gop.clear()
  }

  /** Forgets what was encoded for those who join, for want of memory: it is made again when somebody does. */
  forgetPieces(): void {
    this.#gop.forgetPieces()
    this.#headersChanged()
  }

  /** Forgets everything: a publisher has come or gone. */
  clear(): void {
    this.#gop.clear()
    for (const kept of [this.#newest, this.#atStart, this.#dataFrames]) {
      for (const key of kept.keys()) this.#take(kept, key)
    }
    this.#headerBytes = 0
    this.#headersChanged()
  }

  /**
   * What to send to somebody who joins now.
   *
   * @param latest - The stream's time, for headers when there is no group to take it from.
   */
  catchUp<P extends Piece>(
    format: BatchFormat<P>,
    audio: boolean,
    video: boolean,
    latest: number,
  ): CatchUpPieces<P> {
    const group = this.#gop.messages
    const start = group[0]?.timestamp ?? latest
    const pieces: P[] = []
    if (this.#dataFrames.size + this.#atStart.size > 0) {
      pieces.push(
        this.#first.of(start, format, audio, video, () =>
          this.headers
            .filter((message) => (audio || !message.isAudio) && (video || !message.isVideo))
            .map((message) => message.at(start)),
        ),
      )
    }
    if (!video || group.length === 0) return { pieces, started: 0 }
    pieces.push(...this.#gop.encode(format, audio))
    return { pieces, started: this.#gop.tracks }
  }

  /** The headers (not the data frames) that are in force now, at a given time; for video that goes on after a pause. */
  headersNow<P extends Piece>(
    format: BatchFormat<P>,
    audio: boolean,
    video: boolean,
    time: number,
  ): P | undefined {
    const piece = this.#now.of(time, format, audio, video, () => {
      const wanted: MediaMessage[] = []
      for (const message of this.#newest.values()) {
        if (message.isVideo ? video : audio) wanted.push(message.at(time))
      }
      return wanted
    })
    return piece.length === 0 ? undefined : piece
  }

  #headersChanged(): void {
    this.#first.clear()
    this.#now.clear()
  }

  /** A header leaves the group at the front: it is from now on in force before all that is left. */
  readonly #leaves = (message: MediaMessage): void => {
    this.#put(this.#atStart, message.headerKey, message)
    this.#headersChanged()
  }

  #keep(kept: Map<string, MediaMessage>, key: string, message: MediaMessage): boolean {
    this.#forget(kept, key)
    const bytes = this.#headerBytes + message.payload.length
    if (kept.size >= this.#limits.headers || bytes > this.#limits.headerBytes) {
      this.#refused += 1
      return false
    }
    this.#put(kept, key, message)
    this.#headerBytes = bytes
    this.#headersChanged()
    return true
  }

  #forget(kept: Map<string, MediaMessage>, key: string): void {
    const known = kept.get(key)
    if (known === undefined) return
    this.#take(kept, key)
    this.#headerBytes -= known.payload.length
    this.#headersChanged()
  }

  /** Keeps a message under a key, as the newest of all. */
  #put(kept: Map<string, MediaMessage>, key: string, message: MediaMessage): void {
    this.#take(kept, key)
    kept.set(key, message)
    this.#tally.hold(message.payload.buffer)
    this.#tally.count(costOfHeader(key, message))
  }

  #take(kept: Map<string, MediaMessage>, key: string): void {
    const message = kept.get(key)
    if (message === undefined) return
    kept.delete(key)
    this.#tally.release(message.payload.buffer)
    this.#tally.count(-costOfHeader(key, message))
  }
}

const costOfHeader = (key: string, { name }: MediaMessage): number =>
  HEADER_BYTES + (key.length + name.length) * 2

const mayReplace = (known: MediaMessage, next: MediaMessage): boolean =>
  next.kind === 'data' || mayReplaceHeader(next.kind, known.payload, next.payload)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
