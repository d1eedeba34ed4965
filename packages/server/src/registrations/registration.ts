import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import type { Awaitable } from '../contract/awaitable.ts'
import type { Decision } from '../contract/decision.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import type { DataTag } from '../contract/media-tag.ts'
import type { LocalPublisher } from '../contract/local-publisher.ts'
import type { TlsOptions } from '../contract/tls-options.ts'

/** Who may come, by IP address: entries are addresses and networks, IPv4 or IPv6. One of the two lists, not both. */
export type AddressRestriction =
  | { readonly allow: readonly string[]; readonly deny?: never }
  | { readonly deny: readonly string[]; readonly allow?: never }

/** What every registration says. */
export interface RegistrationOptions {
  /** The port clients come to; it is opened with the first registration and closed with the last. 0 takes a free one. */
  readonly port: number
  /** That clients must give. */
  readonly app: string
  /** The stream name; any unless given. */
  readonly streamName?: string
  /** Clients must speak TLS; all registrations of a port agree about it. */
  readonly tls?: TlsOptions
  /** Who may come; everybody unless given. */
  readonly addresses?: AddressRestriction
  /**
   * `'server'` (default): streams are the server's, whatever port they come by. `'port'`: they are this port's, so that what is
   * published on one port and what is played on another can have one name and be two streams: ingest, process, serve. Inside the server
   * such a stream's app is `port:PORT/app` (`port:1936/live`); nobody else can publish or play below it.
   */
  readonly namespace?: 'server' | 'port'
  /** Ends the registration when it aborts, as {@link Registration.remove} does. */
  readonly signal?: AbortSignal
}

/** A publisher that came to a registration. */
export interface RegisteredPublisher {
  /** What `publish` hooks are given. */
  readonly context: PublishContext
  /** The registration's own, or a fresh UUID: to follow a stream through what is done with it elsewhere. */
  readonly streamId: string
}

/** A registration for publishers. */
export interface PublisherRegistrationOptions extends RegistrationOptions {
  /** An id for what is published; a fresh UUID for each publish unless given. */
  readonly streamId?: string
  /**
   * Asked about each publisher. What it answers counts only if registration and name are still free then; a `recheck` or
   * a `signal` in the answer goes on deciding while the publish lasts.
   */
  approve?(context: PublishContext): Awaitable<Decision>
  /** Somebody publishes. */
  connected?(publisher: RegisteredPublisher): void
  /** The publish has ended; the connection may still be there. */
  stopped?(publisher: RegisteredPublisher): void
  /** The stream's metadata. */
  metadata?(
    publisher: RegisteredPublisher,
    properties: Readonly<Record<string, unknown>>,
    data: DataTag,
  ): void
  /** Every message, as it goes to players. */
  message?(publisher: RegisteredPublisher, message: MediaMessage): void
  /** Every frame: codec, kind, times and data without the headers of FLV. */
  frame?(publisher: RegisteredPublisher, frame: MediaFrame): void
}

/** A registration for players. */
export interface WatcherRegistrationOptions extends RegistrationOptions {
  /** Asked about each player; see {@link PublisherRegistrationOptions.approve}. */
  approve?(context: PlayContext): Awaitable<Decision>
  /** Somebody plays. */
  connected?(context: PlayContext): void
  /** The play has ended; the connection may still be there. */
  stopped?(context: PlayContext): void
  /** The first player of a name has come. */
  active?(streamName: string): void
  /** The last player of a name has gone. */
  inactive?(streamName: string): void
}

/** A registration that stands. */
export interface Registration {
  /** Whether who registered waits for a publisher of streams, or to publish. */
  readonly kind: 'publisher' | 'watcher'
  /** The port that is open for it. */
  readonly port: number
  /** That publishers or watchers must give. */
  readonly app: string
  /** `undefined` for any. */
  readonly streamName: string | undefined
  /** Whether it has ended, by {@link remove} or with its server. */
  readonly removed: boolean
  /** Ends it: its publishers or watchers are disconnected, and its port is closed if nobody else uses it. */
  remove(): void
}

/** A registration for players: media can be brought to them from inside the process. */
export interface WatcherRegistration extends Registration {
  /**
   * Publishes a name for the registration's watchers, until it is ended or the registration is removed.
   *
   * @returns `undefined` when somebody else publishes that name and keeps it.
   * @throws UsageError `REGISTRATION_NAME` for a name that is not the registration's
   */
  inject(streamName: string): LocalPublisher | undefined
}

/**
 * Registrations: who wants what is published, and whose players may come, by port, app and stream name.
 *
 * A port that was opened for registrations takes nothing else: what nobody registered for is refused. On a port that the
 * server listens on anyway, registrations for publishers rule all its publishers and those for watchers all its players;
 * where there is none of a kind, only the handler decides. The handler is asked after the registration.
 *
 * For one port and app, a registration for any name excludes every other of its kind; those for different names stand
 * side by side.
 */
export interface Registrations {
  /** Those that stand. */
  readonly all: readonly Registration[]
  /**
   * Registers for publishers. Resolves once the port is open.
   *
   * @throws UsageError with a {@link RegistrationErrorCode}, or `ADDRESS_INVALID`
   */
  listenForPublishers(options: PublisherRegistrationOptions): Promise<Registration>
  /**
   * Registers for players. Resolves once the port is open.
   *
   * @throws UsageError with a {@link RegistrationErrorCode}, or `ADDRESS_INVALID`
   */
  listenForWatchers(options: WatcherRegistrationOptions): Promise<WatcherRegistration>
}

/** Why a registration was not made. */
export type RegistrationErrorCode =
  /** Another registration has the port, app and name. */
  | 'REGISTRATION_CONFLICT'
  /** The port speaks TLS and the registration does not, or the other way round. */
  | 'REGISTRATION_TLS'
  /** The port could not be opened; `cause` says why. */
  | 'REGISTRATION_PORT'
  /** A name that is not the registration's. */
  | 'REGISTRATION_NAME'
  /** Both lists of addresses are given, or none of them. */
  | 'REGISTRATION_ADDRESSES'
