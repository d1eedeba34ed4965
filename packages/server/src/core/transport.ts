import type { OutboxTransport } from '@rtmp/live/engine'

/**
 * The way to one peer: a socket, or something that stands for one. It reports what happens to its connection by calling
 * `receive`, `peerEnded` and `transportClosed` of the connection that the core made for it, and never from
 * within a call that the connection makes.
 */
export interface ServerTransport extends OutboxTransport {
  /** Where the peer is, for logs and rules: an IP address. */
  readonly remoteAddress: string
  /** 0 where it is not known. */
  readonly remotePort: number
  /** The port the peer has connected to. */
  readonly localPort: number
  /** Whether the way is encrypted. */
  readonly secure: boolean
  /** The id of the node, when the peer is another server of the cluster. */
  readonly node?: string | undefined
  /** Bytes that have come and are kept until what they belong to is whole; 0 where it says nothing. */
  readonly unfinishedBytes?: number
  /** Stops to read, or goes on; without it a peer's bytes keep coming, and too many end its connection. */
  pauseReading?(paused: boolean): void
  /** Ends our direction behind what was written; reading goes on. */
  finish(): void
  /** Ends everything at once. */
  destroy(): void
}
