import type { RequestListener } from 'node:http'
import type { ServerCore } from '../core/server-core.ts'
import type { OpenedPort } from '../registrations/port-table.ts'
import { EventCounters } from '../stats/event-counters.ts'
import type { HttpOptions, HttpsOptions } from '../contract/http-options.ts'
import type { HttpPort } from './http/http-port.ts'
import type { HttpService } from './http/http-service.ts'
import type { HttpControls, HttpSubject } from './http/http-subject.ts'
import type { ListenOptions } from '../contract/listen-options.ts'
import { type Listener, listenRtmp } from './listen.ts'
import type { PortSharing } from './open-port.ts'
import type { TlsOptions } from '../contract/tls-options.ts'

/** The port of RTMP. */
export const RTMP_PORT = 1935

/** What is served over HTTP, and where. */
export interface WebPorts {
  readonly http: HttpOptions | false
  readonly https: HttpsOptions | false
}

/** All ports of a server. */
export class Ports {
  readonly #core: ServerCore
  readonly #wanted: readonly ListenOptions[]
  readonly #web: WebPorts
  readonly #controls: HttpControls
  readonly #counters: EventCounters
  readonly #sharing: PortSharing | undefined
  #listeners: readonly Listener[] = []
  /** Ports that were opened for registrations. */
  readonly #registered = new Set<Listener>()
  #service: HttpService | undefined
  #http: HttpPort | undefined
  #https: HttpPort | undefined
  #open = false

  /** @param sharing - Other processes have the same ports. */
  constructor(
    core: ServerCore,
    listeners: readonly ListenOptions[],
    web: WebPorts,
    controls: HttpControls,
    sharing?: PortSharing,
  ) {
    this.#core = core
    this.#wanted = listeners
    this.#web = web
    this.#controls = controls
    this.#sharing = sharing
    this.#counters = new EventCounters(core.events)
  }

  /** Where RTMP is taken, in the order of the options. */
  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  get http(): HttpPort | undefined {
    return this.#http
  }

  get https(): HttpPort | undefined {
    return this.#https
  }

  /** Whether anything is served over HTTP. */
  get servesHttp(): boolean {
    return this.#web.http !== false || this.#web.https !== false
  }

  /** What answers over HTTP, while the server listens. */
  get service(): HttpService | undefined {
    return this.#service
  }

  /** Whether all ports listen. */
  get isOpen(): boolean {
    return this.#open
  }

  /** Opens all ports; when one cannot be, none is. @throws Error of Node with the `port` it is about */
  async open(): Promise<void> {
    const { http, https } = this.#web
    try {
      const service = await this.#serve()
      for (const options of this.#wanted) {
        this.#listeners = [
          ...this.#listeners,
          await about(options.port, listenRtmp(this.#core, options, this.#sharing)),
        ]
      }
      if (service !== undefined) {
        const { HttpPort: Port } = await import('./http/http-port.ts')
        const { port = false, host } = http === false ? {} : http
        if (port !== false)
          this.#http = await about(port, Port.listen(service, { port, host }, undefined, this.#sharing))
        if (https !== false)
          this.#https = await about(https.port, Port.listen(service, https, undefined, this.#sharing))
      }
    } catch (error) {
      this.close()
      throw error
    }
    this.#open = true
  }

  /** What answers other nodes of the cluster: as the HTTP port, to whom all is allowed. They may come before the ports are open. */
  async nodeRequests(): Promise<RequestListener> {
    const { nodeRequests } = await import('./http/node-requests.ts')
    const service = await this.#serve()
    return nodeRequests(this.#subject, service?.outputs)
  }

  /** What answers over HTTP, if anything is. Loaded before anybody can come: strangers could take the file descriptors that loading needs. */
  async #serve(): Promise<HttpService | undefined> {
    const { http } = this.#web
    if (!this.servesHttp) return undefined
    const { HttpService: Service } = await import('./http/http-port.ts')
    this.#service ??= new Service(this.#subject, http === false ? { port: false } : http)
    return this.#service
  }

  get #subject(): HttpSubject {
    return { core: this.#core, counters: this.#counters, ...this.#controls }
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
    this.#service?.close()
    this.#http?.close()
    this.#https?.close()
    this.#http = this.#https = this.#service = undefined
  }

  async reloadCertificates(): Promise<void> {
    const stores = new Set(
      [...this.#listeners, ...this.#registered, ...(this.#https === undefined ? [] : [this.#https])].flatMap(
        ({ certificates }) => certificates ?? [],
      ),
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
