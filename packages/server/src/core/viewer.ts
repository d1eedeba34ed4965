import type { LiveStream, Subscriber, SubscriberEndReason, SubscriberOwner } from '@rtmp/live'
import type { ConnectCommand } from '@rtmp/message'
import type { DrainOptions } from '../contract/drain-options.ts'
import type { MemoryShare } from './memory-share.ts'

/** What the engine needs to know of a client that gets a stream, whatever it speaks. */
export interface PeerInfo {
  /** The number of its connection. */
  readonly id: number
  readonly remoteAddress: string
  readonly secure: boolean
  /** The id of the node, when it is another server of the cluster and no client. */
  readonly node?: string | undefined
  /** What an RTMP client said when it connected. */
  readonly connect: ConnectCommand | undefined
  /** Where what it holds is counted; a stream that it waits for is counted there as well. */
  readonly memory?: MemoryShare
}

/**
 * Who gets a stream for a client: a play over RTMP, or another output. Statistics, drains and relays know no more of it than
 * this. Subscribers with other owners are inside the process.
 */
export abstract class Viewer implements SubscriberOwner {
  /** Whose it is. */
  abstract readonly peer: PeerInfo
  abstract subscriberEnded(subscriber: Subscriber, reason: SubscriberEndReason, now: number): void

  /** Asks the client to get the stream elsewhere; false when it knows no such request. */
  askToReconnect(_options: DrainOptions, _now: number): boolean {
    return false
  }
}

/** The clients' subscriptions of a stream. */
export const viewersOf = (stream: LiveStream | undefined): Viewer[] =>
  (stream?.subscribers ?? []).flatMap(({ owner }) => (owner instanceof Viewer ? [owner] : []))
