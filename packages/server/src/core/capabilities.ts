import {
  ANY_FOUR_CC,
  announcesErtmp,
  buildCapabilities,
  CapsEx,
  type ErtmpCapabilities,
  FourCcInfo,
  parseCapabilities,
  VideoFunction,
} from '@rtmp/e-rtmp'
import type { ConnectCommand } from '@rtmp/message'
import type { AcceptDetails } from '@rtmp/session'
import type { EnhancedMode } from '../contract/options.ts'

const EVERYTHING: ReadonlyMap<string, number> = new Map([[ANY_FOUR_CC, FourCcInfo.canForward]])

/** What this server can do with Enhanced RTMP: it passes everything on as it came, and sends reconnect requests. */
export const SERVER_CAPABILITIES: ErtmpCapabilities = {
  fourCcList: [ANY_FOUR_CC],
  videoFourCcInfoMap: EVERYTHING,
  audioFourCcInfoMap: EVERYTHING,
  capsEx: CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset,
  videoFunction: VideoFunction.clientHdr | VideoFunction.metadataPackets,
}

/** What clients are told in the answer to `connect`, ready to be sent; `undefined` for nothing. */
export type Announced = Readonly<Record<string, unknown>> | undefined

/** What the answer to `connect` says in a mode. */
export const announcedIn = (mode: EnhancedMode, capabilities: ErtmpCapabilities): Announced =>
  mode === 'legacyOnly' ? undefined : buildCapabilities(capabilities)

/**
 * What the answer to `connect` says beyond the usual. A client that announced nothing of Enhanced RTMP gets the answer
 * of old; one that did is told in both objects, since the specification does not say which one it is.
 */
export const connectAnswer = (connect: ConnectCommand, announced: Announced): AcceptDetails =>
  announced !== undefined && announcesErtmp(parseCapabilities(connect.properties))
    ? { properties: announced, information: announced }
    : {}
