import { UsageError } from '@rtmp/bytes'
import type { StreamAction } from '../access/access-handler.ts'
import { matchesPattern, streamPath } from '../access/pattern.ts'
import { type Timed, WheelTimer } from '../relay/timer-wheel.ts'
import { AddressList, type ParsedAddress, parsedAddress } from '../transport/address-list.ts'
import type { Connection } from './connection.ts'
import { type Reject, reject } from './decision.ts'
import type { ServerCore } from './server-core.ts'

/** Who or what is banned: an address, a stream, or an address from a stream. At least one of the two is given. */
export interface BanOptions {
  /** An address or a network: `'192.0.2.7'`, `'2001:db8::/32'`. */
  readonly address?: string
  /** `app/name`, with `*` for any text: `'live/show'`, `'live/*'`. */
  readonly stream?: string
  /** What is banned. Default publishing and playing, and for an address without a stream everything. */
  readonly actions?: readonly StreamAction[]
  /** How long it holds, in seconds, from 1 on; for as long as the server runs unless given. */
  readonly seconds?: number
  /** What those are told who fall under it. */
  readonly reason?: string
}

/** A ban that holds. */
export interface Ban {
  /** Counts up from 1 in each server. */
  readonly id: number
  readonly address: string | undefined
  readonly stream: string | undefined
  /** `undefined`: everything that comes from the address. */
  readonly actions: readonly StreamAction[] | undefined
  readonly reason: string
  /** Seconds for which it still holds; `undefined` for as long as the server runs. */
  readonly secondsLeft: number | undefined
}

/** The most bans at once: each is looked at for every request. A firewall is better at more. */
const MOST_BANS = 1000

const ACTIONS: readonly StreamAction[] = ['publish', 'play']

interface Entry {
  readonly id: number
  readonly options: BanOptions
  readonly addresses: AddressList | undefined
  readonly actions: readonly StreamAction[] | undefined
  readonly reason: string
  /** In the server's milliseconds. */
  readonly endsAt: number
}

/**
 * Addresses and streams that are kept away for a while. They are kept in memory only: a restart forgets them; what
 * should hold for ever belongs into the access rules.
 *
 * They hold for clients. What the application publishes itself is its own affair.
 */
export class Bans implements Timed {
  readonly #core: ServerCore
  readonly #entries = new Map<number, Entry>()
  readonly #timer: WheelTimer = new WheelTimer(this)
  #lastId = 0

  /** @internal */
  constructor(core: ServerCore) {
    this.#core = core
  }

  /**
   * Bans from now on. Who is there and falls under it is ended, with the reason.
   *
   * @throws UsageError `BAN_INVALID` or `ADDRESS_INVALID` with the field, `BAN_TOO_MANY`
   */
  add(options: BanOptions): Ban {
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
    this.#forgetEnded(this.#core.now())
    if (this.#entries.size >= MOST_BANS) {
      const message = `there are ${MOST_BANS} bans already; remove some, or use a firewall`
      throw new UsageError('BAN_TOO_MANY', message, 'bans')
    }
    const endsAt = seconds === undefined ? Number.POSITIVE_INFINITY : this.#core.now() + seconds * 1000
    const id = ++this.#lastId
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
    for (const connection of this.#core.connections) this.#end(entry, connection)
    return this.#shown(entry)
  }

  /** Lifts a ban. False when there is none of that number. */
  remove(id: number): boolean {
    this.#forgetEnded(this.#core.now())
    const removed = this.#entries.delete(id)
    this.#arm()
    return removed
  }

  /** What is banned now, in the order in which it was. */
  list(): Ban[] {
    const now = this.#core.now()
    return Array.from(this.#entries.values())
      .filter(({ endsAt }) => endsAt > now)
      .map((entry) => this.#shown(entry))
  }

  /** @internal Why a client may not connect. */
  connectRefusal(connection: Connection): Reject | undefined {
    if (this.#entries.size === 0) return undefined
    const address = parsedAddress(connection.remoteAddress)
    return this.#refusal((entry) => entry.actions === undefined && comesFrom(entry, address))
  }

  /** @internal Why a client may not publish or play a stream. */
  streamRefusal(
    connection: Connection,
    action: StreamAction,
    app: string,
    streamName: string,
  ): Reject | undefined {
    if (this.#entries.size === 0) return undefined
    const address = parsedAddress(connection.remoteAddress)
    const path = streamPath({ app, streamName })
    return this.#refusal((entry) => forbids(entry, action, path) && comesFrom(entry, address))
  }

  /** @internal Forgets what is over. */
  onTimer(now: number): void {
    this.#forgetEnded(now)
    this.#arm()
  }

  #forgetEnded(now: number): void {
    for (const { id, endsAt } of this.#entries.values()) if (endsAt <= now) this.#entries.delete(id)
  }

  #refusal(applies: (entry: Entry) => boolean): Reject | undefined {
    const now = this.#core.now()
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
      if (forbids(entry, 'play', streamPath(context))) {
        activities.endPlay(context.messageStreamId, why, 'kicked')
      }
    }
    for (const { context } of activities.publishings) {
      if (forbids(entry, 'publish', streamPath(context))) {
        activities.endPublish(context.messageStreamId, why, 'kicked')
      }
    }
  }

  #arm(): void {
    let first = Number.POSITIVE_INFINITY
    for (const { endsAt } of this.#entries.values()) first = Math.min(first, endsAt)
    if (first === Number.POSITIVE_INFINITY) this.#core.wheel.cancel(this.#timer)
    else this.#core.wheel.set(this.#timer, first)
  }

  #shown({ id, options, actions, reason, endsAt }: Entry): Ban {
    const leftMs = endsAt - this.#core.now()
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
