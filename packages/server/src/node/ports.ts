import type { ServerCore } from '../core/server-core.ts'
import type { OpenedPort } from '../registrations/port-table.ts'
import { EventCounters } from '../stats/event-counters.ts'
import type { HttpOptions } from './http/http-options.ts'
import type { HttpControls, HttpPort } from './http/http-port.ts'
import { type Listener, type ListenOptions, listenRtmp } from './listen.ts'
import type { TlsOptions } from './tls/certificate-store.ts'

/** The port of RTMP. */
export const RTMP_PORT = 1935

/** All ports of a server. */
export class Ports {
  readonly #core: ServerCore
  readonly #wanted: readonly ListenOptions[]
  readonly #wantedHttp: HttpOptions | false
  readonly #controls: HttpControls
  readonly #counters: EventCounters | undefined
  #listeners: readonly Listener[] = []
  /** Ports that were opened for registrations. */
  readonly #registered = new Set<Listener>()
  #http: HttpPort | undefined
  #open = false

  constructor(
    core: ServerCore,
    listeners: readonly ListenOptions[],
    http: HttpOptions | false,
    controls: HttpControls,
  ) {
    this.#core = core
    this.#wanted = listeners
    this.#wantedHttp = http
    this.#controls = controls
    if (http !== false) this.#counters = new EventCounters(core.events)
  }

  /** Where RTMP is taken, in the order of the options. */
  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  get http(): HttpPort | undefined {
    return this.#http
  }

  /** Whether all ports listen. */
  get isOpen(): boolean {
    return this.#open
  }

  /** Opens all ports; when one cannot be, none is. @throws Error of Node with the `port` it is about */
  async open(): Promise<void> {
    try {
      for (const options of this.#wanted) {
        this.#listeners = [...this.#listeners, await about(options.port, listenRtmp(this.#core, options))]
      }
      const counters = this.#counters
      if (this.#wantedHttp !== false && counters !== undefined) {
        const { HttpPort } = await import('./http/http-port.ts')
        const subject = { core: this.#core, counters, ...this.#controls }
        this.#http = await about(this.#wantedHttp.port, HttpPort.listen(subject, this.#wantedHttp))
      }
    } catch (error) {
      this.close()
      throw error
    }
    this.#open = true
  }

  /** Whether a port listens by the options, and whether it speaks TLS. */
  own(port: number): { readonly secure: boolean } | undefined {
    return this.#listeners.find(({ address }) => address.port === port)
  }

  /** Opens a port for registrations, at the address of the first one. @throws Error of Node */
  async openRegistered(port: number, tls: TlsOptions | undefined): Promise<OpenedPort> {
    const host = this.#wanted[0]?.host
    const listener = await listenRtmp(this.#core, {
      port,
      ...(host === undefined ? {} : { host }),
      ...(tls === undefined ? {} : { tls }),
    })
    this.#registered.add(listener)
    const close = (): void => {
      this.#registered.delete(listener)
      listener.close()
    }
    return { port: listener.address.port, close }
  }

  /** Takes no more RTMP; the HTTP port goes on to say so. */
  stopRtmp(): void {
    for (const listener of [...this.#listeners, ...this.#registered]) listener.close()
    this.#listeners = []
    this.#registered.clear()
  }

  close(): void {
    this.#open = false
    this.stopRtmp()
    this.#http?.close()
    this.#http = undefined
  }

  async reloadCertificates(): Promise<void> {
    const stores = new Set(
      [...this.#listeners, ...this.#registered].flatMap(({ certificates }) => certificates ?? []),
    )
    for (const store of stores) await store.reload()
  }
}

/** Adds the port to an error that does not name it. */
const about = async <T>(port: number, listening: Promise<T>): Promise<T> => {
  try {
    return await listening
  } catch (error) {
    if (error instanceof Error && !('port' in error)) Object.assign(error, { port })
    throw error
  }
}
