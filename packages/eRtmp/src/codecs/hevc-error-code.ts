/** What can be wrong with a record or a parameter set of HEVC. */
export type HevcErrorCode =
  /** A record of an unknown version. */
  | 'HEVC_CONFIG'
  /** A sequence parameter set that contradicts itself. */
  | 'HEVC_SPS'
