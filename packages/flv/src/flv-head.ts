// Everything here is built from small things that also serve files too large for memory: a collector of facts, a head to
// put before the tags, and patches to write over bytes in place.
import { concat } from '@rtmp/bytes'
import type { FlvFacts } from './facts.ts'
import { encodeFlvHeader } from './file-header.ts'
import { type FlvFileOptions, metadataOfTag, readFlvFile } from './flv-file.ts'
import { FlvWriter } from './flv-writer.ts'
import { encodeMetadata, type FlvMetadata } from './metadata.ts'
import { TimeRebaser } from './rebase.ts'
import { rulesMissing } from './rules.ts'
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

/**
 * The file with a new onMetaData in front: true duration and sizes, and a keyframe index, so that players can seek in
 * what was a live recording. A damaged file comes out with its good tags only; where time does not run forward (pasted
 * recordings, jumps, a wrap of 24 bits) the tags get times that go on, and `onDiscontinuity` is told.
 *
 * @throws DecodeError as `FlvReader.read`; UsageError `FLV_RULES` for a file with enhanced tags and no rules for them
 */
export const indexFlv = (bytes: Uint8Array, options: FlvFileOptions = {}): Uint8Array<ArrayBuffer> => {
  const { metadata, tags, facts } = readFlvFile(bytes, options)
  if (facts.tagsWithoutRules > 0) throw rulesMissing()
  const first = tags[0]
  const body = first !== undefined && metadataOfTag(first, options.amf) !== undefined ? tags.slice(1) : tags
  const { onDiscontinuity: _, ...rules } = options
  const writer = new FlvWriter({ ...rules, header: false, position: 0 })
  const clock = new TimeRebaser({ ...options, start: 'own' })
  const goesOn = facts.discontinuities === 0 && facts.tracksApart === 0
  const slices = body.flatMap((tag) => writer.write(goesOn ? tag : clock.map(tag)))
  return concat([encodeFlvHead({ metadata, facts: writer.facts(), bodyStart: 0 }), ...slices])
}
