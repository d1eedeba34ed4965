import {
  isAudioSequenceHeader,
  isExtendedAudio,
  isExtendedVideo,
  isKeyFrame,
  isVideoSequenceHeader,
} from './predicates.ts'
import { usageError } from './errors.ts'
import { type FlvTagInit, TagType } from './tag.ts'

/** The usual name of a FourCC (`'hvc1'` → `'hevc'`), or `undefined` for one that is not known. */
export type FourCcName = (kind: 'audio' | 'video', fourCc: string) => string | undefined

/**
 * What the file tools have to know of codecs. This package knows the legacy forms by itself; `flvRules` of `@rtmp/e-rtmp`
 * are the rules for Enhanced RTMP. A file with enhanced tags needs them: a tool that was given none says so.
 *
 * @example
 * const indexed = indexFlv(bytes, flvRules) // flvRules is a constant of @rtmp/e-rtmp
 */
export interface FlvRules {
  /** Whether a video payload is a picture that decoding can start at. */
  readonly isKeyFrame?: (payload: Uint8Array) => boolean
  /** Whether a tag is a header of a codec: it has no duration, and its time may be far from that of the media. */
  readonly isSequenceHeader?: (tag: FlvTagInit) => boolean
  /**
   * The name under which a header is kept: a newer one takes the place of an older one of the same name. `''` for one
   * that is of no use (empty, broken). Without this rule every enhanced header stands for itself.
   */
  readonly headerKey?: (tag: FlvTagInit) => string
  /** Names of FourCCs, which `onMetaData` may have in the place of codec ids. */
  readonly fourCcName?: FourCcName
}

/** Whether a tag has an Enhanced RTMP body, of which nothing but this is known here. */
const isEnhancedTag = ({ typeId, payload }: FlvTagInit): boolean =>
  (typeId === TagType.video && isExtendedVideo(payload)) ||
  (typeId === TagType.audio && isExtendedAudio(payload))

/** Whether a tag is a legacy sequence header of sound or picture. */
export const isSequenceHeaderTag = (tag: FlvTagInit): boolean =>
  (tag.typeId === TagType.video && isVideoSequenceHeader(tag.payload)) ||
  (tag.typeId === TagType.audio && isAudioSequenceHeader(tag.payload))

/** Rules with nothing left out; what knows no enhanced tags says which it cannot judge. */
export class CompleteRules {
  readonly isKeyFrame: (payload: Uint8Array) => boolean
  readonly isSequenceHeader: (tag: FlvTagInit) => boolean
  readonly #headerKey: ((tag: FlvTagInit) => string) | undefined
  readonly #knowsPictures: boolean
  readonly #knowsHeaders: boolean
  #unknownHeaders = 0

  constructor(rules: FlvRules) {
    this.isKeyFrame = rules.isKeyFrame ?? isKeyFrame
    this.isSequenceHeader = rules.isSequenceHeader ?? isSequenceHeaderTag
    this.#headerKey = rules.headerKey
    this.#knowsHeaders = rules.isSequenceHeader !== undefined
    this.#knowsPictures = this.#knowsHeaders && rules.isKeyFrame !== undefined
  }

  /** Whether there are no rules for a tag. */
  lacks(tag: FlvTagInit): boolean {
    return isEnhancedTag(tag) && !(tag.typeId === TagType.video ? this.#knowsPictures : this.#knowsHeaders)
  }

  /** The name under which a header is kept. Legacy headers of a kind replace each other. */
  headerKey(tag: FlvTagInit): string {
    if (this.#headerKey !== undefined) return this.#headerKey(tag)
    return isEnhancedTag(tag) ? `enhanced ${this.#unknownHeaders++}` : `legacy ${tag.typeId}`
  }

  /** @throws UsageError `FLV_RULES` for a tag of which it cannot be told whether it is a header */
  requireHeaders(tag: FlvTagInit): void {
    if (!this.#knowsHeaders && isEnhancedTag(tag)) throw rulesMissing()
  }

  /** @throws UsageError `FLV_RULES` for a tag without rules */
  require(tag: FlvTagInit): void {
    if (this.lacks(tag)) throw rulesMissing()
  }
}

/** For a file with enhanced tags of which nobody said what they are. */
export const rulesMissing = (): Error =>
  usageError(
    'FLV_RULES',
    'the file has Enhanced RTMP tags, whose headers and key frames this package does not know: pass flvRules of @rtmp/e-rtmp, or rules of your own',
    'options',
  )
