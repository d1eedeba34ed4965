import { UsageError } from '@rtmp/bytes'
import { StatusCode } from '@rtmp/message'
import { type Awaitable, isPromise } from '../contract/awaitable.ts'
import { accept, type Decision, grantIn, isGranted, reject } from '../contract/decision.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { ConnectContext, PlayContext, PublishContext } from '../contract/contexts.ts'
import type { ServerHandler } from '../contract/handler.ts'
import { type PortOpener, PortTable } from './port-table.ts'
import { PublisherFeed } from './publisher-feed.ts'
import type { RegistrationHost } from './registration-host.ts'
import { isInNamespace, placeOf, RegisteredPublishers, RegisteredWatchers } from './registered.ts'
import type {
  PublisherRegistrationOptions,
  Registration,
  RegistrationErrorCode,
  RegistrationOptions,
  Registrations,
  WatcherRegistration,
  WatcherRegistrationOptions,
} from './registration.ts'

/** The registrations of one server. */
export class RegistrationTable implements Registrations {
  #host: RegistrationHost | undefined
  #ports: PortTable | undefined
  #opener: PortOpener | undefined
  readonly #publishers = new Set<RegisteredPublishers>()
  readonly #watchers = new Set<RegisteredWatchers>()
  /** Requests that were granted, until they have begun. */
  readonly #granted = new WeakMap<ConnectionInfo, Map<number, RegisteredPublishers | RegisteredWatchers>>()
  /** What is published and played under registrations, by {@link keyOf}. */
  readonly #publishes = new Map<
    string,
    Begun<PublishContext, RegisteredPublishers> & { readonly feed: PublisherFeed }
  >()
  readonly #plays = new Map<string, Begun<PlayContext, RegisteredWatchers>>()
  #unsubscribe: readonly (() => void)[] | undefined

  /** Says which server they stand in, before anybody comes. */
  standIn(host: RegistrationHost): void {
    this.#host = host
  }

  /** Says who opens ports; without it, registrations are for ports that are open already. */
  openPortsWith(opener: PortOpener): void {
    this.#opener = opener
    this.#ports = new PortTable(opener)
  }

  get all(): readonly Registration[] {
    return [...this.#publishers, ...this.#watchers]
  }

  async listenForPublishers(options: PublisherRegistrationOptions): Promise<Registration> {
    return this.#register(
      this.#publishers,
      options,
      (port, onRemove) => new RegisteredPublishers(port, options, onRemove),
    )
  }

