import { ANY_FOUR_CC, CapsEx, type ErtmpCapabilities, FourCcInfo } from '@rtmp/ertmp'

const ALL_FLAGS = CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset

const every = (mask: number): ReadonlyMap<string, number> => new Map([[ANY_FOUR_CC, mask]])

/**
 * What a client announces by default, whatever its role: it passes on every codec as it comes, understands every form,
 * and follows reconnect requests.
 */
export const CLIENT_CAPABILITIES: ErtmpCapabilities = {
  fourCcList: [ANY_FOUR_CC],
  videoFourCcInfoMap: every(FourCcInfo.canForward),
  audioFourCcInfoMap: every(FourCcInfo.canForward),
  capsEx: ALL_FLAGS,
}
