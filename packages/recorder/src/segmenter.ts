import { MediaFlags, type MediaMessage } from '@rtmp/e-rtmp'
import type { Gap } from '@rtmp/live'
import type { FileStart } from './file-builder.ts'
import { Timeline } from './timeline.ts'

/** Where files begin and end. */
export interface SegmenterOptions {
  /** A new file from the first key frame on that comes so long after a file's beginning. Milliseconds. */
  readonly splitMs: number
  /** A new file from the first key frame on behind so many bytes. */
  readonly splitBytes: number
  /** What becomes of a header that differs, or of a new track: a new file, or all in one. */
  readonly newHeaders: 'newFile' | 'inFile'
  /** Whether a file can go on with a header that differs until the next key frame. */
  readonly takesHeaders: boolean
}

/** A file begins here; one that is open ends. */
export interface BeginStep extends FileStart {
  readonly kind: 'begin'
}

/** A message belongs into the file, at a time in milliseconds from its beginning. */
export interface MessageStep {
  readonly kind: 'message'
  readonly message: MediaMessage
  readonly time: number
}

export type Step = BeginStep | MessageStep

/** How much is held back until it is known which tracks there are: time in milliseconds, and bytes. */
const WAIT_MS = 1000
const WAIT_BYTES = 4 * 1024 * 1024

/** Without a picture for so long, files are split where the sound is. Milliseconds. */
const NO_VIDEO_MS = 10_000

/** Tracks whose newest frames are further behind than this are not waited for. Milliseconds. */
const SKEW_MS = 1000

interface Timed {
  readonly message: MediaMessage
  readonly time: number
}

/**
 * Which file each message of a stream belongs to, and at which time in it. Files begin at key frames (where there is no
 * video: anywhere), and with all headers in force. No message is left out, and none comes twice, but for headers.
 */
export class Segmenter {
  readonly #options: SegmenterOptions
  readonly #timeline = new Timeline()
  readonly #headers = new Map<string, MediaMessage>()
  /** Headers that differ from those before, until a frame shows whether a new file can begin. */
  #newHeaders: Timed[] = []
  #metadata: MediaMessage | undefined
  /** The newest frame of each track. */
  readonly #last = new Map<number, number>()
  /** The first video track. */
  #primary: number | undefined
  #held: Timed[] = []
  #heldBytes = 0
  #begun = false
  /** After an interruption: nothing is taken until a file can begin. */
  #waits = false
  #splitDue = false
  /** What has come first is being placed: all of it belongs to the first file. */
  #starting = false
  #base = 0

  constructor(options: SegmenterOptions) {
    this.#options = options
  }

