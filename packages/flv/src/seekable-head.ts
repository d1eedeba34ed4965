import type { Amf0Object, Amf0Plain } from '@rtmp/amf0'
import { concat } from '@rtmp/bytes'
import { encodeFlvHeader } from './file-header.ts'
import { encodeMetadata } from './metadata.ts'
import { type SeekEntry, SeekIndex } from './seek-index.ts'
import { encodeFlvTag, TAG_OVERHEAD, TagType } from './tag.ts'
import { TrackEnds } from './track-ends.ts'

/** What an index of no entry takes in onMetaData: names, types, counts, and the end of the object. */
const EMPTY_INDEX = 47
/** An AMF0 number in an array. */
const NUMBER = 9
/** Name and type and count of the property that keeps the room, without the letters of its name. */
const SPACE_OVERHEAD = 7
const SPACE_NAME = 'spacer'

/** A property as wide as wanted: an array of zeros, and what is left over as letters of its name. */
const spacer = (width: number): Record<string, number[]> => {
  const inside = width - SPACE_OVERHEAD - SPACE_NAME.length
  const count = Math.floor(inside / NUMBER)
  const name = SPACE_NAME + '_'.repeat(inside - count * NUMBER)
  return { [name]: Array.from({ length: count }, () => 0) }
}

/** Properties that are ours to tell, or that only belong to the file they stood in. */
const OWN =
  /^(?:duration|filesize|datasize|audiosize|videosize|lasttimestamp|lastkeyframetimestamp|lastkeyframelocation|hasAudio|hasVideo|hasMetadata|hasKeyframes|canSeekToEnd|keyframes|spacer_*)$/

/** What is told of a tag that stands in a file. */
export interface PlacedTag {
  /** What it is: a {@link TagType}. */
  readonly typeId: number
  /** Bytes of the payload. */
  readonly size: number
  /** Of the tag's first byte, in the file. */
  readonly position: number
  /** Milliseconds from the file's beginning, without wrap. */
  readonly time: number
  /** Sound or a picture, and no header. */
  readonly isFrame: boolean
  /** A picture that decoding can start at. */
  readonly isKeyFrame: boolean
}

/** What a {@link SeekableHead} begins with. */
export interface SeekableHeadInit {
  /** What the stream's onMetaData says. Numbers and index of another file are left out. */
  readonly properties?: Readonly<Record<string, Amf0Plain>>
  /** How many key frames the index has room for; with more, every second one is left out. Default 3600. */
  readonly room?: number
  /** Whether the file header says so before a tag of sound comes. Default false. */
  readonly hasAudio?: boolean
  /** Whether the file header says so before a tag of video comes. Default false. */
  readonly hasVideo?: boolean
  /** Where the duration counts from: 0 (default), or `'first'`, the time of the first frame, whose scale the index keeps. */
  readonly start?: 0 | 'first'
}

interface Counts {
  readonly audioSize: number
  readonly videoSize: number
  readonly scriptSize: number
  readonly fileSize: number
  readonly lastTime: number
  readonly end: number
}

const NONE: Counts = { audioSize: 0, videoSize: 0, scriptSize: 0, fileSize: 0, lastTime: 0, end: 0 }

/**
 * The beginning of an FLV file that is being written, or has been: file header and onMetaData, with duration, sizes and key frame
 * index as far as they are known. It has the same length whatever they are, so that it can be written over itself in the end.
 *
 *   FLV header · PreviousTagSize0 · script tag { properties, numbers, keyframes { filepositions, times }, spacer }
 *
 * @example
 * const head = new SeekableHead({ properties: { encoder: 'mine' } })
 * file.write(head.encode())
 * // … write tags, and head.add each of them …
 * file.write(head.encode(), 0)
 */
export class SeekableHead {
  readonly #properties: Amf0Object
  readonly #room: number
  #start: number | undefined
  readonly #index: SeekIndex
  readonly #ends = new TrackEnds()
  #hasAudio: boolean
  #hasVideo: boolean
  #counts: Counts = NONE
  #kept: Counts = NONE
  /** Bytes of the head, which are data too. */
  readonly length: number

