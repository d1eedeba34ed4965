import { ByteWriter, concat, type DecodeError } from '@rtmp/bytes'
import { ertmpError, requireInteger, usageError } from './errors.ts'
import { exHeader, ExFault, i24At, scanExHeader, scanTrack, trackSpan } from './ex-header.ts'
import { type FourCc, fourCcToNumber, isFourCc } from './four-cc.ts'
import { type ModEx, readModExChain, writeModEx } from './mod-ex.ts'
import { AudioPacketType, EX_SOUND_FORMAT, MultitrackType, VideoPacketType } from './packet-type.ts'
import { fourCcFromNumber, hasCompositionTimeOffset } from './codec-lookup.ts'

/** One packet of an enhanced message: what it says for one track. Its packet type is that of the message. */
export interface ExPacket {
  /** 0 to 255; 0 in a message that is not multitrack. */
  readonly trackId: number
  /** Of this track: in a message of many tracks with many codecs each packet has its own, else all share the message's. */
  readonly fourCc: FourCc
  /**
   * Milliseconds from decoding to presentation, −8,388,608 to 8,388,607. On the wire for CodedFrames of avc1, hvc1 and
   * vvc1 only, 0 in every other packet.
   */
  readonly compositionTimeOffset: number
  /** The body, without the composition time offset; out of the decoder a view of the payload. */
  readonly payload: Uint8Array
}

/** What an enhanced message of either kind holds. */
export interface ExMessageFields {
  /** Entries in front of the packets, in order. */
  readonly modEx: readonly ModEx[]
  /** Of all packets, 0 to 15; never ModEx, and multitrack only in a command frame. */
  readonly packetType: number
  /** {@link MultitrackType}, or `undefined` for a message of one packet without a track id. */
  readonly multitrackType: number | undefined
  /** At least one, unless this is a command frame or the multitrack type is reserved. */
  readonly packets: readonly ExPacket[]
  /**
   * Bytes behind the packets that are part of none: an incomplete track, what follows a command, the tracks of a
   * reserved multitrack type. A view of the payload, and written back as it is.
   */
  readonly rest: Uint8Array
}

/** How to decode. */
export interface ErtmpDecodeOptions {
  /** Throw on what the specification does not allow but senders do, or may do one day. Default false. */
  readonly strict?: boolean
  /** Told of each fault that was tolerated, with the error that `strict` would have thrown. */
  readonly onFault?: (fault: DecodeError) => void
}

/** Packets that are read from one message; there are no more track ids, and objects cost more than bytes. */
export const MAX_PACKETS_PER_MESSAGE = 256

const EMPTY = new Uint8Array(0)

/** As {@link scanExHeader}, with an error for a fault. @throws DecodeError */
export const scanOrThrow = (bytes: Uint8Array, video: boolean): void => {
  const fault = scanExHeader(bytes, video)
  const at = exHeader.bodyStart
  switch (fault) {
    case ExFault.none:
      return
    case ExFault.nestedMultitrack:
      throw ertmpError('ERTMP_NESTED_MULTITRACK', 'multitrack inside multitrack', at)
    case ExFault.modExInMultitrack:
      throw ertmpError('ERTMP_MOD_EX_IN_MULTITRACK', 'ModEx inside multitrack', at)
    case ExFault.modExChainTooLong:
      throw ertmpError('ERTMP_MOD_EX_CHAIN', 'a ModEx chain has at most 16 entries', at)
    default:
      throw ertmpError('ERTMP_TRUNCATED', 'the message ends inside its header', at)
  }
}

/** The part that is the same for audio and video. `exHeader` is that of this message afterwards. */
export const decodeExFields = (bytes: Uint8Array, video: boolean): ExMessageFields => {
  scanOrThrow(bytes, video)
  const { packetType, multitrackType, bodyStart, modExCount, command } = exHeader
  const modEx = readModExChain(bytes, modExCount)
  const packets: ExPacket[] = []
  let at = bodyStart
  if (command < 0) {
    const offsets = video && packetType === VideoPacketType.codedFrames
    while (packets.length < MAX_PACKETS_PER_MESSAGE && scanTrack(bytes, at)) {
      const { fourCc, trackId, start, end } = trackSpan
      let from = start
      let compositionTimeOffset = 0
      if (offsets && hasCompositionTimeOffset(fourCc)) {
        if (start + 3 > end) break
        compositionTimeOffset = i24At(bytes, start)
        from = start + 3
      }
      const payload = bytes.subarray(from, end)
      packets.push({ trackId, fourCc: fourCcFromNumber(fourCc), compositionTimeOffset, payload })
      at = end
      if (at === bytes.length) break
    }
    if (packets.length === 0 && multitrackType <= MultitrackType.manyTracksManyCodecs) {
      throw ertmpError('ERTMP_TRUNCATED', 'the message ends inside its first packet', at)
    }
  }
  const rest = at < bytes.length ? bytes.subarray(at) : EMPTY
  return {
    modEx,
    packetType,
    multitrackType: multitrackType < 0 ? undefined : multitrackType,
    packets,
    rest,
  }
}

