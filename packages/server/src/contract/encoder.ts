/** Software that clients are made with, as far as their `flashVer` tells. */
export type Encoder =
  | 'obs'
  | 'ffmpeg'
  | 'gstreamer'
  | 'wirecast'
  | 'fmle'
  | 'xsplit'
  | 'larix'
  | 'vmix'
  | 'flash'
  | 'other'
  | 'unknown'

// The order counts: FFmpeg says "FMLE/3.0 (compatible; Lavf60.3.100)", OBS says "FMLE/3.0 (compatible; FMSc/1.0)". The
// Flash Media Live Encoder itself, not sold since 2016, said the same as OBS does, behind another version.
const SIGNS: readonly (readonly [RegExp, Encoder])[] = [
  [/\bobs\b|obs-?studio/i, 'obs'],
  [/wirecast/i, 'wirecast'],
  [/xsplit/i, 'xsplit'],
  [/larix/i, 'larix'],
  [/vmix/i, 'vmix'],
  [/gstreamer|\bgst\b/i, 'gstreamer'],
  [/lavf|ffmpeg/i, 'ffmpeg'],
  [/^FMLE\/3\.0 \(compatible; FMSc\/1\.0\)$/, 'obs'],
  [/fmle/i, 'fmle'],
  [/^(?:win|mac|lnx|and) \d/i, 'flash'],
]

/** Which software a `flashVer` speaks of. */
export const encoderOf = (flashVer: string | undefined): Encoder => {
  if (flashVer === undefined || flashVer.trim() === '') return 'unknown'
  for (const [sign, encoder] of SIGNS) if (sign.test(flashVer)) return encoder
  return 'other'
}
