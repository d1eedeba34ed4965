import { isDecodeError } from '@rtmp/bytes'
import { CMAF_CODECS, describeTrack, mimeTypeOf, type TrackConfig } from '@rtmp/cmaf'
import { codecTitle, type MediaFrame, type MediaFrameType, type MediaKind } from '@rtmp/e-rtmp'
import type { MissingCodec } from '../player-error.ts'
import type { PlayerTrack } from '../player-track.ts'
import { isPlayable } from './media-source.ts'

/** What a decoder must have before frames make sense, and is kept for those who choose the track later. */
const HEADERS: ReadonlySet<MediaFrameType> = new Set([
  'sequenceHeader',
  'mpeg2TsSequenceHeader',
  'metadata',
  'multichannelConfig',
])

/** MP3 as it is, where the browser does not take it in MP4. */
export const RAW_MP3 = 'audio/mpeg'

/** What is known of one track of the stream, whether it is played or not. */
export class StreamTrack {
  readonly kind: MediaKind
  readonly trackId: number
  /** Of the newest header or frame. */
  codec: string
  /** What the browser would be given, and whether it takes it; `undefined` until enough is known. */
  mimeType: string | undefined
  playable: boolean | undefined
  #config: TrackConfig | undefined
  readonly #headers = new Map<MediaFrameType, MediaFrame>()

  constructor({ kind, trackId, codec }: MediaFrame) {
    this.kind = kind
    this.trackId = trackId
    this.codec = codec
  }

  /** The newest headers, for whoever begins with this track. */
  get headers(): readonly MediaFrame[] {
    return [...this.#headers.values()]
  }

  /** Takes note of a frame; gives whether the track is now known to be something else than before. */
  learn(frame: MediaFrame): boolean {
    if (HEADERS.has(frame.type)) {
      if (frame.codec !== this.codec) this.#headers.clear()
      this.#headers.set(frame.type, { ...frame, payload: frame.payload.slice() })
    } else if (frame.type !== 'coded') return false
    else if (this.playable !== undefined && frame.codec === this.codec) return false
    this.codec = frame.codec
    return this.#describe(frame)
  }

  /** As told outside. */
  shown(selected: boolean): PlayerTrack {
    const { kind, trackId, codec, mimeType, playable } = this
    const config = this.#config
    return {
      kind,
      trackId,
      codec,
      title: codecTitle(kind, codec),
      ...(config === undefined ? {} : { codecString: config.codecString }),
      ...(mimeType === undefined ? {} : { mimeType }),
      playable,
      selected,
      width: config?.width ?? 0,
      height: config?.height ?? 0,
      sampleRate: config?.sampleRate ?? 0,
      channels: config?.channels ?? 0,
    }
  }

  /** As what is missing. */
  missing(): MissingCodec {
    const { kind, trackId, codec, mimeType } = this
    const title = codecTitle(kind, codec)
    return { kind, trackId, codec, title, ...(mimeType === undefined ? {} : { mimeType }) }
  }

  #describe(frame: MediaFrame): boolean {
    const before = `${this.mimeType} ${this.playable} ${this.#config?.width} ${this.#config?.height}`
    if (CMAF_CODECS.has(this.codec)) {
      this.#config = this.#configFrom(frame) ?? this.#config
      if (this.#config !== undefined && this.#config.codec === this.codec) this.#ask(this.#config)
    } else {
      this.#config = this.mimeType = undefined
      this.playable = false
    }
    return before !== `${this.mimeType} ${this.playable} ${this.#config?.width} ${this.#config?.height}`
  }

  #configFrom(frame: MediaFrame): TrackConfig | undefined {
    const header = this.#headers.get('sequenceHeader') ?? this.#headers.get('mpeg2TsSequenceHeader')
    const useful = frame.type === 'coded' && frame.keyFrame && frame.payload.length > 0
    try {
      return describeTrack({ header, frame: useful ? frame : undefined })
    } catch (error) {
      if (!isDecodeError(error)) throw error
      return undefined
    }
  }

  #ask(config: TrackConfig): void {
    const inMp4 = mimeTypeOf([config])
    const raw = this.codec === 'mp3' && !isPlayable(inMp4) && isPlayable(RAW_MP3)
    this.mimeType = raw ? RAW_MP3 : inMp4
    this.playable = isPlayable(this.mimeType)
  }
}
