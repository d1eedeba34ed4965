// Working on whole files. Everything here is built from three small things that also serve files too large for
// memory: a collector of facts, a head to put before the tags, and patches to write over bytes in place.
import type { Amf0DecodeOptions } from '@rtmp/amf0'
import { concat, isDecodeError } from '@rtmp/bytes'
import { type FlvFacts, FlvFactsCollector, type FlvFactsOptions, isSequenceHeaderTag } from './facts.ts'
import { encodeFlvHeader, FLV_HEADER_SIZE, type FlvHeader } from './file-header.ts'
import { FlvReader } from './flv-reader.ts'
import { FlvWriter } from './flv-writer.ts'
import { encodeMetadata, type FlvMetadata, metadataOf } from './metadata.ts'
import { isExtendedAudio, isExtendedVideo } from './predicates.ts'
import type { FlvReaderOptions } from './reader-options.ts'
import { TimeRebaser } from './rebase.ts'
import { decodeScriptData } from './script-data.ts'
import { encodeFlvTag, type FlvTag, type FlvTagInit, TAG_OVERHEAD, TagType } from './tag.ts'

/** A whole file, read. */
export interface FlvFile {
  /** `undefined` where the file has none (option `header: 'optional'`). */
  readonly header: FlvHeader | undefined
  /** The typed onMetaData, where the first tags have one. */
  readonly metadata: FlvMetadata | undefined
  /** All tags; payloads are views of the file's bytes. */
  readonly tags: readonly FlvTag[]
  readonly facts: FlvFacts
  /** Whether the file ends inside a tag. */
  readonly truncated: boolean
}

/** How whole files are read: a reader's policies, and how tags are told apart. */
export interface FlvFileOptions extends FlvReaderOptions, FlvFactsOptions {
  /** How onMetaData is read. */
  readonly amf?: Amf0DecodeOptions
}

/**
 * Reads a whole file.
 *
 * @throws DecodeError as `FlvReader.read`
 */
export const readFlvFile = (bytes: Uint8Array, options: FlvFileOptions = {}): FlvFile => {
  const reader = new FlvReader(options)
  const collector = new FlvFactsCollector(options)
  const tags: FlvTag[] = []
  reader.push(bytes)
  reader.end()
  for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
    tags.push(tag)
    collector.add(tag, tag.offset)
  }
  const metadata = tags.map((tag) => metadataOfTag(tag, options.amf)).find((found) => found !== undefined)
  return { header: reader.header, metadata, tags, facts: collector.facts(), truncated: reader.truncated }
}

const factsOptions = ({ isKeyFrame, isSequenceHeader }: FlvFileOptions): FlvFactsOptions => ({
  ...(isKeyFrame === undefined ? {} : { isKeyFrame }),
  ...(isSequenceHeader === undefined ? {} : { isSequenceHeader }),
})

