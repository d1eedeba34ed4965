/** Packet types of an enhanced video message (E-RTMP v2, VideoPacketType); 8 to 15 are reserved. */
export const VideoPacketType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  codedFramesX: 3,
  metadata: 4,
  mpeg2TsSequenceStart: 5,
  multitrack: 6,
  modEx: 7,
} as const

/** Packet types of an enhanced audio message (E-RTMP v2, AudioPacketType); 3, 6 and 8 to 15 are reserved. */
export const AudioPacketType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  multichannelConfig: 4,
  multitrack: 5,
  modEx: 7,
} as const

/** Frame types of legacy and enhanced video messages (E-RTMP v2, VideoFrameType); 0, 6 and 7 are reserved. */
export const VideoFrameType = {
  key: 1,
  inter: 2,
  /** H.263 only. */
  disposableInter: 3,
  /** For use inside servers. */
  generatedKey: 4,
  /** A command byte follows instead of a picture. */
  command: 5,
} as const

/** Layouts of a multitrack message (E-RTMP v2, AvMultitrackType); 3 to 15 are reserved. */
export const MultitrackType = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const

/** ModEx types (E-RTMP v2, VideoPacketModExType and AudioPacketModExType); 1 to 15 are reserved. */
export const ModExType = { timestampOffsetNano: 0 } as const

/** The SoundFormat that marks an enhanced audio message (E-RTMP v2, SoundFormat.ExHeader). */
export const EX_SOUND_FORMAT = 9
