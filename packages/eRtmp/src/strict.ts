import type { DecodeError } from '@rtmp/bytes'
import { VideoCommand } from '@rtmp/flv'
import { type ErtmpFaultCode, ertmpError } from './errors.ts'
import { u24At } from './ex-header.ts'
import type { ErtmpDecodeOptions, ExMessageFields } from './ex-message.ts'
import { AUDIO_FOUR_CCS, VIDEO_FOUR_CCS } from './codecs/list.ts'
import { fourCcToNumber } from './four-cc.ts'
import { MAX_NANO_OFFSET } from './mod-ex.ts'
import { AudioPacketType, ModExType, VideoFrameType, VideoPacketType } from './packet-type.ts'
import { videoCodecOf } from './codec-lookup.ts'

const VIDEO_PACKET_TYPES: readonly number[] = Object.values(VideoPacketType)
const AUDIO_PACKET_TYPES: readonly number[] = Object.values(AudioPacketType)
const FRAME_TYPES: readonly number[] = Object.values(VideoFrameType)
const COMMANDS: readonly number[] = Object.values(VideoCommand)

interface Checked extends ExMessageFields {
  readonly frameType?: number
  readonly command?: number | undefined
}

/** Tells of everything in a decoded message that the specification does not allow, or throws the first of it. */
export const reportFaults = (
  message: Checked,
  bytes: Uint8Array,
  video: boolean,
  options: ErtmpDecodeOptions,
): void => {
  const report = (code: ErtmpFaultCode, text: string, offset: number): void => {
    const fault: DecodeError = ertmpError(code, text, offset)
    if (options.strict === true) throw fault
    options.onFault?.(fault)
  }
  const { packetType, modEx, multitrackType, packets, rest, frameType, command } = message
  const restStart = bytes.length - rest.length
  for (const { type, data } of modEx) {
    const at = data.byteOffset - bytes.byteOffset
    if (type !== ModExType.timestampOffsetNano) {
      report('ERTMP_RESERVED_MOD_EX_TYPE', `ModEx type ${type}`, at + data.length)
    } else if (data.length < 3 || u24At(data, 0) > MAX_NANO_OFFSET) {
      report('ERTMP_NANO_OFFSET', 'not three bytes with at most 999,999 ns', at)
    }
  }
  if (command !== undefined) {
    if (!COMMANDS.includes(command)) report('ERTMP_UNKNOWN_COMMAND', `command ${command}`, restStart - 1)
    if (rest.length > 0) report('ERTMP_SURPLUS_BYTES', 'bytes behind a command', restStart)
    return
  }
  if (
    frameType !== undefined &&
    packetType !== VideoPacketType.metadata &&
    !FRAME_TYPES.includes(frameType)
  ) {
    report('ERTMP_RESERVED_FRAME_TYPE', `frame type ${frameType}`, 0)
  }
  if (!(video ? VIDEO_PACKET_TYPES : AUDIO_PACKET_TYPES).includes(packetType)) {
    report('ERTMP_RESERVED_PACKET_TYPE', `packet type ${packetType}`, 0)
  }
  if (multitrackType !== undefined && multitrackType > 2) {
    report('ERTMP_RESERVED_MULTITRACK_TYPE', `multitrack type ${multitrackType}`, 1)
    return
  }
  const fourCcs: readonly string[] = video ? VIDEO_FOUR_CCS : AUDIO_FOUR_CCS
  for (const { fourCc, payload } of packets) {
    const at = payload.byteOffset - bytes.byteOffset
    if (!fourCcs.includes(fourCc)) report('ERTMP_UNKNOWN_FOUR_CC', `FourCC ${JSON.stringify(fourCc)}`, at)
    if (packetType === VideoPacketType.sequenceEnd && payload.length > 0) {
      report('ERTMP_SURPLUS_BYTES', 'SequenceEnd has no body', at)
    }
    const codec = videoCodecOf(fourCcToNumber(fourCc))
    const noX = packetType === VideoPacketType.codedFramesX && codec?.hasCompositionTimeOffset !== true
    const noTs = packetType === VideoPacketType.mpeg2TsSequenceStart && codec?.hasTsDescriptor !== true
    if (video && (noX || noTs)) {
      report('ERTMP_PACKET_TYPE_FOR_CODEC', `packet type ${packetType} of ${fourCc}`, at)
    }
  }
  if (rest.length > 0) report('ERTMP_INCOMPLETE_TRACK', 'the message ends inside a track', restStart)
}