/** The typed onMetaData of a tag; `undefined` when it is no script tag, has another name, or cannot be read. */
export const metadataOfTag = (tag: FlvTagInit, options?: Amf0DecodeOptions): FlvMetadata | undefined => {
  if ((tag.typeId !== TagType.script && tag.typeId !== TagType.scriptAmf3) || tag.filtered) return undefined
  try {
    return metadataOf(decodeScriptData(tag.payload, tag.typeId, options))
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/** What {@link encodeFlvHead} makes a head of. */
export interface FlvHeadInit {
  /** What was known of the stream before: its own properties stay. */
  readonly metadata?: Partial<FlvMetadata> | undefined
  /** What the tags behind the head amount to, at their present positions. */
  readonly facts: FlvFacts
  /** Present position of the first byte that stays: the head takes the place of all before it. */
  readonly bodyStart: number
  /** Leaves the keyframe index out. */
  readonly withoutKeyframes?: boolean
}

/**
 * The beginning of a file that can be sought in: header, and onMetaData with true durations, sizes and key frame
 * positions. Positions are those the tags have once the head stands before them.
 */
export const encodeFlvHead = (init: FlvHeadInit): Uint8Array<ArrayBuffer> => {
  const { facts, bodyStart } = init
  const { hasAudio, hasVideo } = facts
  const build = (headSize: number): Uint8Array<ArrayBuffer> => {
    const shift = headSize - bodyStart
    const metadata = factsAsMetadata(facts, shift, init.withoutKeyframes === true)
    const { keyframes: _, ...others } = init.metadata ?? {}
    const payload = encodeMetadata({ ...others, ...metadata })
    const head = { typeId: TagType.script, timestamp: 0, payload }
    return concat([encodeFlvHeader({ hasAudio, hasVideo }), encodeFlvTag(head)])
  }
  // Every number takes nine bytes whatever its value, so the size is known after one attempt.
  return build(build(bodyStart).length)
}

const factsAsMetadata = (facts: FlvFacts, shift: number, withoutKeyframes: boolean): Partial<FlvMetadata> => {
  const { keyframes } = facts
  const filePositions = keyframes.filePositions.map((position) => position + shift)
  const lastKeyframe = keyframes.times.at(-1)
  // FFmpeg takes an index of one entry for a broken one.
  const hasKeyframes = !withoutKeyframes && keyframes.times.length > 1
  return {
    duration: facts.duration / 1000,
    fileSize: facts.fileSize + shift,
    hasAudio: facts.hasAudio,
    hasVideo: facts.hasVideo,
    hasMetadata: true,
    hasKeyframes,
    dataSize: facts.audioSize + facts.videoSize + facts.scriptSize,
    audioSize: facts.audioSize,
    videoSize: facts.videoSize,
    lastTimestamp: (facts.firstTimestamp + facts.lastTime) / 1000,
    ...(lastKeyframe === undefined ? {} : { lastKeyframeTimestamp: lastKeyframe }),
    ...(lastKeyframe === undefined ? {} : { lastKeyframeLocation: filePositions.at(-1) as number }),
    ...(hasKeyframes ? { keyframes: { times: keyframes.times, filePositions } } : {}),
  }
}

/**
 * The file with a new onMetaData in front: true duration and sizes, and a keyframe index, so that players can seek in
 * what was a live recording. A damaged file comes out with its good tags only.
 *
 * @throws DecodeError as `FlvReader.read`
 */
export const indexFlv = (bytes: Uint8Array, options: FlvFileOptions = {}): Uint8Array<ArrayBuffer> => {
  const { metadata, tags } = readFlvFile(bytes, options)
  const first = tags[0]
  const body = first !== undefined && metadataOfTag(first, options.amf) !== undefined ? tags.slice(1) : tags
  const writer = new FlvWriter({ ...factsOptions(options), header: false })
  const slices = body.flatMap((tag) => writer.write(tag))
  return concat([encodeFlvHead({ metadata, facts: writer.facts(), bodyStart: 0 }), ...slices])
}

/** Bytes to write over those at a position of a file. */
export interface FlvPatch {
  readonly position: number
  readonly bytes: Uint8Array
}

/**
 * How to correct numbers of an onMetaData tag in place, without moving anything: for a recording whose metadata were
 * written with `duration: 0` before anybody knew. Numbers the tag does not have are left out.
 *
 * @param tag - The tag as read, or as written with its `offset`.
 * @param numbers - By their names on the wire, `{ duration: 12.5, filesize: 48000 }`.
 */
export const patchMetadata = (
  tag: Pick<FlvTag, 'payload' | 'offset' | 'typeId'>,
  numbers: Readonly<Record<string, number>>,
): FlvPatch[] => {
  const patches: FlvPatch[] = []
  for (const [name, value] of Object.entries(numbers)) {
    const at = numberAt(tag, name)
    if (at === undefined) continue
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value)
    patches.push({ position: tag.offset + TAG_OVERHEAD - 4 + at, bytes })
  }
  return patches
}

/** Where the eight bytes of a numeric property of onMetaData are inside the payload. */
const numberAt = (tag: Pick<FlvTag, 'payload' | 'typeId'>, name: string): number | undefined => {
  const { payload } = tag
  const key = Uint8Array.of(0, name.length, ...Array.from(name, (letter) => letter.charCodeAt(0)), 0)
  for (let at = 0; at + key.length + 8 <= payload.length; at++) {
    if (!key.every((byte, i) => payload[at + i] === byte)) continue
    // The same bytes may stand inside a text or a nested object: see whether a change arrives where it should.
    const probe = payload.slice()
    const start = at + key.length
    probe.set([0x40, 0x5e, 0xdd, 0x2f, 0x1a, 0x9f, 0xbe, 0x77], start)
    const properties = metadataOfTag({ typeId: tag.typeId, timestamp: 0, payload: probe })?.properties
    if (properties?.[name] === PROBE) return start
  }
  return undefined
}

/** 0x405edd2f1a9fbe77: a number nobody has as a duration. */
const PROBE = 123.456

/**
 * A file and more tags behind it, their time continuing where the file's ends. A truncated tag at the end of the file
 * is cut off. Run the result through {@link indexFlv} for a true duration.
 *
 * @throws DecodeError as `FlvReader.read`; UsageError `FLV_FIELD_RANGE`
 */
export const appendFlv = (
  bytes: Uint8Array,
  tags: Iterable<FlvTagInit>,
  options: FlvFileOptions = {},
): Uint8Array<ArrayBuffer> => {
  const { facts } = readFlvFile(bytes, options)
  const end = Math.max(facts.fileSize, FLV_HEADER_SIZE + 4)
  const rebaser = new TimeRebaser({ ...options, start: facts.firstTimestamp + facts.duration })
  const writer = new FlvWriter({ header: false, position: end })
  const slices = [bytes.subarray(0, end)]
  for (const tag of tags) slices.push(...writer.write(rebaser.map(tag)))
  return concat(slices)
}

/**
 * The tags of several files as one file has them: time goes on from file to file, a sequence header is repeated only
 * where it changes, and onMetaData stays that of the first file.
 *
 * @throws DecodeError as `FlvReader.read`
 */
export function* concatTags(
  files: Iterable<Uint8Array>,
  options: FlvFileOptions = {},
): Generator<FlvTagInit, void, undefined> {
  const isSequenceHeader = options.isSequenceHeader ?? isSequenceHeaderTag
  const rebaser = new TimeRebaser(options)
  const headers = new Map<string, Uint8Array>()
  let hasMetadata = false
  for (const bytes of files) {
    const reader = new FlvReader(options)
    reader.push(bytes)
    reader.end()
    rebaser.nextSource()
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
      if (metadataOfTag(tag, options.amf) !== undefined) {
        if (hasMetadata) continue
        hasMetadata = true
      }
      if (isSequenceHeader(tag)) {
        const key = headerKey(tag)
        const last = headers.get(key)
        headers.set(key, tag.payload)
        if (last !== undefined && sameBytes(last, tag.payload)) continue
      }
      yield rebaser.map(tag)
    }
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/**
 * Several files as one, indexed, with a true duration.
 *
 * @throws DecodeError as `FlvReader.read`
 */
export const concatFlv = (
  files: Iterable<Uint8Array>,
  options: FlvFileOptions = {},
): Uint8Array<ArrayBuffer> => {
  const writer = new FlvWriter()
  const slices = writer.start()
  for (const tag of concatTags(files, options)) slices.push(...writer.write(tag))
  return indexFlv(concat(slices), options)
}

/** Where to go on in a file after a seek. */
export interface FlvSeekPoint {
  /** Position of the key frame's tag: read on from there with `header: 'optional'`. */
  readonly position: number
  /** Milliseconds: the key frame's timestamp. */
  readonly timestamp: number
  /** onMetaData and the sequence headers in force there, to be handed to a decoder first. */
  readonly preamble: readonly FlvTag[]
}

/**
 * The last key frame at or before a time, or the first one; in a file without video, the first sound at or after it.
 * Found by walking the tags, so a wrong index does no harm. `undefined` in a file without frames.
 *
 * @param timestamp - Milliseconds, on the scale of the tags.
 * @throws DecodeError as `FlvReader.read`
 */
export const seekFlv = (
  bytes: Uint8Array,
  timestamp: number,
  options: FlvFileOptions = {},
): FlvSeekPoint | undefined => {
  const isSequenceHeader = options.isSequenceHeader ?? isSequenceHeaderTag
  const file = readFlvFile(bytes, options)
  const keyframes = new Set(file.facts.keyframes.filePositions)
  const candidates = file.tags.filter((tag) =>
    file.facts.hasVideo ? keyframes.has(tag.offset) : tag.typeId === TagType.audio && !isSequenceHeader(tag),
  )
  const found = candidates.filter((tag) => tag.timestamp <= timestamp).at(-1) ?? candidates[0]
  if (found === undefined) return undefined
  const current = new Map<string, FlvTag>()
  for (const tag of file.tags) {
    if (tag.offset >= found.offset) break
    if (!isSequenceHeader(tag) && metadataOfTag(tag, options.amf) === undefined) continue
    current.set(headerKey(tag), tag)
  }
  return { position: found.offset, timestamp: found.timestamp, preamble: [...current.values()] }
}

/** Low four bits of an extended header's first byte that announce a track id (E-RTMP v2, Multitrack). */
const MULTITRACK: Readonly<Record<number, number>> = { [TagType.audio]: 5, [TagType.video]: 6 }

/** Headers with the same key replace each other: kind, packet type and first track, whatever the codec and the form. */
const headerKey = ({ typeId, payload }: FlvTagInit): string => {
  const extended =
    (typeId === TagType.audio && isExtendedAudio(payload)) ||
    (typeId === TagType.video && isExtendedVideo(payload))
  const packetType = extended ? (payload[0] as number) & 15 : 0
  if (!extended || packetType !== MULTITRACK[typeId]) return `${typeId} ${packetType} 0`
  return `${typeId} ${(payload[1] ?? 0) & 15} ${payload[6] ?? 0}`
}
