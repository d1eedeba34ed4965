import { cutPath, streamPath } from '@rtmp/message'
import { UsageError } from '@rtmp/bytes'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import type { LocalPublisher } from '../contract/local-publisher.ts'
import { AddressList } from '../transport/address-list.ts'
import type {
  AddressRestriction,
  PublisherRegistrationOptions,
  Registration,
  RegistrationOptions,
  WatcherRegistration,
  WatcherRegistrationOptions,
} from './registration.ts'

/** What stands of a registration in the table. */
export abstract class Registered<Context extends PublishContext | PlayContext> implements Registration {
  abstract readonly kind: 'publisher' | 'watcher'
  readonly port: number
  readonly app: string
  readonly streamName: string | undefined
  /** What is published or played under it now. */
  readonly contexts = new Set<Context>()
  /** The app inside the server. */
  readonly appInside: string
  readonly #addresses: AddressList | undefined
  readonly #denies: boolean
  readonly #onRemove: (registered: Registered<Context>) => void
  #removed = false

  constructor(
    port: number,
    options: RegistrationOptions,
    onRemove: (registered: Registered<Context>) => void,
  ) {
    this.port = port
    const { app, streamName } = placeOf(options)
    this.app = app
    this.streamName = streamName
    this.appInside = options.namespace === 'port' ? streamPath(namespaceOf(port), app) : app
    this.#onRemove = onRemove
    this.#denies = options.addresses?.deny !== undefined
    this.#addresses = listOf(options.addresses)
    options.signal?.addEventListener('abort', () => this.remove(), { once: true })
  }

  get removed(): boolean {
    return this.#removed
  }

  /** Whether an address may come. */
  allows(address: string): boolean {
    return this.#addresses === undefined || this.#addresses.has(address) !== this.#denies
  }

  /** Whether it is for a name. */
  isFor(app: string, streamName: string): boolean {
    return this.app === app && (this.streamName === undefined || this.streamName === streamName)
  }

  remove(): void {
    if (this.#removed) return
    this.#removed = true
    this.#onRemove(this)
    for (const { connection } of this.contexts) connection.client.kick('the registration was removed')
  }
}

/** A registration for publishers. */
export class RegisteredPublishers extends Registered<PublishContext> {
  readonly kind = 'publisher'
  readonly options: PublisherRegistrationOptions

  constructor(
    port: number,
    options: PublisherRegistrationOptions,
    onRemove: (registered: Registered<PublishContext>) => void,
  ) {
    super(port, options, onRemove)
    this.options = options
  }
}

/** A registration for players. */
export class RegisteredWatchers extends Registered<PlayContext> implements WatcherRegistration {
  readonly kind = 'watcher'
  readonly options: WatcherRegistrationOptions
  readonly #publish: (app: string, streamName: string) => LocalPublisher | undefined
  /** Players by the name they play. */
  readonly #players = new Map<string, number>()
  /** What was brought to them from inside the process. */
  readonly #injected = new Set<LocalPublisher>()

  constructor(
    port: number,
    options: WatcherRegistrationOptions,
    onRemove: (registered: Registered<PlayContext>) => void,
    publish: (app: string, streamName: string) => LocalPublisher | undefined,
  ) {
    super(port, options, onRemove)
    this.options = options
    this.#publish = publish
  }

  /** One more plays a name; whether it is the first. */
  joined(streamName: string): boolean {
    const before = this.#players.get(streamName) ?? 0
    this.#players.set(streamName, before + 1)
    return before === 0
  }

  /** One plays a name no more; whether it was the last. */
  left(streamName: string): boolean {
    const after = (this.#players.get(streamName) ?? 0) - 1
    if (after > 0) this.#players.set(streamName, after)
    else this.#players.delete(streamName)
    return after <= 0
  }

  inject(streamName: string): LocalPublisher | undefined {
    if (!this.isFor(this.app, streamName)) {
      const message = `the registration is for ${this.streamName}`
      throw new UsageError('REGISTRATION_NAME', message, 'streamName')
    }
    if (this.removed) return undefined
    for (const publisher of this.#injected) if (publisher.ended) this.#injected.delete(publisher)
    const publisher = this.#publish(this.appInside, streamName)
    if (publisher !== undefined) this.#injected.add(publisher)
    return publisher
  }

  /** What was injected ends with it. */
  override remove(): void {
    super.remove()
    for (const publisher of this.#injected) publisher.end()
    this.#injected.clear()
  }
}

/** Apps of ports with a namespace of their own begin with it. */
const namespaceOf = (port: number): string => `port:${port}`

/** Whether an app is one inside a port's namespace. */
export const isInNamespace = (app: string): boolean => /^port:\d+(?:\/|$)/.test(app)

const listOf = (restriction: AddressRestriction | undefined): AddressList | undefined => {
  if (restriction === undefined) return undefined
  const { allow, deny } = restriction
  if (allow !== undefined && deny !== undefined) {
    const message = 'give allow or deny, not both: allow alone keeps everybody else away'
    throw new UsageError('REGISTRATION_ADDRESSES', message, 'addresses')
  }
  if (allow !== undefined) return new AddressList(allow, 'addresses.allow')
  if (deny !== undefined) return new AddressList(deny, 'addresses.deny')
  const message = "give a list of addresses as allow or as deny: { allow: ['192.0.2.0/24'] }"
  throw new UsageError('REGISTRATION_ADDRESSES', message, 'addresses')
}

/** What a registration is for, in the one cut of a path: a whole app, or one stream. */
export const placeOf = ({
  app,
  streamName,
}: RegistrationOptions): { readonly app: string; readonly streamName: string | undefined } =>
  streamName === undefined ? { app, streamName } : cutPath(streamPath(app, streamName))
