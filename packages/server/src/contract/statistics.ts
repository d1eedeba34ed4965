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
  /** Since the server was made. */
  readonly uptimeMs: number
  /** Of RTMP, and those that play over HTTP. */
  readonly connections: {
    readonly open: number
    /** Since the start. */
    readonly total: number
    /** Turned away by limits, before they could say anything. */
    readonly turnedAway: number
    /** Whose `connect`, `publish` or `play` was refused; one may count several times. */
    readonly refused: number
  }
  /** Of the HTTP ports, together. */
  readonly http: {
    /** Sockets over which one may ask by HTTP, without those that carry a client. */
    readonly sockets: number
    /** Requests that were refused since the start, because there were too many of their address. */
    readonly refusedRequests: number
  }
  /** Streams that somebody publishes, plays or waits for. */
  readonly streams: number
  /** That publish now, injected ones included. */
  readonly publishers: number
  /** Plays that go on, of streams and of recordings. */
  readonly players: number
  /** Streams fetched from other servers and sent to them, and through how many of these media goes. */
  readonly relays: { readonly pulls: number; readonly pushes: number; readonly running: number }
  /** Since the start, those of connections that have gone included. */
  readonly bytesReceived: number
  /** Since the start, those of connections that have gone included. */
  readonly bytesSent: number
  /** What it holds for clients, and what it did to hold no more. */
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
  /** Since it was granted. */
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
  /** All of the path but its last segment; may be empty. */
  readonly app: string
  /** The last segment of the path. */
  readonly streamName: string
  /** App and name in one. */
  readonly path: string
  /** See `LiveStreamState`. */
  readonly state: LiveStreamState
  /** Since somebody first published or asked for it. */
  readonly ageMs: number
  /** Who gets it now, the server's own recordings, HLS and pushes included; other nodes of the cluster are not. */
  readonly players: number
  /** The most at once since the stream began. */
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
  /** Batches sent since the stream began. */
  readonly batches: number
  /** Messages in them: many in a batch save work. */
  readonly messages: number
  /** The present publisher; `undefined` when there is none, or another node of the cluster has it. */
  readonly publisher: PublishStats | undefined
}

/** One track of a stream, as far as its headers or its latest frames tell. */
export interface TrackFacts extends Partial<CodecFacts> {
  /** Whether it is sound or pictures. */
  readonly kind: 'audio' | 'video'
  /** 0 to 255; sound and pictures count separately. */
  readonly trackId: number
  /** The name of `@rtmp/e-rtmp`: `'h264'`, `'aac'`. */
  readonly codec: string
  /** How it is written. */
  readonly form: 'legacy' | 'enhanced'
}

/** One player at one moment. */
export interface PlayStats extends SubscriberCounters {
  /** Its connection; `undefined` for players that are no RTMP clients. */
  readonly connection: number | undefined
  /** What it is sent: `'rtmp'`, `'flv'` and others; players of one format share bytes. */
  readonly format: string
  /** Whether it wants sound. */
  readonly audio: boolean
  /** Whether it wants pictures. */
  readonly video: boolean
  /** Paused by the client. */
  readonly paused: boolean
  /** Sound only, because it has fallen behind. */
  readonly throttled: boolean
  /** Bytes that have not left, in the server and in the socket; of the whole connection. */
  readonly queuedBytes: number
  /** How long the oldest of them have waited; of the whole connection. */
  readonly queueMs: number
}

/** One stream with its tracks and players. */
export interface StreamDetails extends StreamStats {
  /** Of the present publisher, sound and pictures. */
  readonly tracks: readonly TrackFacts[]
  /** One for each play, in no order that means something. */
  readonly playerList: readonly PlayStats[]
}

/** One connection at one moment. */
export interface ConnectionStats {
  /** As `ConnectionInfo.id`: counts up from 1 in each server. */
  readonly id: number
  /** As `ConnectionInfo.uid`: differs between servers and their starts. */
  readonly uid: string
  /** The id of the node, when it is another server of the cluster that gets a stream. */
  readonly node?: string
  /** What it speaks: `'rtmp'`, `'http-flv'`, `'ws-flv'`, `'hls'`, `'download'`, or `'poster'` for who is shown a picture only. */
  readonly protocol: string
  /** IP address. */
  readonly remoteAddress: string
  /** 0 where it is not known. */
  readonly remotePort: number
  /** The port the client has connected to. */
  readonly localPort: number
  /** Whether it came over TLS. */
  readonly secure: boolean
  /** Empty before `connect`. */
  readonly app: string
  /** What it says it is: its first 300 UTF-16 units. */
  readonly flashVer: string
  /** The software, as far as its flashVer tells. */
  readonly encoder: Encoder
  /** Whether it has announced anything of Enhanced RTMP. */
  readonly isEnhanced: boolean
  /** Since it was opened. */
  readonly ageMs: number
  /** From the end of the handshake on, chunk headers included; without TLS. */
  readonly bytesReceived: number
  /** From the end of the handshake on, chunk headers included; without TLS. */
  readonly bytesSent: number
  /** Round-trip time of the last answered ping, in milliseconds. */
  readonly rtt: number | undefined
  /** Bytes that have not left, in the server and in the socket. */
  readonly queuedBytes: number
  /** How long the oldest of them have waited; 0 when nothing waits. */
  readonly queueMs: number
  /** What it publishes now. */
  readonly publishes: readonly (PublishStats & {
    readonly streamName: string
    /** Of the whole stream, app included. */
    readonly path: string
    readonly messageStreamId: number
  })[]
  /** What it plays now. */
  readonly plays: readonly (PlayStats & {
    readonly streamName: string
    /** Of the whole stream, app included. */
    readonly path: string
    readonly messageStreamId: number
    readonly ageMs: number
  })[]
  /** Counters of the protocol: messages, chunks, acknowledgements. */
  readonly session: SessionStats
}
