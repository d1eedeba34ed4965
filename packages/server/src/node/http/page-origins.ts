import ipaddr from 'ipaddr.js'

/** Whether a `Host` is an address, this machine's own name for itself, or the name that the port was bound to: none that a stranger can point at it. */
export const isOwnHost = (given: string | undefined, bound: string | undefined): boolean => {
  if (given === undefined || !URL.canParse(`http://${given}`)) return false
  const { hostname } = new URL(`http://${given}`)
  const name = hostname.replace(/^\[(.*)\]$/, '$1')
  return ipaddr.isValid(name) || name === 'localhost' || name === bound?.toLowerCase()
}

/** Which web pages may open WebSockets and publish: those of the origins that are listed, and this server's own. */
export class PageOrigins {
  readonly #listed: ReadonlySet<string>
  readonly #bound: string | undefined

  /**
   * @param listed - See `HttpOptions.origins`.
   * @param bound - The name that the port was bound to.
   */
  constructor(listed: readonly string[] = ['*'], bound?: string) {
    this.#listed = new Set(listed)
    this.#bound = bound
  }

  /** Whether pages from everywhere may. */
  get areAll(): boolean {
    return this.#listed.has('*')
  }

  /**
   * Whether a page of this origin may, which has asked for this `Host`. Its own origin is the server's if it was asked by its address or its own name:
   * any other name has to be listed, since a stranger may have pointed it here (DNS rebinding).
   */
  allow(origin: string, host: string | undefined): boolean {
    if (this.areAll || this.#listed.has(origin)) return true
    return isOwnHost(host, this.#bound) && URL.canParse(origin) && new URL(origin).host === host
  }
}
