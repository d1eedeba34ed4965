/** Who or what is banned: an address, a stream, or an address from a stream. At least one of the two is given. */
export interface BanOptions {
  /** An address or a network: `'192.0.2.7'`, `'2001:db8::/32'`. */
  readonly address?: string
  /** `app/name`, with `*` for any text: `'live/show'`, `'live/*'`. */
  readonly stream?: string
  /** What is banned. Default publishing and playing, and for an address without a stream everything. */
  readonly actions?: readonly ('publish' | 'play')[]
  /** How long it holds, in seconds, from 1 on; for as long as the server runs unless given. */
  readonly seconds?: number
  /** What those are told who fall under it. */
  readonly reason?: string
}

/** A ban that holds. */
export interface Ban {
  /** Counts up from 1 in each server. */
  readonly id: number
  /** An IP address or a network; `undefined` for any. */
  readonly address: string | undefined
  /** A path or a pattern of one; `undefined` for any. */
  readonly stream: string | undefined
  /** `undefined`: everything that comes from the address. */
  readonly actions: readonly ('publish' | 'play')[] | undefined
  /** What those are told who fall under it; `'banned'` unless it was given. */
  readonly reason: string
  /** Seconds for which it still holds; `undefined` for as long as the server runs. */
  readonly secondsLeft: number | undefined
}

/**
 * Addresses and streams that are kept away for a while. They are kept in memory only: a restart forgets them; what
 * should hold for ever belongs into the access rules.
 *
 * They hold for clients. What the application publishes itself is its own affair.
 */
export interface Bans {
  /**
   * Bans from now on. Who is there and falls under it is ended, with the reason.
   *
   * @throws UsageError `BAN_INVALID` or `ADDRESS_INVALID` with the field, `BAN_TOO_MANY`
   */
  add(options: BanOptions): Ban
  /** Lifts a ban. False when there is none of that number. */
  remove(id: number): boolean
  /** What is banned now, in the order in which it was. */
  list(): Ban[]
}
