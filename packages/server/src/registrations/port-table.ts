import { UsageError } from '@rtmp/bytes'
import type { TlsOptions } from '../contract/tls-options.ts'

/** A port that listens for registrations. */
export interface OpenedPort {
  readonly port: number
  /** Takes no more connections. */
  close(): void
}

/** Who can open ports. */
export interface PortOpener {
  /** Whether the server listens on a port without any registration, and whether that speaks TLS. */
  own(port: number): { readonly secure: boolean } | undefined
  /** Opens a port; 0 takes a free one. */
  open(port: number, tls: TlsOptions | undefined): Promise<OpenedPort>
}

interface Entry {
  readonly secure: boolean
  readonly opened: Promise<OpenedPort>
  users: number
}

/** Ports by who needs them: opened once for the first, closed after the last. */
export class PortTable {
  readonly #opener: PortOpener
  readonly #entries = new Map<number, Entry>()

  constructor(opener: PortOpener) {
    this.#opener = opener
  }

  /** Whether a port is open for registrations only. */
  has(port: number): boolean {
    return this.#entries.has(port)
  }

  /**
   * Takes part in a port; resolves with its number once it is open.
   *
   * @throws UsageError `REGISTRATION_TLS`, `REGISTRATION_PORT`
   */
  async use(port: number, tls: TlsOptions | undefined): Promise<number> {
    const secure = tls !== undefined
    const own = this.#opener.own(port)
    const known = own ?? this.#entries.get(port)
    if (known !== undefined && known.secure !== secure) {
      const [is, wanted] = known.secure ? ['speaks', 'does not'] : ['does not speak', 'does']
      throw new UsageError('REGISTRATION_TLS', `port ${port} ${is} TLS and the registration ${wanted}`, 'tls')
    }
    if (own !== undefined) return port
    if (port === 0) return this.#openFree(tls)
    const entry = this.#entries.get(port) ?? this.#open(port, secure, tls)
    entry.users += 1
    try {
      return (await entry.opened).port
    } catch (cause) {
      if (this.#entries.get(port) === entry) this.#entries.delete(port)
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new UsageError('REGISTRATION_PORT', `port ${port} cannot be opened: ${why}`, 'port', { cause })
    }
  }

  /** Takes part no longer. */
  release(port: number): void {
    const entry = this.#entries.get(port)
    if (entry === undefined) return
    entry.users -= 1
    if (entry.users > 0) return
    this.#entries.delete(port)
    void entry.opened.then((opened) => opened.close())
  }

  #open(port: number, secure: boolean, tls: TlsOptions | undefined): Entry {
    const entry: Entry = { secure, opened: this.#opener.open(port, tls), users: 0 }
    this.#entries.set(port, entry)
    return entry
  }

  async #openFree(tls: TlsOptions | undefined): Promise<number> {
    try {
      const opened = await this.#opener.open(0, tls)
      this.#entries.set(opened.port, { secure: tls !== undefined, opened: Promise.resolve(opened), users: 1 })
      return opened.port
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new UsageError('REGISTRATION_PORT', `no port can be opened: ${why}`, 'port', { cause })
    }
  }
}
