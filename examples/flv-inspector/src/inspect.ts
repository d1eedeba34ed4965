// What a tag is, in words, and what the tracks of a file are: the same for legacy and Enhanced RTMP bodies.
import { isDecodeError } from '@rtmp/bytes'
import { codecTitle, type MediaFrame, type MediaFrameType, toMediaFrames } from '@rtmp/e-rtmp'
import { type CodecFacts, codecFacts } from '@rtmp/e-rtmp/records'
import { type FlvTag, TagType } from '@rtmp/flv'
import { type FlvMetadata, decodeScriptData, metadataOf } from '@rtmp/flv/script'

/** One line of the list. */
export interface Line {
  readonly tag: FlvTag
  /** `'video'`, `'audio'`, `'script'`, or `'other'`. */
  readonly type: string
  /** Which track, where it is not the first one. */
  readonly track: string
  readonly text: string
  readonly keyFrame: boolean
}

/** A track of a file. */
export interface Track {
  readonly kind: 'video' | 'audio'
  readonly trackId: number
  /** As in `MediaFrame`. */
  readonly codec: string
  readonly form: 'legacy' | 'enhanced'
  readonly facts: Partial<CodecFacts>
  /** The codec's configuration record, where it has one. */
  readonly config: Uint8Array | undefined
  /** Coded frames in the order of the file. */
  readonly frames: readonly MediaFrame[]
}

/** What was found in a file. */
export interface Inspection {
  readonly lines: readonly Line[]
  readonly tracks: readonly Track[]
  readonly metadata: FlvMetadata | undefined
}

const WORDS: Readonly<Record<MediaFrameType, string>> = {
  sequenceHeader: 'sequence header',
  mpeg2TsSequenceHeader: 'sequence header (MPEG-2 TS)',
  coded: 'frame',
  sequenceEnd: 'end of sequence',
  metadata: 'colour metadata',
  multichannelConfig: 'channel layout',
  command: 'command',
  silence: 'silence',
  unknown: 'unknown packet',
}

const FRAME_TYPES = ['frame', 'key frame', 'inter frame', 'disposable frame', 'generated key frame']

/** One frame in words: `H.264 key frame, shown 80 ms later`. */
const describeFrame = ({ kind, codec, type, headerByte, dts, pts, nanoOffset }: MediaFrame): string => {
  const coded = kind === 'video' && type === 'coded'
  const what = coded ? (FRAME_TYPES[(headerByte >> 4) & 7] ?? 'frame') : WORDS[type]
  const later = pts === dts ? '' : `, shown ${pts - dts} ms later`
  const nano = nanoOffset === 0 ? '' : ` and ${nanoOffset} ns`
  return `${codec === 'unknown' ? '' : `${codecTitle(kind, codec)} `}${what}${later}${nano}`
}

const EMPTY_LINE = { type: 'other', track: '', text: '', keyFrame: false }

/** Does `work`, or says what is wrong with the bytes. */
const orReason = <T>(work: () => T): T | string => {
  try {
    return work()
  } catch (error) {
    if (isDecodeError(error)) return error.message
    throw error
  }
}

class TrackBuilder {
  readonly frames: MediaFrame[] = []
  facts: Partial<CodecFacts> = {}
  config: Uint8Array | undefined
  readonly first: MediaFrame

  constructor(first: MediaFrame) {
    this.first = first
  }

  add(frame: MediaFrame): void {
    if (frame.type === 'coded' && frame.payload.length > 0) this.frames.push(frame)
    if (frame.type === 'sequenceHeader' && frame.payload.length > 0) this.config ??= frame.payload
    // Every header tells something, and so does the first frame of codecs without one.
    if (frame.type === 'coded' && this.frames.length > 1) return
    const facts = orReason(() => codecFacts(frame))
    if (typeof facts === 'object') this.facts = { ...facts, ...this.facts }
  }

  build(): Track {
    const { kind, trackId, codec, form } = this.first
    return { kind, trackId, codec, form, facts: this.facts, config: this.config, frames: this.frames }
  }
}

/** Looks at every tag of a file. */
export const inspect = (tags: readonly FlvTag[]): Inspection => {
  const builders = new Map<string, TrackBuilder>()
  let metadata: FlvMetadata | undefined
  const lines = tags.map((tag): Line => {
    const { typeId, payload, timestamp, filtered } = tag
    if (typeId === TagType.script || typeId === TagType.scriptAmf3) {
      const data = orReason(() => decodeScriptData(payload, typeId))
      if (typeof data === 'string') return { ...EMPTY_LINE, tag, type: 'script', text: data }
      metadata ??= metadataOf(data)
      return { ...EMPTY_LINE, tag, type: 'script', text: data.name }
    }
    if (typeId !== TagType.audio && typeId !== TagType.video)
      return { ...EMPTY_LINE, tag, text: `type ${typeId}` }
    const kind = typeId === TagType.audio ? 'audio' : 'video'
    if (filtered) return { ...EMPTY_LINE, tag, type: kind, text: 'encrypted' }
    const frames = orReason(() => toMediaFrames(kind, timestamp, payload))
    if (typeof frames === 'string') return { ...EMPTY_LINE, tag, type: kind, text: frames }
    for (const frame of frames) {
      if (frame.codec === 'unknown') continue
      const key = `${kind} ${frame.trackId}`
      const builder = builders.get(key) ?? new TrackBuilder(frame)
      builders.set(key, builder)
      builder.add(frame)
    }
    const ids = frames.map(({ trackId }) => trackId)
    return {
      tag,
      type: kind,
      track: ids.some((id) => id > 0) ? ids.join(' + ') : '',
      text: frames.map(describeFrame).join(' + ') || 'empty',
      keyFrame: kind === 'video' && frames.some(({ keyFrame }) => keyFrame),
    }
  })
  const tracks = [...builders.values()].map((builder) => builder.build())
  const byKind = (track: Track): number => (track.kind === 'video' ? 0 : 256) + track.trackId
  return { lines, tracks: tracks.sort((a, b) => byKind(a) - byKind(b)), metadata }
}

const CHANNELS: Readonly<Record<number, string>> = { 1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1' }

/** A track in words: `High 1.3 · 320 × 180 · 25 fps`. */
export const describeTrack = ({ facts }: Track): string => {
  const { profile, level, width, height, frameRate, bitDepth, sampleRate, channels } = facts
  const parts = [
    profile === undefined ? undefined : `${profile.replace('AAC ', '')} ${level ?? ''}`.trim(),
    width === undefined ? undefined : `${width} × ${height}`,
    frameRate === undefined ? undefined : `${Number(frameRate.toFixed(3))} fps`,
    bitDepth === undefined || bitDepth === 8 ? undefined : `${bitDepth} bit`,
    sampleRate === undefined ? undefined : `${sampleRate / 1000} kHz`,
    channels === undefined ? undefined : (CHANNELS[channels] ?? `${channels} channels`),
  ]
  // Lines break between facts, not inside them.
  return parts
    .filter((part) => part !== undefined)
    .map((part) => part.replaceAll(' ', '\u00a0'))
    .join(' · ')
}
