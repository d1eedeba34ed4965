import { UsageError } from '@rtmp/bytes'
import { MediaMessage } from '@rtmp/e-rtmp'

/** One audio or video message that an application publishes; a {@link MediaMessage} is one. */
export interface MediaTag {
  /** Whether it is sound or pictures. */
  readonly kind: 'audio' | 'video'
  /** Milliseconds of the publisher's clock, a uint32. */
  readonly timestamp: number
  /** The body, as an FLV tag has it; shared, not to be changed. Keep a copy if it is kept for long. */
  readonly payload: Uint8Array
}

/** One data message: `onMetaData`, a cue point, a caption. */
export interface DataTag {
  /** `onMetaData`, `onTextData`, …; as the publisher wrote it. */
  readonly name: string
  /** `'set'` is kept for those who join, `'clear'` forgets it, `'send'` is passed on only. */
  readonly action: 'set' | 'clear' | 'send'
  /** Milliseconds of the publisher's clock, a uint32. */
  readonly timestamp: number
  /** The values behind the name; empty when they cannot be read. */
  readonly values: readonly unknown[]
}

/** What a {@link ServerHandler.mediaTag} hook says: `false` drops the message, an object replaces what it names. */
export type MediaTagDecision = boolean | void | Partial<Pick<MediaMessage, 'timestamp' | 'payload'>>

/** A message with what a hook has put in its place. @throws UsageError `MEDIA_TAG_INVALID` */
export const withReplaced = (
  message: MediaMessage,
  { timestamp = message.timestamp, payload = message.payload }: Exclude<MediaTagDecision, boolean | void>,
): MediaMessage => {
  if (typeof timestamp !== 'number') throw invalid('timestamp', 'a number')
  if (!(payload instanceof Uint8Array)) throw invalid('payload', 'a Uint8Array')
  if (payload === message.payload) return message.at(timestamp)
  return new MediaMessage(message.typeId, timestamp, payload)
}

const invalid = (name: string, wanted: string): UsageError =>
  new UsageError('MEDIA_TAG_INVALID', `'${name}' of what mediaTag returns must be ${wanted}`, name)
