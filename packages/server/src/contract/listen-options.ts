import type { TlsOptions } from './tls-options.ts'

/** Where to listen. */
export interface ListenOptions {
  /** 0 chooses a free one. */
  readonly port: number
  /** Address or host name; every address, IPv4 and IPv6, unless given. */
  readonly host?: string
  /** Connections that wait to be accepted. Default 511. */
  readonly backlog?: number
  /** RTMPS: clients must speak TLS. */
  readonly tls?: TlsOptions
  /**
   * Addresses and networks of load balancers. A connection from one of them must begin with a header of the PROXY
   * protocol (version 1 or 2), which says who the client is; others are taken as they are.
   */
  readonly proxyFrom?: readonly string[]
  /**
   * A server of the application's own to take connections from: a socket handed over by the system, a Unix socket, one
   * that a cluster shares: a `net.Server` of Node. It is listening or will be; `port`, `host` and `backlog` say nothing then.
   */
  readonly server?: { readonly listening: boolean; address(): unknown }
}
