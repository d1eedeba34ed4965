import { timestampDifference } from '@rtmp/bytes/time'
import { decodeFrame, type Frame } from './frame.ts'
import { Kind, type PublicationLog } from './publication-log.ts'

/** What a play is held to. */
export interface Expectation {
  /** The client takes everything at once and changes nothing: it must get every message from its join on. */
  readonly strict: boolean
  /** The client switches audio or video off and on: there may be gaps in either. */
  readonly selective: boolean
}

/** What the stream held when the server let a player in. */
export interface Join {
  /** When, in milliseconds. */
  readonly at: number
  /** The publication whose messages come first; `undefined` while there is none. */
  readonly publication: number | undefined
  /** Number of the first frame of the group of pictures that is kept for those who join, if there is one. */
  readonly first: number | undefined
  /** How many messages the server has taken: without a group, what comes behind them must come. */
  readonly taken: number
}

/** The longest that a strict play may wait for something that the server could have had: delays of both ways and a batch. */
const LATE_MS = 2500

/** Every track waits for a key frame. */
const ALL_TRACKS = 0xffff

/** After this much of a publication, its offset on the stream's clock must not change any more, in milliseconds. */
const SETTLED_MS = 3000

/**
 * Compares what one play gets with what was published.
 *
 * - Nothing twice and nothing out of order. Nothing is missing from the first frame on, but video while the server
 *   withholds it: then the next frame of that track is a key frame. Strict plays miss nothing at all, begin with what
 *   the stream held when they joined, and get nothing late.
 * - No frame comes before the headers and data frames that were in force when it was sent.
 * - Time never goes back, and is the publisher's own, moved by one offset.
 */
export class PlayCheck {
  readonly #expectation: Expectation
  readonly #findLog: (id: number) => PublicationLog | undefined
  readonly #violated: (text: string) => void
  #log: PublicationLog | undefined
  /** Number of the next message, -1 before the first frame since joining or going on. */
  #next = -1
  /** Tracks whose next frame must be a key frame, as bits. */
  #broken = ALL_TRACKS
  readonly #videoHeaders = new Map<number, number>()
  #audioHeader = 0
  #dataFrame = 0
  #paused = false
  /** Whether there was a pause: data frames of that time are not repeated. */
  #hasPaused = false
  readonly #times = new Map<string, number>()
  /** What a strict play must begin with; `undefined` once it has begun. */
  #join: Join | undefined
  readonly #joinedAt: number
  #firstTimestamp: number | undefined
  #offset: number | undefined
  #frames = 0

  constructor(
    expectation: Expectation,
    join: Join | undefined,
    findLog: (id: number) => PublicationLog | undefined,
    violated: (text: string) => void,
  ) {
    this.#expectation = expectation
    this.#findLog = findLog
    this.#violated = violated
    this.#join = expectation.strict ? join : undefined
    this.#joinedAt = join?.at ?? 0
  }

  /** How many audio and video frames have come. */
  get frames(): number {
    return this.#frames
  }

