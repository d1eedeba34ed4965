import { concat } from '@rtmp/bytes'
import { flvError, requireInteger, usageError } from './errors.ts'
import { SoundFormat } from './sound-format.ts'

/**
 * Legacy audio body (FLV §E.4.2.1), the payload of tags and messages of type 8.
 *
 *   byte 0   SoundFormat 4 bits · SoundRate 2 · SoundSize 1 · SoundType 1
 *   byte 1   AACPacketType, only for SoundFormat 10: 0 AudioSpecificConfig, 1 one raw access unit
 *   then     sound data
 */
export interface AudioTagHeader {
  /** {@link SoundFormat}, 0 to 15. */
  readonly soundFormat: number
  /** 0 to 3: 5.5, 11, 22, 44 kHz; see `soundSampleRate`. Always 3 for AAC, whatever the real rate. */
  readonly soundRate: number
  /** 0: 8 bit samples, 1: 16 bit. */
  readonly soundSize: number
  /** 0: mono, 1: stereo. Always 1 for AAC, whatever the real layout. */
  readonly soundType: number
  /** AACPacketType (`AacPacketType`, 0 to 255), for SoundFormat 10 only. */
  readonly aacPacketType?: number
}

/** Sound in one of the legacy formats. */
export interface SoundBody extends AudioTagHeader {
  /** Tells it from the other bodies of an audio tag. */
  readonly kind: 'sound'
  /** The sound data: a view of the payload. */
  readonly data: Uint8Array
}

/** A packet of AAC. */
export interface AacBody extends AudioTagHeader {
  /** Tells it from the other bodies of an audio tag. */
  readonly kind: 'aac'
  /** `AacPacketType`: 0 a sequence header, 1 sound; other values, up to 255, are kept. */
  readonly aacPacketType: number
  /** By packet type: 0 an AudioSpecificConfig (may be empty), 1 an access unit, else unknown. A view of the payload. */
  readonly data: Uint8Array
}

/** An audio payload of no bytes: silence (E-RTMP v2, "Enhanced Audio"). */
export interface SilenceBody {
  /** Tells it from the other bodies of an audio tag. */
  readonly kind: 'silence'
}

/** An Enhanced RTMP payload (SoundFormat 9), for `@rtmp/e-rtmp` to read. */
export interface ExtendedAudioBody {
  /** Tells it from the other bodies of an audio tag. */
  readonly kind: 'extendedAudio'
  /** The whole payload, first byte included. */
  readonly payload: Uint8Array
}

/** What an audio payload can be. */
export type AudioBody = SoundBody | AacBody | SilenceBody | ExtendedAudioBody

/**
 * The header of a legacy audio payload.
 *
 * @throws DecodeError `FLV_BODY_TRUNCATED` for an empty payload, or AAC of one byte
 */
export const decodeAudioTagHeader = (payload: Uint8Array): AudioTagHeader => {
  const first = payload[0]
  if (first === undefined) throw flvError('FLV_BODY_TRUNCATED', 'an audio header has at least one byte', 0)
  const soundFormat = first >> 4
  const soundRate = (first >> 2) & 3
  const soundSize = (first >> 1) & 1
  const soundType = first & 1
  if (soundFormat !== SoundFormat.aac) return { soundFormat, soundRate, soundSize, soundType }
  const aacPacketType = payload[1]
  if (aacPacketType === undefined) throw flvError('FLV_BODY_TRUNCATED', 'AAC has a packet type', 1)
  return { soundFormat, soundRate, soundSize, soundType, aacPacketType }
}

/**
 * An audio payload, typed. Data are views of `payload`.
 *
 * @throws DecodeError `FLV_BODY_TRUNCATED` for AAC of one byte
 */
export const decodeAudioBody = (payload: Uint8Array): AudioBody => {
  if (payload.length === 0) return { kind: 'silence' }
  const header = decodeAudioTagHeader(payload)
  const { soundFormat, soundRate, soundSize, soundType, aacPacketType } = header
  if (soundFormat === SoundFormat.extended) return { kind: 'extendedAudio', payload }
  if (aacPacketType === undefined) {
    return { kind: 'sound', soundFormat, soundRate, soundSize, soundType, data: payload.subarray(1) }
  }
  return {
    kind: 'aac',
    soundFormat,
    soundRate,
    soundSize,
    soundType,
    aacPacketType,
    data: payload.subarray(2),
  }
}

/**
 * The payload of an audio body; what was decoded comes back byte for byte.
 *
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeAudioBody = (body: AudioBody): Uint8Array => {
  if (body.kind === 'silence') return new Uint8Array(0)
  if (body.kind === 'extendedAudio') return body.payload
  requireInteger(body.soundFormat, 0, 15, 'soundFormat')
  requireInteger(body.soundRate, 0, 3, 'soundRate')
  requireInteger(body.soundSize, 0, 1, 'soundSize')
  requireInteger(body.soundType, 0, 1, 'soundType')
  const first = (body.soundFormat << 4) | (body.soundRate << 2) | (body.soundSize << 1) | body.soundType
  const isAac = body.soundFormat === SoundFormat.aac
  if (isAac !== (body.kind === 'aac') || body.soundFormat === SoundFormat.extended) {
    throw usageError('FLV_FIELD_RANGE', `format ${body.soundFormat} has another body`, 'soundFormat')
  }
  if (body.kind === 'sound') return concat([Uint8Array.of(first), body.data])
  requireInteger(body.aacPacketType, 0, 255, 'aacPacketType')
  return concat([Uint8Array.of(first, body.aacPacketType), body.data])
}

/**
 * The payload of an AAC packet as specified: first byte 0xaf whatever the real format (FLV §E.4.2.1).
 *
 * @param aacPacketType - 0 for an AudioSpecificConfig, 1 for a raw access unit (no ADTS header).
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeAacPacket = (aacPacketType: number, data: Uint8Array): Uint8Array =>
  encodeAudioBody({
    kind: 'aac',
    soundFormat: SoundFormat.aac,
    soundRate: 3,
    soundSize: 1,
    soundType: 1,
    aacPacketType,
    data,
  })
