import { type ErtmpCapabilities, parseCapabilities } from '@rtmp/e-rtmp'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ConnectedEvent } from '@rtmp/session'

/** What a server has said of itself when it accepted a connection. */
export interface ServerInfo {
  /** Its address and port. */
  readonly remote: string
  /** `fmsVer`: name and version of the software, or what it wants to be taken for; empty when it did not say. */
  readonly version: string
  /** What it announces of E-RTMP; an empty object for a server that announces nothing of it. */
  readonly capabilities: ErtmpCapabilities
  /** The form of the handshake, and how the server answered ours. */
  readonly handshake: HandshakeResult
  /** First object of the answer to connect, as it came. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Second object of the answer, as it came. */
  readonly information: Readonly<Record<string, unknown>>
}

/** The facts of an accepted connection. */
export const serverInfoOf = (
  remote: string,
  { properties, status: { information } }: ConnectedEvent,
  handshake: HandshakeResult,
): ServerInfo => {
  const version = properties['fmsVer']
  return {
    remote,
    version: typeof version === 'string' ? version : '',
    capabilities: parseCapabilities(properties, information),
    handshake,
    properties,
    information,
  }
}
