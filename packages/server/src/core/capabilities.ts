import {
  ANY_FOUR_CC,
  announcesErtmp,
  buildCapabilities,
  CapsEx,
  type ErtmpCapabilities,
  FourCcInfo,
  parseCapabilities,
  VideoFunction,
} from '@rtmp/ertmp'
import type { ConnectCommand } from '@rtmp/message'
import type { AcceptDetails } from '@rtmp/session'

const EVERYTHING: ReadonlyMap<string, number> = new Map([[ANY_FOUR_CC, FourCcInfo.canForward]])

/** What this server can do with Enhanced RTMP: it passes everything on as it came. */
export const SERVER_CAPABILITIES: ErtmpCapabilities = {
  fourCcList: [ANY_FOUR_CC],
  videoFourCcInfoMap: EVERYTHING,
  audioFourCcInfoMap: EVERYTHING,
  capsEx: CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset,
  videoFunction: VideoFunction.clientHdr | VideoFunction.metadataPackets,
}

const PROPERTIES = buildCapabilities(SERVER_CAPABILITIES)

/**
 * What the answer to `connect` says beyond the usual. A client that announced nothing of Enhanced RTMP gets the answer
 * of old; one that did is told in both objects, since the specification does not say which one it is.
 */
export const connectAnswer = (connect: ConnectCommand): AcceptDetails =>
  announcesErtmp(parseCapabilities(connect.properties))
    ? { properties: PROPERTIES, information: PROPERTIES }
    : {}
