import type { Directory } from '@rtmp/cluster'

/** A server that is one node of several, which have their streams in common. */
export interface ClusterOptions {
  /**
   * Who has which stream: the URL of a Redis or Valkey (`redis://host`, `rediss://…` for TLS; needs the package
   * `ioredis`, which only the command brings along),
   * or a directory of `@rtmp/cluster`. Whoever gives a directory closes it.
   */
  readonly directory: string | Directory
  /** What the keys in Redis begin with; nodes with the same prefix are one cluster. Default `'rtmp'`. */
  readonly prefix?: string
  /** The node's name in lists and logs, up to 64 characters. Default the machine's host name. */
  readonly node?: string
  /** The address or host name at which the other nodes reach this one. */
  readonly host: string
  /** The port for the other nodes, TLS with the secret as its key; 0 takes a free one. Default 1936. */
  readonly port?: number
  /** The address to listen on for other nodes. Default every one. */
  readonly bind?: string
  /** What only nodes of the cluster know, 16 characters or more: they prove it to each other. */
  readonly secret: string
  /**
   * What becomes of players whose stream is at another node: it is fetched (`'relay'`, default), or those that have announced
   * that they know reconnect requests are sent there (`'redirect'`), where it says at which URL (`redirectTo`).
   */
  readonly prefer?: 'relay' | 'redirect'
  /** Where other nodes send players to this one: `rtmp(s)://host[:port]`, without an app. Default none are sent. */
  readonly redirectTo?: string
  /**
   * What a publisher's node does when it cannot renew its claim in time: it goes on (`'goOn'`, default), and whoever has taken the stream
   * meanwhile keeps it; or it sends nothing more that it reads after the end of the lease, and ends the publish (`'stop'`).
   */
  readonly whenDirectoryAway?: 'goOn' | 'stop'
  /** How long after its last player a stream is still fetched, in milliseconds. Default 5000. */
  readonly lingerMs?: number
}
