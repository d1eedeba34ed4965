import { ByteReader, ByteWriter } from '@rtmp/bytes'
import { ERTMP_PHASE, ertmpError, requireInteger } from './errors.ts'

/**
 * The body of a MultichannelConfig packet (E-RTMP v2, ExAudioTagBody).
 *
 *   channel order u8     0 unspecified, 1 native, 2 custom, the rest reserved
 *   channel count u8
 *   native:  u32         mask of the channels, bit n for AudioChannel n
 *   custom:  u8 × count  AudioChannel of each channel in the bitstream
 */
export type MultichannelConfig =
  | { readonly channelOrder: 'unspecified'; readonly channelCount: number }
  | { readonly channelOrder: 'native'; readonly channelCount: number; readonly channelMask: number }
  | { readonly channelOrder: 'custom'; readonly channelCount: number; readonly channels: readonly number[] }
  | {
      readonly channelOrder: 'reserved'
      readonly channelCount: number
      /** 3 to 255. */
      readonly order: number
      /** What follows the count, a view of the input. */
      readonly data: Uint8Array
    }

/** Loudspeakers (E-RTMP v2, AudioChannel); as a mask, channel n is bit `1 << n`. 24 to 0xfd are reserved. */
export const AudioChannel = {
  frontLeft: 0,
  frontRight: 1,
  frontCenter: 2,
  lowFrequency1: 3,
  backLeft: 4,
  backRight: 5,
  frontLeftCenter: 6,
  frontRightCenter: 7,
  backCenter: 8,
  sideLeft: 9,
  sideRight: 10,
  topCenter: 11,
  topFrontLeft: 12,
  topFrontCenter: 13,
  topFrontRight: 14,
  topBackLeft: 15,
  topBackCenter: 16,
  topBackRight: 17,
  lowFrequency2: 18,
  topSideLeft: 19,
  topSideRight: 20,
  bottomFrontCenter: 21,
  bottomFrontLeft: 22,
  bottomFrontRight: 23,
  /** The channel is empty. */
  unused: 0xfe,
  /** The channel has sound, for a loudspeaker that is not known. */
  unknown: 0xff,
} as const

/**
 * A MultichannelConfig. Bytes behind it are ignored. Whether the count agrees with the number of bits in the mask is not
 * checked here: see {@link channelsOfMask}.
 *
 * @throws DecodeError `TRUNCATED`, `ERTMP_MULTICHANNEL_CONFIG`: drop the packet and keep the configuration before it
 */
export const decodeMultichannelConfig = (payload: Uint8Array): MultichannelConfig => {
  const reader = new ByteReader(payload, ERTMP_PHASE)
  const order = reader.u8()
  const channelCount = reader.u8()
  if (order === 0) return { channelOrder: 'unspecified', channelCount }
  if (order === 1) return { channelOrder: 'native', channelCount, channelMask: reader.u32() }
  if (order > 2) {
    return { channelOrder: 'reserved', channelCount, order, data: reader.view(reader.remaining) }
  }
  if (reader.remaining < channelCount) {
    throw ertmpError('ERTMP_MULTICHANNEL_CONFIG', `${channelCount} channels do not fit`, 1)
  }
  return { channelOrder: 'custom', channelCount, channels: [...reader.view(channelCount)] }
}

/** The body of a MultichannelConfig packet. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeMultichannelConfig = (config: MultichannelConfig): Uint8Array<ArrayBuffer> => {
  requireInteger(config.channelCount, 0, 255, 'channelCount')
  const writer = new ByteWriter(8)
  const start = (order: number): void => {
    writer.u8(order)
    writer.u8(config.channelCount)
  }
  switch (config.channelOrder) {
    case 'unspecified':
      start(0)
      break
    case 'native':
      requireInteger(config.channelMask, 0, 0xffffffff, 'channelMask')
      start(1)
      writer.u32(config.channelMask)
      break
    case 'custom':
      requireInteger(config.channels.length, config.channelCount, config.channelCount, 'channels.length')
      start(2)
      config.channels.forEach((channel, i) => {
        requireInteger(channel, 0, 255, `channels[${i}]`)
        writer.u8(channel)
      })
      break
    case 'reserved':
      requireInteger(config.order, 3, 255, 'order')
      start(config.order)
      writer.bytes(config.data)
  }
  return writer.finish()
}

/** The channels of a mask, lowest first. */
export const channelsOfMask = (channelMask: number): number[] => {
  const channels: number[] = []
  for (let bit = 0; bit < 32; bit++) if ((channelMask >>> bit) & 1) channels.push(bit)
  return channels
}
