import { decodeAmf0Prefix } from '@rtmp/amf0'
import { concat, isDecodeError, UsageError } from '@rtmp/bytes'
import { fromMediaFrame, type MediaFrameInit, MediaMessage } from '@rtmp/e-rtmp'
import { type FlvTagInit, TagType } from '@rtmp/flv'
import { addSetDataFrame, stripSetDataFrame } from '@rtmp/flv/script'

/** What a publisher takes: a media message (a player's packet), an FLV tag, or a typed frame of `@rtmp/e-rtmp`. */
export type PublisherInput = MediaMessage | FlvTagInit | MediaFrameInit

/** A picture or sound that may be left out. */
export const isFrame = (message: MediaMessage): boolean => message.kind !== 'data' && !message.isHeader

/**
 * A picture of the first track at which a stream goes on after an interruption: a key frame, or a recovery point, which is
 * all that streams with intra refresh have.
 */
export const goesOnAt = (message: MediaMessage): boolean =>
  message.track === 0 && (message.keyFrame || message.entryPoint === 'recovery')

/** A picture of the first track at which decoding can start. */
export const isStart = ({ keyFrame, track }: MediaMessage): boolean => keyFrame && track === 0

const METADATA = 'onMetaData'

const nameOf = (payload: Uint8Array): string | undefined => {
  try {
    const { value } = decodeAmf0Prefix(payload)
    return typeof value === 'string' ? value : undefined
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/** What comes behind `@setDataFrame` where that stands in front. */
const withoutSetDataFrame = (payload: Uint8Array): Uint8Array | undefined => {
  const data = stripSetDataFrame(payload)
  return data === payload ? undefined : data
}

/**
 * The message for something written. Metadata gets `@setDataFrame` in front, so that servers keep it for those who join;
 * data that has it carries its name.
 *
 * @throws UsageError `CLIENT_PACKET` for a tag that RTMP has no message for; those of `fromMediaFrame`
 */
export const outgoing = (input: PublisherInput): MediaMessage => {
  if (!('typeId' in input)) {
    const typeId = input.kind === 'video' ? TagType.video : TagType.audio
    return new MediaMessage(typeId, input.dts >>> 0, fromMediaFrame(input))
  }
  const { typeId, timestamp, payload } = input
  switch (typeId) {
    case TagType.audio:
    case TagType.video:
      return input instanceof MediaMessage ? input : new MediaMessage(typeId, timestamp >>> 0, payload)
    case TagType.script:
    case TagType.scriptAmf3: {
      const selector = typeId === TagType.scriptAmf3 && payload[0] === 0 ? 1 : 0
      const values = payload.subarray(selector)
      const kept = withoutSetDataFrame(values)
      if (kept !== undefined) return new MediaMessage(typeId, timestamp >>> 0, payload, nameOf(kept) ?? '')
      if (nameOf(values) !== METADATA) return new MediaMessage(typeId, timestamp >>> 0, payload)
      const framed = addSetDataFrame(values)
      const whole = selector === 1 ? concat([Uint8Array.of(0), framed]) : framed
      return new MediaMessage(typeId, timestamp >>> 0, whole, METADATA)
    }
    default:
      throw new UsageError('CLIENT_PACKET', `there is no media message of type ${typeId}`, 'packet.typeId')
  }
}
