import type { Message } from '@rtmp/chunk'
import type { ClosedEvent, EndReason, WarningEvent } from '@rtmp/session'
import type { LiveStream } from '../relay/live-stream.ts'
import type { PlayerCounters } from '../relay/player.ts'
import type { PublicationCounters } from '../relay/publication.ts'
import type { ConnectionInfo, PlayContext, PlayEndReason, PublishContext } from './handler.ts'
import type { RelayInfo } from './relays.ts'
import type { ServerStats } from './statistics.ts'

/** What is known of a certificate. */
export interface CertificateFacts {
  readonly serverNames: readonly string[]
  readonly validTo: Date | undefined
}

/** A request that was refused. */
export interface RefusedEvent {
  readonly connection: ConnectionInfo
  readonly request: 'connect' | 'fcPublish' | 'publish' | 'play'
  readonly streamName: string
  readonly description: string
}

/** What administrators can change over HTTP. */
export type AdministrationAction =
  | 'kick'
  | 'endPublish'
  | 'endPlay'
  | 'endStream'
  | 'drainStream'
  | 'drain'
  | 'ban'
  | 'unban'
  | 'configure'

/** A change that an administrator has made over HTTP. */
export interface AdministrationEvent {
  readonly action: AdministrationAction
  /** The address that it came from. */
  readonly by: string
  /** Whom a proxy says it came for, if it passed it on. */
  readonly forwardedFor: string | undefined
  /** What was done, for people. */
  readonly text: string
}

/** What a server tells whoever listens. Nothing is built for events that nobody listens to. */
export interface ServerEvents {
  connectionOpened: { readonly connection: ConnectionInfo }
  /** `connect` was accepted. */
  connected: { readonly connection: ConnectionInfo }
  connectionClosed: { readonly connection: ConnectionInfo; readonly closed: ClosedEvent }
  publishStarted: PublishContext
  publishEnded: PublishContext & { readonly reason: EndReason; readonly counters: PublicationCounters }
  playStarted: PlayContext
  playEnded: PlayContext & { readonly reason: PlayEndReason; readonly counters: PlayerCounters }
  /** A player has fallen behind and gets no video for now (`true`), or gets all again. */
  playThrottled: PlayContext & { readonly throttled: boolean }
  /** A request was refused. */
  refused: RefusedEvent
  /** A client was not let in before it could speak RTMP: a limit, no TLS handshake, no PROXY header. */
  turnedAway: {
    readonly remoteAddress: string
    readonly remotePort: number
    readonly localPort: number
    readonly description: string
  }
  /** The certificates of a port were read again; new clients get them. */
  certificatesReloaded: { readonly port: number; readonly certificates: readonly CertificateFacts[] }
  /** Somebody publishes a name that nobody had before; inside the process too. */
  streamStarted: { readonly stream: LiveStream }
  /** A stream has its first player: whoever has the media may begin to bring it. */
  firstPlayer: { readonly stream: LiveStream }
  /** A stream's last player has gone. */
  lastPlayer: { readonly stream: LiveStream }
  /** A publisher was lost; players wait for it. */
  publisherLost: { readonly stream: LiveStream; readonly graceMs: number }
  /** A stream goes on with a new publisher within the grace period. */
  publisherReturned: { readonly stream: LiveStream }
  streamEnded: { readonly stream: LiveStream }
  /** A stream comes from another server or goes to it; `again` after an interruption. */
  relayStarted: RelayInfo & { readonly again: boolean }
  /** A relay was interrupted or refused, and is tried again. `repeated`: for the same reason as the last time. */
  relayLost: RelayInfo & { readonly reason: string; readonly repeated: boolean }
  /** A relay is over. `isLoop`: because the stream would have come back to where it came from. */
  relayEnded: RelayInfo & { readonly reason: string; readonly isLoop: boolean }
  /** The memory budget was used up; somebody was cut off or something forgotten. What is left, in bytes. */
  memoryShed: { readonly cachedBytes: number; readonly queuedBytes: number; readonly limitBytes: number }
  /** The server's counters, each `statsIntervalMs`. */
  stats: ServerStats
  /** An administrator has changed something over HTTP. */
  administration: AdministrationEvent
  /** A message that is only passed on: shared objects and unknown types. */
  message: { readonly connection: ConnectionInfo; readonly message: Message }
  /** A peer did something odd that was tolerated. */
  warning: { readonly connection: ConnectionInfo; readonly warning: WarningEvent }
  /** Code of the application (a hook, a listener) or of the server itself threw. The server goes on. */
  error: { readonly where: string; readonly error: unknown }
}

type Listener<Event> = (event: Event) => void

/** Listeners by event. A listener that throws hurts nobody else. */
export class EventHub<Events extends object> {
  readonly #listeners = new Map<keyof Events, Listener<never>[]>()
  readonly #failed: (where: string, error: unknown) => void

  /** @param failed - Told when a listener throws. */
  constructor(failed: (where: string, error: unknown) => void) {
    this.#failed = failed
  }

  /** Calls a listener at each event of that name from now on; returns what ends it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const before = this.#listeners.get(name) ?? []
    this.#listeners.set(name, [...before, listener])
    return () => {
      const left = (this.#listeners.get(name) ?? []).filter((other) => other !== listener)
      if (left.length === 0) this.#listeners.delete(name)
      else this.#listeners.set(name, left)
    }
  }

  /** Whether anybody listens. */
  has(name: keyof Events): boolean {
    return this.#listeners.has(name)
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        ;(listener as Listener<Events[Name]>)(event)
      } catch (error) {
        this.#failed(`listener of ${String(name)}`, error)
      }
    }
  }
}
