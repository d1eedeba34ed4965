/** SoundFormat, the high nibble of an audio body (FLV §E.4.2.1). */
export const SoundFormat = {
  /** PCM in the byte order of the machine that made it; read as little-endian. */
  pcmPlatform: 0,
  adpcm: 1,
  mp3: 2,
  pcmLittleEndian: 3,
  nellymoser16k: 4,
  nellymoser8k: 5,
  nellymoser: 6,
  alaw: 7,
  mulaw: 8,
  /** Not a sound format but the mark of an Enhanced RTMP header; see `@rtmp/e-rtmp`. */
  extended: 9,
  aac: 10,
  speex: 11,
  mp38k: 14,
  deviceSpecific: 15,
} as const

/** SoundRate 0 to 3 in Hz. AAC, MP3 at 48 kHz, Nellymoser 4 and 5, G.711 and Speex have rates of their own. */
export const SOUND_RATES: readonly number[] = [5512, 11025, 22050, 44100]

const NAMES: readonly (string | undefined)[] = [
  'pcm_s16le',
  'adpcm_swf',
  'mp3',
  'pcm_s16le',
  'nellymoser',
  'nellymoser',
  'nellymoser',
  'pcm_alaw',
  'pcm_mulaw',
  undefined,
  'aac',
  'speex',
  undefined,
  undefined,
  'mp3',
]

/**
 * The usual name of a sound format (`'aac'`, `'pcm_s16le'`, as FFmpeg spells them), or `'unknown'`.
 *
 * @param soundSize - 0 for 8 bit, which makes PCM `'pcm_u8'`.
 */
export const soundFormatName = (soundFormat: number, soundSize = 1): string => {
  const pcm = soundFormat === SoundFormat.pcmPlatform || soundFormat === SoundFormat.pcmLittleEndian
  return pcm && soundSize === 0 ? 'pcm_u8' : (NAMES[soundFormat] ?? 'unknown')
}

/**
 * Sample rate in Hz that a legacy audio header stands for. AAC's is in its AudioSpecificConfig; what is returned for
 * it is what the header says, and that is 44100 whatever the real rate.
 */
export const soundSampleRate = (soundFormat: number, soundRate: number): number => {
  switch (soundFormat) {
    case SoundFormat.nellymoser16k:
    case SoundFormat.speex:
      return 16000
    case SoundFormat.nellymoser8k:
    case SoundFormat.alaw:
    case SoundFormat.mulaw:
    case SoundFormat.mp38k:
      return 8000
    default:
      return SOUND_RATES[soundRate & 3] as number
  }
}

/** Channels, 1 or 2, that a legacy audio header stands for; not to be trusted for AAC. */
export const soundChannels = (soundFormat: number, soundType: number): number => {
  const mono =
    soundFormat === SoundFormat.nellymoser16k ||
    soundFormat === SoundFormat.nellymoser8k ||
    soundFormat === SoundFormat.speex
  return mono || soundType === 0 ? 1 : 2
}