  async listenForWatchers(options: WatcherRegistrationOptions): Promise<WatcherRegistration> {
    const inject = (app: string, streamName: string) => this.#server.inject(app, streamName)
    return this.#register(
      this.#watchers,
      options,
      (port, onRemove) => new RegisteredWatchers(port, options, onRemove, inject),
    )
  }

  /** What registrations say about requests, to be asked before the application's handler. */
  readonly handler: ServerHandler = {
    connect: (context) => this.#decideConnect(context),
    publish: (context) => {
      if (isInNamespace(context.app)) return reject(`nobody takes ${context.path} here`)
      return this.#rules(this.#publishers, context) ? this.#decidePublish(context) : undefined
    },
    play: (context) => {
      if (isInNamespace(context.app)) return reject(`there is no stream ${context.streamName} here`)
      return this.#rules(this.#watchers, context) ? this.#decidePlay(context) : undefined
    },
  }

  get #server(): RegistrationHost {
    if (this.#host === undefined) throw new Error('these registrations stand in no server')
    return this.#host
  }

  async #register<Kind extends RegisteredPublishers | RegisteredWatchers>(
    known: Set<Kind>,
    options: RegistrationOptions,
    make: (port: number, onRemove: () => void) => Kind,
  ): Promise<Kind> {
    options.signal?.throwIfAborted()
    this.#checkConflict(known, options.port, options)
    let registered: Kind | undefined
    const onRemove = (): void => {
      if (registered === undefined) return
      known.delete(registered)
      this.#ports?.release(registered.port)
      this.#listen()
    }
    // In its place before the port is open, so that a second one sees it.
    if (options.port !== 0) {
      registered = make(options.port, onRemove)
      known.add(registered)
    }
    try {
      if (this.#ports === undefined) {
        throw usageError('REGISTRATION_PORT', 'nobody here opens ports', 'port')
      }
      const port = await this.#ports.use(options.port, options.tls)
      if (registered === undefined) {
        registered = this.#inPlace(port, () => make(port, onRemove))
        known.add(registered)
      }
    } catch (error) {
      if (registered !== undefined) known.delete(registered)
      throw error
    }
    this.#listen()
    return registered
  }

  /** What cannot be made leaves no port open behind. */
  #inPlace<Kind>(port: number, make: () => Kind): Kind {
    try {
      return make()
    } catch (error) {
      this.#ports?.release(port)
      throw error
    }
  }

  #checkConflict(
    known: ReadonlySet<RegisteredPublishers | RegisteredWatchers>,
    port: number,
    options: RegistrationOptions,
  ): void {
    const { app, streamName } = placeOf(options)
    for (const other of known) {
      if (other.port !== port || other.app !== app) continue
      if (other.streamName !== undefined && streamName !== undefined && other.streamName !== streamName)
        continue
      const what = other.streamName === undefined ? 'every stream' : other.streamName
      const message = `port ${port} has a registration for ${what} of ${app} already`
      throw usageError('REGISTRATION_CONFLICT', message, 'streamName')
    }
  }

  /** Whether registrations of a kind decide about a request. */
  #rules(
    known: ReadonlySet<RegisteredPublishers | RegisteredWatchers>,
    { connection: { localPort } }: PublishContext | PlayContext,
  ): boolean {
    if (this.#ports?.has(localPort) === true && this.#opener?.own(localPort) === undefined) return true
    for (const { port } of known) if (port === localPort) return true
    return false
  }

  #decideConnect({ connection: { localPort }, app }: ConnectContext): Decision {
    if (this.#ports?.has(localPort) !== true) return undefined
    for (const registered of this.all) {
      if (registered.port === localPort && mayBeBelow(app, registered.app)) return undefined
    }
    return reject(`there is no app ${app} on this port`, { code: StatusCode.connectInvalidApp })
  }

  #decidePublish(context: PublishContext): Awaitable<Decision> {
    const { streamName, path, publishType } = context
    const registered = this.#find(this.#publishers, context)
    if (registered === undefined) return reject(`nobody takes ${path} here`)
    if (publishType !== 'live') return reject(`publishing to ${publishType} is not possible here`)
    const present = this.#server.registry.find(registered.appInside, streamName)?.publication
    if (present !== undefined && this.#server.registry.options.secondPublisher === 'refuse') {
      const description = `${streamName} is being published by someone else`
      return reject(description, { code: StatusCode.publishBadName })
    }
    return this.#ask(registered, context, () => registered.options.approve?.(context))
  }

  #decidePlay(context: PlayContext): Awaitable<Decision> {
    const registered = this.#find(this.#watchers, context)
    if (registered === undefined) return reject(`there is no stream ${context.streamName} here`)
    return this.#ask(registered, context, () => registered.options.approve?.(context))
  }

  /** Any before exact. */
  #find<Kind extends RegisteredPublishers | RegisteredWatchers>(
    known: ReadonlySet<Kind>,
    { connection, app, streamName }: PublishContext | PlayContext,
  ): Kind | undefined {
    let found: Kind | undefined
    for (const registered of known) {
      if (registered.port !== connection.localPort || !registered.isFor(app, streamName)) continue
      if (registered.streamName === undefined) return registered
      found = registered
    }
    return found
  }

  #ask(
    registered: RegisteredPublishers | RegisteredWatchers,
    context: PublishContext | PlayContext,
    approve: () => Awaitable<Decision>,
  ): Awaitable<Decision> {
    if (!registered.allows(context.connection.remoteAddress)) return reject('this address may not come here')
    const answered = (decision: Decision): Decision => {
      if (!isGranted(decision)) return decision
      if (registered.removed) return reject('the registration was removed')
      const granted = this.#granted.get(context.connection) ?? new Map()
      granted.set(context.messageStreamId, registered)
      this.#granted.set(context.connection, granted)
      return registered.appInside === registered.app ? decision : insideOf(registered, decision)
    }
    const answer = approve()
    return isPromise<Decision>(answer) ? answer.then(answered) : answered(answer)
  }

  #tell(what: string, call: () => unknown): void {
    this.#server.door.call(`a registration's ${what}`, call)
  }

  /** Hears what begins and ends as long as there is any registration. */
  #listen(): void {
    const wanted = this.#publishers.size + this.#watchers.size + this.#publishes.size + this.#plays.size > 0
    if (wanted && this.#unsubscribe === undefined) {
      const { events } = this.#server
      this.#unsubscribe = [
        events.on('publishStarted', (context) => this.#publishStarted(context)),
        events.on('publishEnded', (context) => this.#publishEnded(context)),
        events.on('playStarted', (context) => this.#playStarted(context)),
        events.on('playEnded', (context) => this.#playEnded(context)),
      ]
    } else if (!wanted && this.#unsubscribe !== undefined) {
      for (const off of this.#unsubscribe) off()
      this.#unsubscribe = undefined
    }
  }

  /** The registration under which something was granted that begins now. */
  #began<Kind extends RegisteredPublishers | RegisteredWatchers>(
    { connection, messageStreamId }: PublishContext | PlayContext,
    isKind: (registered: RegisteredPublishers | RegisteredWatchers) => registered is Kind,
  ): Kind | undefined {
    const granted = this.#granted.get(connection)
    const registered = granted?.get(messageStreamId)
    granted?.delete(messageStreamId)
    if (registered === undefined || !isKind(registered)) return undefined
    if (!registered.removed) return registered
    connection.client.kick('the registration was removed')
    return undefined
  }

  #publishStarted(context: PublishContext): void {
    const registered = this.#began(context, isPublishers)
    if (registered === undefined) return
    registered.contexts.add(context)
    const feed = new PublisherFeed(this.#server, registered.options, context)
    this.#publishes.set(keyOf(context), { context, registered, feed })
  }

  #publishEnded(ended: PublishContext): void {
    const begun = this.#publishes.get(keyOf(ended))
    if (begun === undefined) return
    this.#publishes.delete(keyOf(ended))
    begun.registered.contexts.delete(begun.context)
    begun.feed.end()
    this.#listen()
  }

  #playStarted(context: PlayContext): void {
    const registered = this.#began(context, isWatchers)
    if (registered === undefined) return
    registered.contexts.add(context)
    this.#plays.set(keyOf(context), { context, registered })
    const first = registered.joined(context.streamName)
    this.#tell('connected', () => registered.options.connected?.(context))
    if (first) this.#tell('active', () => registered.options.active?.(context.streamName))
  }

  #playEnded(ended: PlayContext): void {
    const begun = this.#plays.get(keyOf(ended))
    if (begun === undefined) return
    const { context, registered } = begun
    this.#plays.delete(keyOf(ended))
    registered.contexts.delete(context)
    const last = registered.left(context.streamName)
    this.#tell('stopped', () => registered.options.stopped?.(context))
    if (last) this.#tell('inactive', () => registered.options.inactive?.(context.streamName))
    this.#listen()
  }
}

/** What is granted, in the namespace of the registration's port. */
const insideOf = (
  { app, appInside }: { readonly app: string; readonly appInside: string },
  decision: Decision,
): Decision => {
  const grant = grantIn(decision) ?? accept()
  return { ...grant, app: grant.app === undefined || grant.app === app ? appInside : grant.app }
}

interface Begun<Context, Kind> {
  readonly context: Context
  readonly registered: Kind
}

/** Whether who connects to one app can mean a stream of another: clients cut paths as they like. */
const mayBeBelow = (connected: string, app: string): boolean =>
  connected === app || connected === '' || connected.startsWith(`${app}/`) || app.startsWith(`${connected}/`)

const keyOf = ({ connection, messageStreamId }: PublishContext | PlayContext): string =>
  `${connection.id} ${messageStreamId}`

const isPublishers = (registered: object): registered is RegisteredPublishers =>
  registered instanceof RegisteredPublishers
const isWatchers = (registered: object): registered is RegisteredWatchers =>
  registered instanceof RegisteredWatchers

const usageError = (code: RegistrationErrorCode, message: string, path: string): UsageError =>
  new UsageError(code, message, path)
