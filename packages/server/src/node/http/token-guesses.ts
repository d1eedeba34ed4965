import { addressGroup } from '../../transport/address.ts'

/** How often one address may show a wrong token, and what is remembered of it. */
export interface TokenGuessLimits {
  /** Wrong tokens of one address (IPv6: one /64) in a window. */
  readonly most: number
  /** Length of a window, from its first wrong token on, in milliseconds. */
  readonly windowMs: number
  /** Addresses that are remembered; the one whose window began first goes first. */
  readonly addresses: number
}

export const TOKEN_GUESS_LIMITS: TokenGuessLimits = { most: 10, windowMs: 60_000, addresses: 10_000 }

interface Window {
  wrong: number
  readonly endsAt: number
}

/**
 * Wrong tokens by address, so that `http.token` cannot be guessed quickly. Whoever has shown as many as he may is told nothing about
 * the next ones, the right one included, until his window is over: otherwise a right guess would still be told from a wrong one.
 */
export class TokenGuesses {
  readonly #limits: TokenGuessLimits
  /** By group of addresses, in the order in which their windows began, which is the one in which they end. */
  readonly #windows = new Map<string, Window>()

  constructor(limits: TokenGuessLimits = TOKEN_GUESS_LIMITS) {
    this.#limits = limits
  }

  /** Addresses that are remembered now. */
  get size(): number {
    return this.#windows.size
  }

  /** For how many milliseconds no token of an address is looked at; 0 when one may be shown. */
  blockedMs(address: string, now: number): number {
    this.#forget(now)
    const window = this.#windows.get(addressGroup(address))
    return window === undefined || window.wrong < this.#limits.most ? 0 : window.endsAt - now
  }

  /** An address has shown a wrong token. Whether that was the last one it may show for now. */
  wrong(address: string, now: number): boolean {
    const group = addressGroup(address)
    const window = this.#windows.get(group) ?? { wrong: 0, endsAt: now + this.#limits.windowMs }
    window.wrong += 1
    this.#windows.set(group, window)
    const [first] = this.#windows.keys()
    if (this.#windows.size > this.#limits.addresses && first !== undefined) this.#windows.delete(first)
    return window.wrong === this.#limits.most
  }

  #forget(now: number): void {
    for (const [group, { endsAt }] of this.#windows) {
      if (endsAt > now) return
      this.#windows.delete(group)
    }
  }
}