  media(typeId: number, timestamp: number, payload: Uint8Array, now: number): void {
    const frame = decodeFrame(typeId, payload)
    if (frame === undefined) {
      this.#violated(`a payload of ${payload.length} bytes was damaged`)
      return
    }
    if (!this.#enter(frame.publication)) return
    if (frame.kind === Kind.videoHeader || frame.kind === Kind.audioHeader) this.#header(frame)
    else this.#coded(frame, timestamp)
    this.#late(frame.number, now)
  }

  data(name: string, publication: number, number: number): void {
    if (!this.#enter(publication)) return
    if (name === 'onMetaData') {
      this.#dataFrame = number + 1
      if (this.#next >= 0) this.#follow(number, Kind.dataFrame, 0)
    } else this.#follow(number, Kind.cue, 0)
  }

  /** The client is about to pause, or to go on. */
  pauseAsked(): void {
    this.#hasPaused = true
  }

  /** The server says that it has paused or gone on. */
  pauseNoted(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    this.#next = -1
    this.#broken = ALL_TRACKS
  }

  /** The play is over, by the end of its stream: everything must have come. */
  streamEnded(): void {
    this.#finish()
  }

  /** Whether the message is worth looking at; takes note of a new publication. */
  #enter(publication: number): boolean {
    if (this.#log?.id === publication) return true
    const log = this.#findLog(publication)
    if (log === undefined) {
      this.#violated(`a message of publication ${publication}, which is not there`)
      return false
    }
    if (this.#log !== undefined) {
      if ((log.acceptedAt ?? 0) < (this.#log.acceptedAt ?? 0)) {
        this.#violated(`a message of publication ${publication} behind one of ${this.#log.id}`)
        return false
      }
      this.#finish()
      // Whoever was there before sees it from its beginning.
      if (this.#next >= 0) this.#next = 0
    }
    if (this.#join !== undefined) this.#begin(this.#join, publication)
    this.#log = log
    this.#broken = ALL_TRACKS
    this.#videoHeaders.clear()
    this.#audioHeader = 0
    this.#dataFrame = 0
    this.#firstTimestamp = undefined
    this.#offset = undefined
    return true
  }

  #header({ kind, track, number }: Frame): void {
    if (kind === Kind.videoHeader) this.#videoHeaders.set(track, number + 1)
    else this.#audioHeader = number + 1
    if (this.#next < 0 || this.#mayRepeatHeaders) return
    this.#follow(number, kind, track)
  }

  /** The first message has come: is it of what the player has joined? */
  #begin(join: Join, publication: number): void {
    if (publication === join.publication) return
    // Headers of a publisher that was lost before.
    if (join.publication === undefined && this.#wasBefore(publication, join.at)) return
    this.#join = undefined
    // It was there before this publisher.
    this.#next = 0
    const joined = join.publication === undefined ? undefined : this.#findLog(join.publication)
    if (joined === undefined) return
    if (join.first !== undefined) this.#violated(`joined ${joined.id}, but gets ${publication}`)
    this.#lacks(joined, join.taken, joined.taken ?? 0)
  }

  #wasBefore(publication: number, at: number): boolean {
    return (this.#findLog(publication)?.acceptedAt ?? at + 1) <= at
  }

  /** The first message in order has come: nothing between the join and it may be missing. */
  #beginAt(number: number, { first, taken }: Join): void {
    this.#join = undefined
    if (first === undefined) {
      if (number < taken) this.#violated(`joined at message ${taken}, but begins with ${number}`)
      this.#lacks(this.#log as PublicationLog, taken, number)
    } else if (number !== first) this.#violated(`joined at message ${first}, but begins with ${number}`)
  }

  /** What came between the join and the first message, and should have been that first message. */
  #lacks(log: PublicationLog, from: number, to: number): void {
    for (let missing = from; missing < to; missing++) {
      const kind = log.kind(missing)
      if (kind !== Kind.audio && kind !== Kind.cue && kind !== Kind.keyFrame) continue
      this.#violated(`joined publication ${log.id} at ${from}, but lacks ${missing} (kind ${kind})`)
      return
    }
  }

  #late(number: number, now: number): void {
    if (!this.#expectation.strict) return
    const late = now - Math.max(this.#joinedAt, (this.#log as PublicationLog).availableAt(number))
    if (late > LATE_MS) this.#violated(`message ${number} comes ${late} ms late`)
  }

  /** Whoever goes on is sent the headers in force at once, wherever the stream is. */
  get #mayRepeatHeaders(): boolean {
    return this.#hasPaused || this.#expectation.selective
  }

  #coded(frame: Frame, timestamp: number): void {
    const { kind, track, number } = frame
    this.#frames += 1
    if (this.#paused) this.#violated(`message ${number} while paused`)
    this.#follow(number, kind, track)
    if (kind === Kind.audio) this.#needs('audio header', frame.audioHeader, this.#audioHeader)
    else {
      const bit = 1 << track
      if ((this.#broken & bit) !== 0 && kind !== Kind.keyFrame) {
        this.#violated(`track ${track} goes on at ${number}, which is not a key frame`)
      }
      this.#broken &= ~bit
      this.#needs('video header', frame.videoHeader, this.#videoHeaders.get(track) ?? 0)
    }
    if (this.#dataFrame < frame.dataFrame && !this.#hasPaused) {
      this.#violated(`message ${number} without its data frame ${frame.dataFrame - 1}`)
    }
    this.#time(frame, timestamp)
  }

  #needs(what: string, wanted: number, had: number): void {
    if (wanted !== had) this.#violated(`a frame for ${what} ${wanted - 1} comes after ${what} ${had - 1}`)
  }

  /** A message that has its place in the order. */
  #follow(number: number, kind: Kind, track: number): void {
    const log = this.#log as PublicationLog
    if (log.kind(number) !== kind || log.track(number) !== track) {
      this.#violated(`message ${number} is not what was sent under that number`)
    }
    if (this.#next >= 0) {
      if (number < this.#next) {
        this.#violated(
          `message ${number} (kind ${kind}) of publication ${log.id} where ${this.#next} was due`,
        )
        return
      }
      for (let missing = this.#next; missing < number; missing++) this.#miss(missing)
    } else if (this.#join !== undefined) this.#beginAt(number, this.#join)
    this.#next = number + 1
  }

  #miss(number: number): void {
    const log = this.#log as PublicationLog
    const kind = log.kind(number)
    const { strict, selective } = this.#expectation
    // A joiner gets data frames first, and only the newest of each name.
    if (kind === Kind.dataFrame && number < this.#dataFrame) return
    if (kind === Kind.keyFrame || kind === Kind.interFrame) {
      const bit = 1 << log.track(number)
      if ((this.#broken & bit) !== 0) return
      this.#broken |= bit
      if (!strict) return
    } else if (selective) return
    else if (this.#mayRepeatHeaders && (kind === Kind.videoHeader || kind === Kind.audioHeader)) return
    this.#violated(`message ${number} (kind ${kind}) of publication ${log.id} is missing`)
  }

  #finish(): void {
    const log = this.#log
    if (log === undefined || !this.#expectation.strict || this.#next < 0) return
    if (log.taken === undefined) {
      this.#violated(`publication ${log.id} is over for a player while it goes on`)
      return
    }
    for (let missing = this.#next; missing < log.taken; missing++) this.#miss(missing)
    this.#next = Math.max(this.#next, log.taken)
  }

  #time(frame: Frame, timestamp: number): void {
    const lane = frame.kind === Kind.audio ? 'audio' : `video ${frame.track}`
    const last = this.#times.get(lane)
    if (last !== undefined && timestampDifference(timestamp, last) < 0) {
      this.#violated(`${lane} goes back from ${last} to ${timestamp}`)
    }
    this.#times.set(lane, timestamp)
    this.#firstTimestamp ??= frame.timestamp
    if (timestampDifference(frame.timestamp, this.#firstTimestamp) < SETTLED_MS) return
    const offset = timestampDifference(timestamp, frame.timestamp)
    this.#offset ??= offset
    if (offset !== this.#offset) {
      this.#violated(`the offset of publication ${frame.publication} moves from ${this.#offset} to ${offset}`)
    }
  }
}
