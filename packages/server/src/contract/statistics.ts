import type { CodecFacts } from '@rtmp/e-rtmp/records'
import type {
  LiveStreamState,
  PublicationCounters,
  PublisherPerformance,
  SubscriberCounters,
} from '@rtmp/live'
import type { SessionStats } from '@rtmp/session'
import type { Encoder } from './encoder.ts'

/** A whole server at one moment. Plain values; times in milliseconds, sizes in bytes. */
export interface ServerStats {
  readonly uptimeMs: number
  readonly connections: {
    readonly open: number
    /** Since the start. */
    readonly total: number
    /** Turned away by limits, before they could say anything. */
    readonly turnedAway: number
    /** Whose `connect`, `publish` or `play` was refused; one may count several times. */
    readonly refused: number
  }
  readonly http: {
    /** Sockets over which one may ask by HTTP, without those that carry a client. */
    readonly sockets: number
    /** Requests that were refused since the start, because there were too many of their address. */
    readonly refusedRequests: number
  }
  /** Streams that somebody publishes, plays or waits for. */
  readonly streams: number
  readonly publishers: number
  /** Plays that go on, of streams and of recordings. */
  readonly players: number
  /** Streams fetched from other servers and sent to them, and through how many of these media goes. */
  readonly relays: { readonly pulls: number; readonly pushes: number; readonly running: number }
  /** Since the start, those of connections that have gone included. */
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly memory: {
    /** All that clients make the server keep, with what it costs to keep it: what `limits.memoryBytes` bounds. */
    readonly countedBytes: number
    /** Of it, payloads kept for late joiners. */
    readonly cachedBytes: number
    /** Of it, what waits for players that are behind, shared bytes counted once. */
    readonly queuedBytes: number
    /** 0 for none. */
    readonly limitBytes: number
    /** Connections that were ended to save memory. */
    readonly shedConnections: number
    /** Groups of pictures that were forgotten to save memory. */
    readonly shedCaches: number
  }
  /** How batches are stretched while the process is short of time. */
  readonly widening: { readonly gapMs: number; readonly widenings: number }
}

/** One publisher at one moment. */
export interface PublishStats extends PublicationCounters {
  readonly ageMs: number
  /** Over the last seconds. */
  readonly bitsPerSecond: number
  /** Video messages, over the last seconds. */
  readonly framesPerSecond: number
  /** Since the last audio or video message, in milliseconds. */
  readonly silentMs: number
  /**
   * Since the last frame of the main video track that players who join can start with, in milliseconds; `undefined`
   * without video.
   */
  readonly keyFrameAgeMs: number | undefined
  /** Video tracks that have sent no such frame for ten seconds. */
  readonly tracksWithoutKeyFrame: readonly number[]
  /** What the publisher tells of its own machine; `undefined` for who tells nothing: all but OBS with several renditions. */
  readonly performance: PublisherPerformance | undefined
}

/** One stream at one moment. */
export interface StreamStats {
  readonly app: string
  readonly streamName: string
  /** App and name in one. */
  readonly path: string
  readonly state: LiveStreamState
  /** Since somebody first published or asked for it. */
  readonly ageMs: number
  readonly players: number
  readonly peakPlayers: number
  /** The stream's latest timestamp. */
  readonly timestamp: number
  /** Payload bytes kept for late joiners. */
  readonly cachedBytes: number
  /** The current group of pictures, as far as it is kept. */
  readonly gop: {
    readonly messages: number
    readonly bytes: number
    readonly durationMs: number
    /** How often its bounds took something out of it. */
    readonly overflows: number
  }
  /** What waits for the player that is farthest behind. */
  readonly queue: { readonly bytes: number; readonly ms: number }
  /** What did not reach players, over all that are there now. */
  readonly drops: {
    readonly videoWithheld: number
    readonly throttles: number
    /** Players cut off, since the stream began. */
    readonly stalled: number
  }
  readonly batches: number
  readonly messages: number
  /** The present publisher; `undefined` when there is none, or another node of the cluster has it. */
  readonly publisher: PublishStats | undefined
}

/** One track of a stream, as far as its headers or its latest frames tell. */
export interface TrackFacts extends Partial<CodecFacts> {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly codec: string
  /** How it is written. */
  readonly form: 'legacy' | 'enhanced'
}

/** One player at one moment. */
export interface PlayStats extends SubscriberCounters {
  /** Its connection; `undefined` for players that are no RTMP clients. */
  readonly connection: number | undefined
  readonly format: string
  readonly audio: boolean
  readonly video: boolean
  readonly paused: boolean
  /** Sound only, because it has fallen behind. */
  readonly throttled: boolean
  readonly queuedBytes: number
  readonly queueMs: number
}

/** One stream with its tracks and players. */
export interface StreamDetails extends StreamStats {
  readonly tracks: readonly TrackFacts[]
  readonly playerList: readonly PlayStats[]
}

/** One connection at one moment. */
export interface ConnectionStats {
  readonly id: number
  readonly uid: string
  /** The id of the node, when it is another server of the cluster that gets a stream. */
  readonly node?: string
  /** What it speaks: `'rtmp'`, `'http-flv'`, `'ws-flv'`, `'hls'`, `'download'`, or `'poster'` for who is shown a picture only. */
  readonly protocol: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly app: string
  /** What it says it is: its first 300 UTF-16 units. */
  readonly flashVer: string
  readonly encoder: Encoder
  readonly isEnhanced: boolean
  readonly ageMs: number
  readonly bytesReceived: number
  readonly bytesSent: number
  /** Round-trip time of the last answered ping, in milliseconds. */
  readonly rtt: number | undefined
  readonly queuedBytes: number
  readonly queueMs: number
  readonly publishes: readonly (PublishStats & {
    readonly streamName: string
    /** Of the whole stream, app included. */
    readonly path: string
    readonly messageStreamId: number
  })[]
  readonly plays: readonly (PlayStats & {
    readonly streamName: string
    /** Of the whole stream, app included. */
    readonly path: string
    readonly messageStreamId: number
    readonly ageMs: number
  })[]
  readonly session: SessionStats
}
