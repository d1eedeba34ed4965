import { type AudioBody, decodeAudioBody, encodeAudioBody } from '@rtmp/flv'
import {
  decodeExFields,
  encodeExMessage,
  type ErtmpDecodeOptions,
  type ExMessageFields,
  type ExPacket,
} from './ex-message.ts'
import type { ModEx } from './mod-ex.ts'
import { EX_SOUND_FORMAT } from './packet-type.ts'
import { reportFaults } from './strict.ts'

/** An enhanced audio message (E-RTMP v2, "Enhanced Audio"), exact: encoding it gives the same bytes. */
export interface ExAudioMessage extends ExMessageFields {
  /** Tells the form of the message: legacy or enhanced. */
  readonly kind: 'enhanced'
}

/** A legacy audio message, silence included: what `@rtmp/flv` makes of it. */
export interface LegacyAudioMessage {
  /** Tells the form of the message: legacy or enhanced. */
  readonly kind: 'legacy'
  /** Rate, sample size and channels are those of the first byte, which says nothing of the kind for AAC (FLV §E.4.2.1). */
  readonly body: AudioBody
}

/** What an audio message can be. */
export type AudioMessage = ExAudioMessage | LegacyAudioMessage

/** What is needed to write an enhanced audio message. */
export interface ExAudioMessageInit {
  /** Tells the form of the message: legacy or enhanced. */
  readonly kind: 'enhanced'
  /** {@link AudioPacketType} of all packets; neither ModEx nor multitrack, which `modEx` and `multitrackType` ask for. */
  readonly packetType: number
  /** At least one; exactly one unless `multitrackType` says that there may be more. */
  readonly packets: readonly ExPacket[]
  /** Written in front of the packets, in order. Default none. */
  readonly modEx?: readonly ModEx[]
  /** {@link MultitrackType}; `undefined` (default) for one packet without a track id. */
  readonly multitrackType?: number | undefined
  /** Bytes to write behind the packets as they are; see `ExMessageFields`. Default none. */
  readonly rest?: Uint8Array
}

/**
 * The payload of an audio message (RTMP type 8, FLV tag 8), enhanced or legacy, exactly. A payload of no bytes is the
 * silence message.
 *
 * Payloads in the result are views. Reserved values are kept. Of a multitrack message that ends inside a track the
 * whole tracks are returned, and the remains in `rest`.
 *
 * @throws DecodeError with an `ErtmpErrorCode`; for legacy messages as `decodeAudioBody` of `@rtmp/flv`
 */
export const decodeAudioMessage = (payload: Uint8Array, options?: ErtmpDecodeOptions): AudioMessage => {
  const first = payload[0]
  if (first === undefined || first >> 4 !== EX_SOUND_FORMAT) {
    return { kind: 'legacy', body: decodeAudioBody(payload) }
  }
  const { modEx, packetType, multitrackType, packets, rest } = decodeExFields(payload, false)
  const message: ExAudioMessage = { kind: 'enhanced', modEx, packetType, multitrackType, packets, rest }
  if (options !== undefined) reportFaults(message, payload, false, options)
  return message
}

/**
 * The payload of an audio message; what {@link decodeAudioMessage} returned comes back byte for byte.
 *
 * @throws UsageError `ERTMP_FIELD_RANGE`, `ERTMP_PACKETS`; for legacy messages as `encodeAudioBody` of `@rtmp/flv`
 */
export const encodeAudioMessage = (message: ExAudioMessageInit | LegacyAudioMessage): Uint8Array =>
  message.kind === 'legacy' ? encodeAudioBody(message.body) : encodeExMessage(message, false)
