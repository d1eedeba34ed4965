import { UsageError } from '@rtmp/bytes'
import type { Ban, BanOptions, Bans } from '../contract/ban.ts'
import type { StreamAction } from '../contract/stream-action.ts'
import { streamPath } from '@rtmp/message'
import { matchesPattern } from '../names/pattern.ts'
import { type Timed, WheelTimer } from '@rtmp/live/engine'
import { AddressList, type ParsedAddress, parsedAddress } from '../transport/address-list.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { Connection } from './connection.ts'
import { type Reject, reject } from '../contract/decision.ts'
import type { Time } from './services.ts'

/** The most bans at once: each is looked at for every request. A firewall is better at more. */
const MOST_BANS = 1000

const ACTIONS: readonly StreamAction[] = ['publish', 'play']

/** What bans are given of the server. */
type BanServices = Time & { readonly connections: ReadonlySet<Connection> }

interface Entry {
  readonly id: number
  readonly options: BanOptions
  readonly addresses: AddressList | undefined
  readonly actions: readonly StreamAction[] | undefined
  readonly reason: string
  /** In the server's milliseconds. */
  readonly endsAt: number
}

/** The bans of one server. */
export class BanList implements Bans, Timed {
  readonly #services: BanServices
  readonly #entries = new Map<number, Entry>()
  readonly #timer: WheelTimer = new WheelTimer(this)
  #lastId: number

  constructor(services: BanServices, firstNumber = 0) {
    this.#services = services
    this.#lastId = firstNumber
  }

  /** @param number - The ban's number, where another server of the cluster has given it. */
  add(options: BanOptions, number?: number): Ban {
    const { address, stream, actions, seconds, reason = 'banned' } = options
    if (address === undefined && stream === undefined) {
      throw new UsageError('BAN_INVALID', 'give an address, a stream, or both', 'address')
    }
    if (stream === '') throw new UsageError('BAN_INVALID', "give a stream such as 'live/show'", 'stream')
    if (actions !== undefined && (actions.length === 0 || actions.some((one) => !ACTIONS.includes(one)))) {
      throw new UsageError('BAN_INVALID', "give 'publish', 'play' or both", 'actions')
    }
    if (seconds !== undefined && !(Number.isFinite(seconds) && seconds >= 1)) {
      throw new UsageError('BAN_INVALID', 'give a number of seconds from 1 on', 'seconds')
    }
    const addresses = address === undefined ? undefined : addressesOf(address)
    this.#forgetEnded(this.#services.now())
    if (this.#entries.size >= MOST_BANS) {
      const message = `there are ${MOST_BANS} bans already; remove some, or use a firewall`
      throw new UsageError('BAN_TOO_MANY', message, 'bans')
    }
    const endsAt = seconds === undefined ? Number.POSITIVE_INFINITY : this.#services.now() + seconds * 1000
    const id = number ?? ++this.#lastId
    const entry: Entry = {
      id,
      options,
      addresses,
      actions: actions ?? (stream === undefined ? undefined : ACTIONS),
      reason,
      endsAt,
    }
    this.#entries.set(id, entry)
    this.#arm()
    for (const connection of this.#services.connections) this.#end(entry, connection)
    return this.#shown(entry)
  }

  remove(id: number): boolean {
    this.#forgetEnded(this.#services.now())
    const removed = this.#entries.delete(id)
    this.#arm()
    return removed
  }

  list(): Ban[] {
    const now = this.#services.now()
    return Array.from(this.#entries.values())
      .filter(({ endsAt }) => endsAt > now)
      .map((entry) => this.#shown(entry))
  }

  /** Why a client may not connect. */
  connectRefusal(connection: ConnectionInfo): Reject | undefined {
    if (this.#entries.size === 0) return undefined
    const address = parsedAddress(connection.remoteAddress)
    return this.#refusal((entry) => entry.actions === undefined && comesFrom(entry, address))
  }

  /** Why a client may not publish or play a stream. */
  streamRefusal(
    connection: ConnectionInfo,
    action: StreamAction,
    app: string,
    streamName: string,
  ): Reject | undefined {
    if (this.#entries.size === 0) return undefined
    const address = parsedAddress(connection.remoteAddress)
    const path = streamPath(app, streamName)
    return this.#refusal((entry) => forbids(entry, action, path) && comesFrom(entry, address))
  }

  /** Forgets what is over. */
  onTimer(now: number): void {
    this.#forgetEnded(now)
    this.#arm()
  }

  #forgetEnded(now: number): void {
    for (const { id, endsAt } of this.#entries.values()) if (endsAt <= now) this.#entries.delete(id)
  }

  #refusal(applies: (entry: Entry) => boolean): Reject | undefined {
    const now = this.#services.now()
    for (const entry of this.#entries.values()) {
      if (entry.endsAt > now && applies(entry)) return reject(entry.reason)
    }
    return undefined
  }

  /** Ends what a connection does against a ban. */
  #end(entry: Entry, connection: Connection): void {
    if (entry.addresses !== undefined && !comesFrom(entry, parsedAddress(connection.remoteAddress))) return
    if (entry.actions === undefined) {
      connection.client.kick(entry.reason)
      return
    }
    const why = reject(entry.reason)
    const { activities } = connection
    for (const { context } of activities.playbacks) {
      if (forbids(entry, 'play', context.path)) {
        activities.endPlay(context.messageStreamId, why, 'kicked')
      }
    }
    for (const { context } of activities.publishings) {
      if (forbids(entry, 'publish', context.path)) {
        activities.endPublish(context.messageStreamId, why, 'kicked')
      }
    }
  }

  #arm(): void {
    let first = Number.POSITIVE_INFINITY
    for (const { endsAt } of this.#entries.values()) first = Math.min(first, endsAt)
    if (first === Number.POSITIVE_INFINITY) this.#services.wheel.cancel(this.#timer)
    else this.#services.wheel.set(this.#timer, first)
  }

  #shown({ id, options, actions, reason, endsAt }: Entry): Ban {
    const leftMs = endsAt - this.#services.now()
    const secondsLeft = Number.isFinite(leftMs) ? Math.max(0, Math.ceil(leftMs / 1000)) : undefined
    return { id, address: options.address, stream: options.stream, actions, reason, secondsLeft }
  }
}

const comesFrom = ({ addresses }: Entry, address: ParsedAddress): boolean =>
  addresses === undefined || addresses.holds(address)

const forbids = ({ actions, options }: Entry, action: StreamAction, path: string): boolean =>
  (actions === undefined || actions.includes(action)) && matchesPattern(options.stream ?? '*', path)

/** The path of the error is the field itself, not an entry of a list. */
const addressesOf = (address: string): AddressList => {
  try {
    return new AddressList([address], 'address')
  } catch (cause) {
    const wanted = "an IP address or a network such as '10.0.0.0/8' or '2001:db8::/32'"
    throw new UsageError('ADDRESS_INVALID', `'${address}' is not ${wanted}`, 'address', { cause })
  }
}