/** What {@link encodeExMessage} needs; fields left out are empty. */
export interface ExMessageParts {
  readonly frameType?: number
  readonly command?: number | undefined
  readonly modEx?: readonly ModEx[]
  readonly packetType: number
  readonly multitrackType?: number | undefined
  readonly packets: readonly ExPacket[]
  readonly rest?: Uint8Array
}

/** The part that is the same for audio and video. @throws UsageError `ERTMP_FIELD_RANGE`, `ERTMP_PACKETS` */
export const encodeExMessage = (parts: ExMessageParts, video: boolean): Uint8Array<ArrayBuffer> => {
  const { command, packetType, multitrackType } = parts
  const modEx = parts.modEx ?? []
  const rest = parts.rest ?? EMPTY
  const frameType = parts.frameType ?? 0
  requireInteger(frameType, 0, 7, 'frameType')
  requireInteger(packetType, 0, 15, 'packetType')
  requireInteger(modEx.length, 0, 16, 'modEx.length')
  const multitrack = video ? VideoPacketType.multitrack : AudioPacketType.multitrack
  const outer = multitrackType === undefined || command !== undefined ? packetType : multitrack
  if (packetType === VideoPacketType.modEx || (packetType === multitrack && command === undefined)) {
    throw usageError('ERTMP_FIELD_RANGE', 'ModEx and multitrack are no packets of their own', 'packetType')
  }
  const writer = new ByteWriter(32)
  const base = video ? 0x80 | (frameType << 4) : EX_SOUND_FORMAT << 4
  writer.u8(base | (modEx.length > 0 ? VideoPacketType.modEx : outer))
  modEx.forEach((entry, i) => {
    const next = i + 1 < modEx.length ? VideoPacketType.modEx : outer
    writeModEx(writer, entry, next, `modEx[${i}]`)
  })
  // Payloads are copied once, into the message.
  const slices: Uint8Array[] = []
  if (command !== undefined) {
    requireInteger(command, 0, 255, 'command')
    writer.u8(command)
  } else {
    writePackets(writer, slices, parts, video)
  }
  return concat([...slices, writer.finish(), rest])
}

const writePackets = (
  writer: ByteWriter,
  slices: Uint8Array[],
  { packets, packetType, multitrackType }: ExMessageParts,
  video: boolean,
): void => {
  const single = multitrackType === undefined || multitrackType === MultitrackType.oneTrack
  const count = packets.length
  const first = packets[0]
  if (multitrackType !== undefined) {
    requireInteger(multitrackType, 0, 15, 'multitrackType')
    writer.u8((multitrackType << 4) | packetType)
    if (multitrackType > MultitrackType.manyTracksManyCodecs) {
      if (count > 0) throw usageError('ERTMP_PACKETS', 'the layout of this type is not known', 'packets')
      return
    }
  } else if (first !== undefined && first.trackId !== 0) {
    throw usageError('ERTMP_PACKETS', 'only multitrack messages name a track', 'packets[0].trackId')
  }
  if (first === undefined || (single && count > 1) || count > MAX_PACKETS_PER_MESSAGE) {
    throw usageError('ERTMP_PACKETS', `${count} packets do not fit this form`, 'packets')
  }
  const perTrackFourCc = multitrackType === MultitrackType.manyTracksManyCodecs
  if (!perTrackFourCc) writeFourCc(writer, first.fourCc, 'packets[0].fourCc')
  packets.forEach((packet, i) => {
    if (perTrackFourCc) writeFourCc(writer, packet.fourCc, `packets[${i}].fourCc`)
    else if (packet.fourCc !== first.fourCc) {
      throw usageError('ERTMP_PACKETS', 'many codecs need manyTracksManyCodecs', `packets[${i}].fourCc`)
    }
    const offset = compositionTimeOffsetToWrite(packet, packetType, video, i)
    if (multitrackType !== undefined) {
      requireInteger(packet.trackId, 0, 255, `packets[${i}].trackId`)
      writer.u8(packet.trackId)
      if (!single) {
        const size = packet.payload.length + (offset === undefined ? 0 : 3)
        requireInteger(size, 0, 0xffffff, `packets[${i}].payload.length`)
        writer.u24(size)
      }
    }
    if (offset !== undefined) writer.u24(offset)
    slices.push(writer.finish(), packet.payload)
    writer.reset()
  })
}

const compositionTimeOffsetToWrite = (
  packet: ExPacket,
  packetType: number,
  video: boolean,
  index: number,
): number | undefined => {
  const path = `packets[${index}].compositionTimeOffset`
  if (
    video &&
    packetType === VideoPacketType.codedFrames &&
    hasCompositionTimeOffset(fourCcToNumber(packet.fourCc))
  ) {
    requireInteger(packet.compositionTimeOffset, -0x800000, 0x7fffff, path)
    return packet.compositionTimeOffset
  }
  if (packet.compositionTimeOffset !== 0) {
    throw usageError('ERTMP_FIELD_RANGE', 'this packet has no composition time offset on the wire', path)
  }
  return undefined
}

const writeFourCc = (writer: ByteWriter, fourCc: FourCc, path: string): void => {
  if (!isFourCc(fourCc)) throw usageError('ERTMP_FIELD_RANGE', 'a FourCC is four bytes', path)
  writer.u32(fourCcToNumber(fourCc))
}
