/** A target that gets one track of each kind, as if there were no others. */
export interface PushTrack {
  /** As in {@link PushRelay.push}. */
  readonly url: string
  /** The picture's track, 0 to 255. Default 0. */
  readonly video?: number
  /** The sound's track, 0 to 255. Default 0. */
  readonly audio?: number
}

/** Streams that are sent to other servers as long as they are published here. */
export interface PushRelay {
  /**
   * Where to: `rtmp(s)://[user:password@]host[:port]/app/name`, one or several. `{app}` and `{streamName}` stand for those of
   * the stream. What happens to one target is not noticed by the others. A target as an object gets one track of each kind: full
   * quality goes to one platform, a smaller rendition to another.
   */
  readonly push: string | PushTrack | readonly (string | PushTrack)[]
  /** Which streams, written `app/name`; `*` stands for any text. Default `'*'`: all. */
  readonly stream?: string
  /** Whether streams that were pulled from another server are pushed as well. Default false. */
  readonly pulled?: boolean
  /** Milliseconds before a second try, doubled before each further one. Default 500. */
  readonly retryMs?: number
  /** The longest wait between tries, and the wait after a refusal, in milliseconds. Default 30,000. */
  readonly maxRetryMs?: number
}

/** Streams that are fetched from another server when nobody publishes them here. The first rule that fits counts. */
export interface PullRelay {
  /** Where from, written as in {@link PushRelay.push}. */
  readonly pull: string
  /** Which streams, written `app/name`; `*` stands for any text. Default `'*'`: all. */
  readonly stream?: string
  /** Whether it begins with the first player and ends after the last; otherwise `stream` must name one. Default true. */
  readonly onDemand?: boolean
  /** How long after the last player it ends, in milliseconds. Default 5000. */
  readonly lingerMs?: number
  /** As in {@link PushRelay}. */
  readonly retryMs?: number
  /** As in {@link PushRelay}. */
  readonly maxRetryMs?: number
}

/** What a server fetches from other servers, or sends to them. */
export type RelayRule = PushRelay | PullRelay
