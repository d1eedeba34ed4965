import {
  ANY_FOUR_CC,
  AUDIO_FOUR_CCS,
  canReceive,
  CapsEx,
  type ErtmpCapabilities,
  type MediaKind,
  VIDEO_FOUR_CCS,
} from '@rtmp/e-rtmp'

/** What a player can read of Enhanced RTMP, in the fewest words, so that players share bytes. */
export interface PlayerAbilities {
  /** FourCCs, `'*'` among them for any. */
  readonly video: ReadonlySet<string>
  /** The same for sound. */
  readonly audio: ReadonlySet<string>
  /** Whether messages of several tracks, or of one that is not track 0, can be sent (capsEx, E-RTMP v2). */
  readonly multitrack: boolean
  /** Whether ModEx entries in front of packets can be sent; without it nanoseconds are left out. */
  readonly modEx: boolean
}

/** What silence means: that a player reads what it has not spoken of, or that it does not. */
export type Silence = 'reads' | 'withholds'

/**
 * What a client's announcement comes to, each in its own dimension (E-RTMP v2, "Enhancing NetConnection connect
 * Command"): codecs by `fourCcList` and the info maps of their kind, tracks and ModEx by `capsEx`.
 *
 * @param silence - For what was not announced at all. With `'reads'` a player that says nothing gets everything, and one
 *   that lists only codecs still gets all tracks.
 */
export const abilitiesOf = (capabilities: ErtmpCapabilities, silence: Silence): PlayerAbilities => {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx } = capabilities
  const readable = (kind: MediaKind, map: unknown, fourCcs: readonly string[]): ReadonlySet<string> => {
    const isSilent = fourCcList === undefined && map === undefined
    if (canReceive(capabilities, kind, ANY_FOUR_CC) || (isSilent && silence === 'reads')) return ANYTHING
    return new Set(fourCcs.filter((fourCc) => canReceive(capabilities, kind, fourCc)))
  }
  const flag = (bit: number): boolean => (capsEx === undefined ? silence === 'reads' : (capsEx & bit) !== 0)
  return {
    video: readable('video', videoFourCcInfoMap, VIDEO_FOUR_CCS),
    audio: readable('audio', audioFourCcInfoMap, AUDIO_FOUR_CCS),
    multitrack: flag(CapsEx.multitrack),
    modEx: flag(CapsEx.modEx),
  }
}

const ANYTHING: ReadonlySet<string> = new Set([ANY_FOUR_CC])

/** Whether nothing has to be withheld or written otherwise. */
export const readsEverything = ({ video, audio, multitrack, modEx }: PlayerAbilities): boolean =>
  multitrack && modEx && video.has(ANY_FOUR_CC) && audio.has(ANY_FOUR_CC)

/** Whether a player reads a codec in FourCC form; `undefined` for one without a FourCC. */
export const readsCodec = (
  abilities: PlayerAbilities,
  kind: MediaKind,
  fourCc: string | undefined,
): boolean => {
  const readable = abilities[kind]
  return readable.has(ANY_FOUR_CC) || (fourCc !== undefined && readable.has(fourCc))
}
