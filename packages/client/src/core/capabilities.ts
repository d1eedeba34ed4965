import { ANY_FOUR_CC, CapsEx, type ErtmpCapabilities, FourCcInfo } from '@rtmp/ertmp'

const ALL_FLAGS = CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset

const every = (mask: number): ReadonlyMap<string, number> => new Map([[ANY_FOUR_CC, mask]])

/** What a publisher announces by default: it passes on whatever it is given, and follows reconnect requests. */
export const PUBLISHER_CAPABILITIES: ErtmpCapabilities = {
  fourCcList: [ANY_FOUR_CC],
  videoFourCcInfoMap: every(FourCcInfo.canForward),
  audioFourCcInfoMap: every(FourCcInfo.canForward),
  capsEx: ALL_FLAGS,
}

/** What a player announces by default: it takes every codec as it comes. */
export const PLAYER_CAPABILITIES: ErtmpCapabilities = PUBLISHER_CAPABILITIES