  /** Takes a message. @param fileBytes - How long the file is, in bytes. @param now - Milliseconds of any clock. */
  add(message: MediaMessage, fileBytes: number, now: number): readonly Step[] {
    const timed = { message, time: this.#timeline.at(message, now) }
    if (this.#begun) return this.#place(timed, fileBytes)
    this.#held.push(timed)
    this.#heldBytes += message.payload.length
    return this.#knowsTracks(timed) ? this.#beginFirst() : []
  }

  /** Something is missing here. */
  skip(gap: Gap): void {
    this.#timeline.skip(gap)
  }

  /** The file could not go on. The next one begins where decoding can start. */
  interrupt(): void {
    this.#waits = true
  }

  /** The file that was to begin has begun. */
  resume(): void {
    this.#waits = false
  }

  /** Whether a message can begin a file. */
  canBegin(message: MediaMessage): boolean {
    if (!hasFrame(message)) return false
    const latest = this.#timeline.latest
    const pictures = this.#primary === undefined ? undefined : this.#last.get(trackKey(true, this.#primary))
    if (message.isVideo) {
      return message.keyFrame && (this.#primary === undefined || message.track === this.#primary)
    }
    return pictures === undefined || latest - pictures > NO_VIDEO_MS
  }

  /** Nothing more comes. Headers that no frame has followed go where they can. */
  end(): readonly Step[] {
    if (!this.#begun) return this.#held.length === 0 ? [] : this.#beginFirst()
    return this.#options.takesHeaders && !this.#waits ? this.#takeNewHeaders() : []
  }

  #knowsTracks({ message, time }: Timed): boolean {
    if (this.#heldBytes > WAIT_BYTES) return true
    if (!message.isCoded) return false
    const first = this.#held.find((one) => one.message.isCoded)?.time ?? time
    if (Math.abs(time - first) >= WAIT_MS) return true
    const announced = new Set<number>()
    const there = new Set<number>()
    for (const { message: one } of this.#held) {
      if (one.kind === 'data') continue
      for (const id of one.trackIds) (one.isCoded ? there : announced).add(trackKey(one.isVideo, id))
    }
    const kinds = new Set([...there].map((key) => key & 1))
    return kinds.size === 2 && [...announced].every((key) => there.has(key))
  }

  #beginFirst(): Step[] {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    this.#begun = true
    const coded = held.filter(({ message }) => message.isCoded)
    const first = coded[0]?.time ?? this.#timeline.latest
    this.#base = Math.min(
      first,
      ...coded.filter(({ time }) => first - time <= SKEW_MS).map(({ time }) => time),
    )
    for (const { message, time } of coded) this.#note(message, time)
    this.#metadata = held.find(({ message }) => message.name === 'onMetaData')?.message
    const begin = this.#begin([])
    this.#starting = true
    const steps = [begin, ...held.flatMap((one) => this.#place(one, 0))]
    this.#starting = false
    return steps
  }

  #begin(headers: readonly MediaMessage[]): BeginStep {
    this.#splitDue = false
    const tracks = [...this.#last]
      .filter(([, time]) => this.#timeline.latest - time <= NO_VIDEO_MS)
      .map(([key]) => ({
        kind: (key & 1) === 1 ? ('video' as const) : ('audio' as const),
        trackId: key >> 1,
      }))
    const hasAudio = tracks.some(({ kind }) => kind === 'audio')
    const hasVideo = tracks.some(({ kind }) => kind === 'video')
    return { kind: 'begin', headers, metadata: this.#metadata, tracks, hasAudio, hasVideo }
  }

  #note(message: MediaMessage, time: number): void {
    for (const id of message.trackIds) this.#last.set(trackKey(message.isVideo, id), time)
    if (message.isVideo) this.#primary = Math.min(this.#primary ?? message.track, message.track)
  }

  #place(timed: Timed, fileBytes: number): Step[] {
    const { message } = timed
    if (message.isHeader) return this.#header(timed)
    if (message.name === 'onMetaData') return this.#data(timed)
    if (!hasFrame(message)) return this.#waits ? [] : [this.#step(timed)]
    return this.#frame(timed, fileBytes)
  }

  #header(timed: Timed): Step[] {
    const { message } = timed
    const { headerKey } = message
    const before = this.#headers.get(headerKey)
    this.#headers.delete(headerKey)
    // Headers are kept for long, and their memory may be used again.
    this.#headers.set(headerKey, message.detached())
    if (this.#waits) return []
    if (before !== undefined && sameBytes(before.payload, message.payload)) return [this.#step(timed)]
    const { newHeaders, takesHeaders } = this.#options
    const isOfFile = before === undefined && (takesHeaders || this.#starting)
    if (newHeaders === 'inFile' || isOfFile) return [this.#step(timed)]
    this.#newHeaders.push(timed)
    return []
  }

  /** Whether a frame is of a track that the file cannot have, since nothing has announced it. */
  #isUnannounced({ isVideo, typeId, trackIds }: MediaMessage): boolean {
    const { newHeaders, takesHeaders } = this.#options
    if (takesHeaders || newHeaders === 'inFile' || this.#starting) return false
    return trackIds.some(
      (id) =>
        !this.#last.has(trackKey(isVideo, id)) &&
        ![...this.#headers.values()].some((one) => one.typeId === typeId && one.trackIds.includes(id)),
    )
  }

  #data(timed: Timed): Step[] {
    const { message } = timed
    const isSame = this.#metadata !== undefined && sameBytes(this.#metadata.payload, message.payload)
    this.#metadata = isSame ? this.#metadata : message.detached()
    return isSame || this.#waits ? [] : [this.#step(timed)]
  }

  #frame(timed: Timed, fileBytes: number): Step[] {
    const { message, time } = timed
    const starts = this.canBegin(message)
    const waiting = this.#newHeaders
    const concerns = waiting.some((one) => one.message.typeId === message.typeId)
    const steps: Step[] = []
    if (this.#waits && !starts) {
      this.#note(message, time)
      return []
    }
    const must = (concerns && !this.#options.takesHeaders) || this.#isUnannounced(message)
    if (this.#waits || must || (starts && this.#isDue(time, fileBytes, concerns))) {
      steps.push(this.#split(message, time))
    } else if (concerns) {
      // The file goes on with them for now.
      steps.push(...this.#takeNewHeaders())
      this.#splitDue = true
    }
    this.#note(message, time)
    steps.push(this.#step(timed))
    return steps
  }

  #takeNewHeaders(): Step[] {
    const steps = this.#newHeaders.map((one) => this.#step(one))
    this.#newHeaders = []
    return steps
  }

  #isDue(time: number, fileBytes: number, concerns: boolean): boolean {
    const { splitMs, splitBytes } = this.#options
    return concerns || this.#splitDue || time - this.#base >= splitMs || fileBytes >= splitBytes
  }

  /** A new file: its time begins with what comes first in it, whatever the order. */
  #split(message: MediaMessage, time: number): BeginStep {
    this.#waits = false
    this.#newHeaders = []
    const own = new Set(message.trackIds.map((id) => trackKey(message.isVideo, id)))
    const others = [...this.#last].flatMap(([key, last]) => (own.has(key) ? [] : [last]))
    this.#base = Math.min(time, ...others.filter((last) => time - last <= SKEW_MS))
    this.#note(message, time)
    return this.#begin([...this.#headers.values()])
  }

  #step({ message, time }: Timed): MessageStep {
    return { kind: 'message', message, time: Math.max(0, time - this.#base) }
  }
}

/** Some encoders end with a header and a frame of no bytes (FFmpeg's FLAC): nothing for which a file would begin. */
const hasFrame = ({ isCoded, flags }: MediaMessage): boolean => isCoded && (flags & MediaFlags.empty) === 0

const trackKey = (isVideo: boolean, trackId: number): number => 2 * trackId + (isVideo ? 1 : 0)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
