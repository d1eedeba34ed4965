import { decodeVideoBody, encodeVideoBody, type VideoBody } from '@rtmp/flv'
import { exHeader } from './ex-header.ts'
import {
  decodeExFields,
  encodeExMessage,
  type ErtmpDecodeOptions,
  type ExMessageFields,
  type ExPacket,
} from './ex-message.ts'
import type { ModEx } from './mod-ex.ts'
import { reportFaults } from './strict.ts'

/** An enhanced video message (E-RTMP v2, "Enhanced Video"), exact: encoding it gives the same bytes. */
export interface ExVideoMessage extends ExMessageFields {
  /** Tells the form of the message: legacy or enhanced. */
  readonly kind: 'enhanced'
  /** {@link VideoFrameType}, 0 to 7, for all packets; without meaning for Metadata. */
  readonly frameType: number
  /** The command of a command frame ({@link VideoCommand}), which has no packets; else `undefined`. */
  readonly command: number | undefined
}

/** A legacy video message: what `@rtmp/flv` makes of it. */
export interface LegacyVideoMessage {
  /** Tells the form of the message: legacy or enhanced. */
  readonly kind: 'legacy'
  /** Of any codec id, HEVC's unofficial 12 included. */
  readonly body: VideoBody
}

/** What a video message can be. */
export type VideoMessage = ExVideoMessage | LegacyVideoMessage

/** What is needed to write an enhanced video message. */
export interface ExVideoMessageInit {
  /** Tells the form of the message: legacy or enhanced. */
  readonly kind: 'enhanced'
  /** {@link VideoFrameType}, 0 to 7, for all packets; 5 for a `command`. */
  readonly frameType: number
  /** {@link VideoPacketType} of all packets; neither ModEx nor multitrack, which `modEx` and `multitrackType` ask for. */
  readonly packetType: number
  /**
   * At least one, but none with a `command`, which stands in their place; exactly one unless `multitrackType` says that
   * there may be more.
   */
  readonly packets: readonly ExPacket[]
  /** {@link VideoCommand}, 0 to 255, of a command frame. Default none. */
  readonly command?: number | undefined
  /** Written in front of the packets, in order. Default none. */
  readonly modEx?: readonly ModEx[]
  /** {@link MultitrackType}; `undefined` (default) for one packet without a track id. */
  readonly multitrackType?: number | undefined
  /** Bytes to write behind the packets as they are; see `ExMessageFields`. Default none. */
  readonly rest?: Uint8Array
}

/**
 * The payload of a video message (RTMP type 9, FLV tag 9), enhanced or legacy, exactly.
 *
 * Payloads in the result are views. Reserved values are kept. Of a multitrack message that ends inside a track the
 * whole tracks are returned, and the remains in `rest`.
 *
 * @example
 * ```ts
 * const message = decodeVideoMessage(payload)
 * if (message.kind === 'enhanced') console.log(message.packets.length)
 * ```
 *
 * @throws DecodeError with an `ErtmpErrorCode`; for legacy messages as `decodeVideoBody` of `@rtmp/flv`
 */
export const decodeVideoMessage = (payload: Uint8Array, options?: ErtmpDecodeOptions): VideoMessage => {
  const first = payload[0]
  if (first === undefined || first < 0x80) return { kind: 'legacy', body: decodeVideoBody(payload) }
  const { modEx, packetType, multitrackType, packets, rest } = decodeExFields(payload, true)
  const message: ExVideoMessage = {
    kind: 'enhanced',
    frameType: exHeader.frameType,
    command: exHeader.command < 0 ? undefined : exHeader.command,
    modEx,
    packetType,
    multitrackType,
    packets,
    rest,
  }
  if (options !== undefined) reportFaults(message, payload, true, options)
  return message
}

/**
 * The payload of a video message; what {@link decodeVideoMessage} returned comes back byte for byte. (A legacy end of
 * sequence that came without its composition time gets one.)
 *
 * @example
 * ```ts
 * const same = encodeVideoMessage(decodeVideoMessage(payload))
 * ```
 *
 * @throws UsageError `ERTMP_FIELD_RANGE`, `ERTMP_PACKETS`; for legacy messages as `encodeVideoBody` of `@rtmp/flv`
 */
export const encodeVideoMessage = (message: ExVideoMessageInit | LegacyVideoMessage): Uint8Array =>
  message.kind === 'legacy'
    ? encodeVideoBody(message.body, { nonStandard: true })
    : encodeExMessage(message, true)
