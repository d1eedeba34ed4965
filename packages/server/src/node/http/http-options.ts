/** The HTTP port. */
export interface HttpOptions {
  /** 0 chooses a free one. */
  readonly port: number
  /** Address or host name; every address, IPv4 and IPv6, unless given. */
  readonly host?: string
  /** Whether RTMP is carried over WebSocket at `/rtmp`. Default true. */
  readonly webSocket?: boolean
  /** Origins of web pages that may use the WebSocket; `'*'` for all. Default all. */
  readonly origins?: readonly string[]
  /** Addresses and networks that may read `/metrics`, and read and change what `/api` has, without the token. Default the loopback. */
  readonly adminFrom?: readonly string[]
  /** Bearer token with which all of that may be done from anywhere. */
  readonly token?: string
  /** Metrics of every stream, labelled with its app and name. Default false: names are often secrets, and labels are for ever. */
  readonly metricsPerStream?: boolean
}