  constructor(init: SeekableHeadInit = {}) {
    const { properties = {}, room = 3600, hasAudio = false, hasVideo = false, start = 0 } = init
    this.#properties = Object.fromEntries(Object.entries(properties).filter(([name]) => !OWN.test(name)))
    this.#room = room
    this.#start = start === 0 ? 0 : undefined
    this.#index = new SeekIndex(Math.max(2, room))
    this.#hasAudio = hasAudio
    this.#hasVideo = hasVideo
    this.length = this.encode().length
    this.#counts = { ...NONE, scriptSize: this.length - FILE_HEADER, fileSize: this.length }
  }

  /**
   * The head of a file that has one like this; `undefined` where it has another one.
   *
   * @param length - Where the second tag stands.
   */
  static of(properties: Readonly<Record<string, Amf0Plain>>, length: number): SeekableHead | undefined {
    const room = (length - new SeekableHead({ properties, room: 0 }).length) / (2 * NUMBER)
    return Number.isInteger(room) && room >= 0 ? new SeekableHead({ properties, room }) : undefined
  }

  /** From the file's beginning to the end of the last frame, in milliseconds. */
  get durationMs(): number {
    return Math.max(0, this.#ends.latest - (this.#start ?? 0))
  }

  /** Key frames, as many as there is room for. */
  get entries(): readonly SeekEntry[] {
    return this.#index.entries
  }

  /** Position behind the last tag. */
  get fileSize(): number {
    return this.#counts.fileSize
  }

  /** A tag stands in the file. */
  add({ typeId, size, position, time, isFrame, isKeyFrame }: PlacedTag): void {
    const bytes = size + TAG_OVERHEAD
    const { audioSize, videoSize, scriptSize, lastTime } = this.#counts
    const isVideo = typeId === TagType.video
    const isAudio = typeId === TagType.audio
    this.#hasAudio ||= isAudio
    this.#hasVideo ||= isVideo
    if (isKeyFrame) this.#index.add({ time, position })
    if (isFrame) {
      this.#start ??= time
      this.#ends.add(typeId, time)
    }
    this.#counts = {
      audioSize: audioSize + (isAudio ? bytes : 0),
      videoSize: videoSize + (isVideo ? bytes : 0),
      scriptSize: scriptSize + (isAudio || isVideo ? 0 : bytes),
      fileSize: position + bytes,
      lastTime: isFrame ? Math.max(lastTime, time) : lastTime,
      end: 0,
    }
  }

  /** What was added up to now is safe. */
  keep(): void {
    this.#kept = { ...this.#counts, end: this.#ends.latest }
  }

  /** What was added since the last {@link keep} is not in the file after all. */
  revert(): void {
    this.#counts = this.#kept
    this.#ends.cut(this.#kept.end)
    this.#index.cut(this.#kept.fileSize)
  }

  /** The head as of now. */
  encode(): Uint8Array<ArrayBuffer> {
    const { audioSize, videoSize, scriptSize, fileSize, lastTime } = this.#counts
    const hasAudio = this.#hasAudio
    const hasVideo = this.#hasVideo
    const { entries: all } = this.#index
    const last = all.at(-1)
    // FFmpeg takes an index of one entry for a broken one.
    const entries = all.length > 1 && this.#room > 1 ? all : []
    const indexSize = entries.length === 0 ? 0 : EMPTY_INDEX + 2 * NUMBER * entries.length
    const space = EMPTY_INDEX + 2 * NUMBER * this.#room + 2 * (SPACE_OVERHEAD + SPACE_NAME.length)
    const payload = encodeMetadata({
      properties: {
        ...this.#properties,
        duration: this.durationMs / 1000,
        filesize: fileSize,
        datasize: audioSize + videoSize + scriptSize,
        audiosize: audioSize,
        videosize: videoSize,
        lasttimestamp: lastTime / 1000,
        lastkeyframetimestamp: (last?.time ?? 0) / 1000,
        lastkeyframelocation: last?.position ?? 0,
        hasAudio,
        hasVideo,
        hasMetadata: true,
        hasKeyframes: entries.length > 0,
        ...(entries.length === 0 ? {} : { keyframes: keyframesOf(entries) }),
        ...spacer(space - indexSize),
      },
    })
    return concat([
      encodeFlvHeader({ hasAudio, hasVideo }),
      encodeFlvTag({ typeId: TagType.script, timestamp: 0, payload }),
    ])
  }
}

/** File header and PreviousTagSize0. */
const FILE_HEADER = 13

const keyframesOf = (entries: readonly SeekEntry[]): Amf0Object => ({
  filepositions: entries.map(({ position }) => position),
  times: entries.map(({ time }) => time / 1000),
})
