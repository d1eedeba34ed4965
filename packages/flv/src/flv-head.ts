// Everything here is built from small things that also serve files too large for memory: a collector of facts, a head to
// put before the tags, and patches to write over bytes in place.
import { concat } from '@rtmp/bytes'
import type { FlvFacts, FlvFactsOptions } from './facts.ts'
import { encodeFlvHeader } from './file-header.ts'
import { type FlvFileOptions, metadataOfTag, readFlvFile } from './flv-file.ts'
import { FlvWriter } from './flv-writer.ts'
import { encodeMetadata, type FlvMetadata } from './metadata.ts'
import { encodeFlvTag, TagType } from './tag.ts'

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

const factsOptions = ({ isKeyFrame, isSequenceHeader }: FlvFileOptions): FlvFactsOptions => ({
  ...(isKeyFrame === undefined ? {} : { isKeyFrame }),
  ...(isSequenceHeader === undefined ? {} : { isSequenceHeader }),
})

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
