import type { HlsServerOptions } from './hls-options.ts'
import type { ObsOptions } from './obs-options.ts'
import type { TlsOptions } from './tls-options.ts'

/** The same over TLS, on a port of its own: HTTP/2, and HTTP/1.1 for who does not know it. */
export interface HttpsOptions {
  /** 0 chooses a free one. */
  readonly port: number
  /** Address or host name; every address, IPv4 and IPv6, unless given. */
  readonly host?: string
  /** Certificates are read again when their files change, unless `watch` is false. */
  readonly tls: TlsOptions
}

/** Everything that is served over HTTP. */
export interface HttpOptions {
  /** Where to listen; 0 chooses a free port, `false` listens nowhere: for `https` alone, and for servers of the application's own. */
  readonly port: number | false
  /** Address or host name; every address, IPv4 and IPv6, unless given. */
  readonly host?: string
  /** Whether RTMP is carried over WebSocket at `/rtmp`. Default true. */
  readonly webSocket?: boolean
  /**
   * Whether there are pages: `/{path}` to watch on, `/_/console/` for administration, `/_/go-live` to publish from a browser. Default true.
   */
  readonly pages?: boolean
  /** Whether `/{path}.jpg` is a picture of a stream, made by FFmpeg where this machine has it. Default true. */
  readonly posters?: boolean
  /**
   * Origins of web pages that may use the WebSocket and publish by `POST`; `'*'` for all. Default all. The server's own pages may where they were asked for
   * by its address, as `localhost`, or by the name that the port is bound to; by any other name they have to be listed.
   */
  readonly origins?: readonly string[]
  /**
   * Bearer token with which `/metrics` may be read, and what `/_/api` has read and changed, from anywhere. Without one, only `adminFrom` may.
   * Ten wrong ones a minute are answered to an address, then 429.
   */
  readonly token?: string
  /** Addresses and networks that need no token, when they ask by address and not through a proxy. Default none. */
  readonly adminFrom?: readonly string[]
  /** Metrics of every stream, labelled with its app and name. Default false: names are often secrets, and labels are for ever. */
  readonly metricsPerStream?: boolean
  /** Streams as HLS; `false` for none. Default on demand. */
  readonly hls?: HlsServerOptions | false
  /** Configurations for OBS at `/_/obs/multitrack`; `false` for none. */
  readonly obs?: ObsOptions | false
}
