import {
  ANY_FOUR_CC,
  AUDIO_FOUR_CCS,
  CapsEx,
  type ErtmpCapabilities,
  FourCcInfo,
  VIDEO_FOUR_CCS,
} from '@rtmp/e-rtmp'

const ALL_FLAGS = CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset

const every = (names: readonly string[], mask: number): ReadonlyMap<string, number> =>
  new Map([ANY_FOUR_CC, ...names].map((name) => [name, mask]))

/**
 * What a client announces by default, whatever its role: it passes on every codec as it comes, understands every form,
 * and follows reconnect requests.
 *
 * `'*'` says it all, and the names are there as well: MediaMTX among others looks for a codec's name and knows no `'*'`.
 */
export const CLIENT_CAPABILITIES: ErtmpCapabilities = {
  fourCcList: [ANY_FOUR_CC, ...VIDEO_FOUR_CCS, ...AUDIO_FOUR_CCS],
  videoFourCcInfoMap: every(VIDEO_FOUR_CCS, FourCcInfo.canForward),
  audioFourCcInfoMap: every(AUDIO_FOUR_CCS, FourCcInfo.canForward),
  capsEx: ALL_FLAGS,
}
