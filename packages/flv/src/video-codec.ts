/** FrameType, bits 6–4 of a video body (FLV §E.4.3.1). */
export const FrameType = { key: 1, inter: 2, disposableInter: 3, generatedKey: 4, command: 5 } as const

/** CodecID, the low nibble of a legacy video body (FLV §E.4.3.1); 8, 9 and 12 are not in the specification. */
export const VideoCodecId = {
  sorensonH263: 2,
  screen: 3,
  vp6: 4,
  vp6Alpha: 5,
  screen2: 6,
  avc: 7,
  /** Non-standard: H.263 (FFmpeg). */
  realH263: 8,
  /** Non-standard: MPEG-4 part 2 (FFmpeg). */
  mpeg4: 9,
  /** Non-standard: HEVC with AVC's packet layout, from before Enhanced RTMP. */
  hevc: 12,
} as const

/** AVCPacketType, of codec ids 7 and 12 (FLV §E.4.3.1). */
export const AvcPacketType = { sequenceHeader: 0, nalu: 1, endOfSequence: 2 } as const

/** AACPacketType (FLV §E.4.2.1). */
export const AacPacketType = { sequenceHeader: 0, raw: 1 } as const

/** Body of a command frame, FrameType 5 (FLV §E.4.3.1). */
export const VideoCommand = { startSeek: 0, endSeek: 1 } as const

const NAMES: readonly (string | undefined)[] = [
  undefined,
  undefined,
  'flv1',
  'flashsv',
  'vp6f',
  'vp6a',
  'flashsv2',
  'h264',
  'h263',
  'mpeg4',
  undefined,
  undefined,
  'hevc',
]

/** The usual name of a legacy video codec id (`'h264'`, as FFmpeg spells them), or `'unknown'`. */
export const videoCodecName = (codecId: number): string => NAMES[codecId] ?? 'unknown'
