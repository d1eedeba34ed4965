import type { ErtmpCapabilities } from '@rtmp/e-rtmp'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ConnectCommand } from '@rtmp/message'
import type { SessionStats } from '@rtmp/session'
import type { ClientHandle } from './client-handle.ts'
import type { Encoder } from './encoder.ts'

/** What is known of a connection. */
export interface ConnectionInfo {
  /** Counts up from 1 in each server. */
  readonly id: number
  /** Differs between servers and their starts as well: for logs that several servers write. */
  readonly uid: string
  /** What it speaks: `'rtmp'`, `'http-flv'`, `'ws-flv'`, `'hls'`, `'download'`, or `'poster'` for who is shown a picture only. */
  readonly protocol: string
  /** IP address, IPv4 in its own form (never `::ffff:…`); that of the client where a trusted proxy told it. */
  readonly remoteAddress: string
  /** 0 where it is not known, as of some requests that a framework passes on. */
  readonly remotePort: number
  /** The port the client has connected to. */
  readonly localPort: number
  /** Whether the client came over TLS, by a proxy's word too. */
  readonly secure: boolean
  /** The id of the node, when it is another server of the cluster: hooks are not asked about those. */
  readonly node?: string | undefined
  /** When it was opened, in the server's milliseconds. */
  readonly openedAt: number
  /** How the handshake went, once it is done. */
  readonly handshake: HandshakeResult | undefined
  /** Application; empty before `connect`. */
  readonly app: string
  /** The client's `connect`, once it has come: tcUrl, pageUrl, swfUrl, flashVer and everything else it said. */
  readonly connect: ConnectCommand | undefined
  /** What the client says it can do of Enhanced RTMP; nothing before `connect`. */
  readonly capabilities: ErtmpCapabilities
  /** Whether it has announced anything of Enhanced RTMP. Many that speak it have not. */
  readonly isEnhanced: boolean
  /** The software, as far as its flashVer tells. */
  readonly encoder: Encoder
  /** Counters of the session, taken now. */
  readonly stats: SessionStats
  /** What can be said to the client and asked of it. */
  readonly client: ClientHandle
}
