import { UsageError } from '@rtmp/bytes'
import type { PlayContext, PublishContext } from '../core/handler.ts'
import type { LocalPublisher } from '../core/local-publisher.ts'
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
    this.app = options.app
    this.streamName = options.streamName
    this.#onRemove = onRemove
    this.#denies = options.addresses !== undefined && 'deny' in options.addresses
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
    return this.#publish(this.app, streamName)
  }
}

const listOf = (restriction: AddressRestriction | undefined): AddressList | undefined => {
  if (restriction === undefined) return undefined
  return 'allow' in restriction
    ? new AddressList(restriction.allow, 'addresses.allow')
    : new AddressList(restriction.deny, 'addresses.deny')
}
