import type { Message } from '@rtmp/chunk'
import type { ClosedEvent, EndReason, WarningEvent } from '@rtmp/session'
import type { LiveStream, SubscriberCounters, PublicationCounters } from '@rtmp/live'
import type { ConnectionInfo } from './connection-info.ts'
import type { PlayContext, PublishContext } from './contexts.ts'
import type { PlayEndReason } from './play-end-reason.ts'
import type { RecordedSegment, RecordingInfo } from './recordings.ts'
import type { RelayInfo } from './relays.ts'
import type { RunInfo } from './run-options.ts'
import type { ServerStats } from './statistics.ts'

/** What a server tells whoever listens. Nothing is built for events that nobody listens to. */
export interface ServerEvents {
  /** A client has connected; it has said nothing yet. */
  connectionOpened: { readonly connection: ConnectionInfo }
  /** `connect` was accepted. */
  connected: { readonly connection: ConnectionInfo }
  /** A connection has ended. */
  connectionClosed: { readonly connection: ConnectionInfo; readonly closed: ClosedEvent }
  /** A publish was accepted. */
  publishStarted: PublishContext & {
    /** What its grant says about recording it, beside what the rules say: `undefined` for nothing. */
    readonly record?: boolean
  }
  /** A publish has ended, with what came by it. */
  publishEnded: PublishContext & { readonly reason: EndReason; readonly counters: PublicationCounters }
  /** A play was accepted. */
  playStarted: PlayContext
  /** A play has ended, with what was sent and left out. */
  playEnded: PlayContext & { readonly reason: PlayEndReason; readonly counters: SubscriberCounters }
  /** A player has fallen behind and gets no video for now (`true`), or gets all again. */
  playThrottled: PlayContext & { readonly throttled: boolean }
  /** A request was refused. */
  refused: {
    readonly connection: ConnectionInfo
    readonly request: 'connect' | 'fcPublish' | 'publish' | 'play'
    readonly streamName: string
    readonly description: string
  }
  /** A client was not let in before it could speak RTMP: a limit, no TLS handshake, no PROXY header; or too many requests or wrong tokens over HTTP. */
  turnedAway: {
    readonly remoteAddress: string
    readonly remotePort: number
    readonly localPort: number
    readonly description: string
    /** Whether it has sent nothing at all, as checks of load balancers do. */
    readonly silent?: boolean
  }
  /** The certificates of a port were read again; new clients get them. */
  certificatesReloaded: {
    readonly port: number
    readonly certificates: readonly {
      readonly serverNames: readonly string[]
      readonly validTo: Date | undefined
    }[]
  }
  /** Somebody publishes a name that nobody had before; inside the process too. */
  streamStarted: { readonly stream: LiveStream }
  /** A stream has its first player: whoever has the media may begin to bring it. */
  firstPlayer: { readonly stream: LiveStream }
  /** A stream's last player has gone. */
  lastPlayer: { readonly stream: LiveStream }
  /** A publisher was lost; players wait for it. */
  publisherLost: { readonly stream: LiveStream; readonly graceMs: number }
  /** A stream goes on with a new publisher within the grace period. */
  publisherReturned: { readonly stream: LiveStream }
  /**
   * A video track has sent nothing for ten seconds that players who join can start with: no key frame, no recovery
   * point. Once for each publisher and track.
   */
  keyFrameMissing: { readonly stream: LiveStream; readonly track: number; readonly waitedMs: number }
  /** A stream is over: its publisher has gone, and the grace period has passed. */
  streamEnded: { readonly stream: LiveStream }
  /** A stream comes from another server or goes to it; `again` after an interruption. */
  relayStarted: RelayInfo & { readonly again: boolean }
  /**
   * A relay was interrupted or refused, and is tried again. `repeated`: for the same reason as the last time. `nextTryMs`: milliseconds
   * until then; `undefined` while the connection stands and only the stream is away.
   */
  relayLost: RelayInfo & {
    readonly reason: string
    readonly repeated: boolean
    readonly nextTryMs: number | undefined
  }
  /** A relay is over. `isLoop`: because the stream would have come back to where it came from. */
  relayEnded: RelayInfo & { readonly reason: string; readonly isLoop: boolean }
  /** A stream is being recorded: its first file was begun. `at` is milliseconds since 1970. */
  recordingStarted: RecordingInfo & { readonly file: string; readonly at: number }
  /** A file of a recording is finished. */
  segmentCompleted: RecordingInfo & RecordedSegment
  /** A recording is over: with its stream, or stopped. Times are milliseconds since 1970. */
  recordingEnded: RecordingInfo & {
    readonly reason: 'sourceEnded' | 'stopped'
    readonly files: number
    readonly bytes: number
    readonly durationMs: number
    readonly firstAt: number | undefined
    readonly lastAt: number | undefined
    readonly missedMs: number
  }
  /** Files cannot be written for now; the recording goes on by itself when they can. */
  recordingInterrupted: RecordingInfo & {
    readonly reason: 'diskFull' | 'fileGone' | 'failed'
    readonly error: unknown
  }
  /** So much of a stream is missing in its recording: by an interruption that is over, or since the disk was too slow. */
  recordingGap: RecordingInfo & { readonly missedMs: number; readonly resumed: boolean }
  /** A file that was left unfinished when a server ended was finished; without `file` nothing was in it, or `error` says why not. */
  recordingRepaired: {
    readonly unfinished: string
    readonly file: string | undefined
    readonly bytes: number
    readonly durationMs: number
    readonly cutBytes: number
    readonly error?: unknown
  }
  /** A command runs, by `run` of the configuration. `event` is what it runs for. */
  commandStarted: RunInfo & { readonly pid: number | undefined }
  /** A command has written a line. */
  commandOutput: RunInfo & { readonly text: string; readonly from: 'stdout' | 'stderr' }
  /** A command has ended, or could not be started (`error`). */
  commandEnded: RunInfo & {
    readonly code: number | undefined
    readonly signal: string | undefined
    readonly error: Error | undefined
  }
  /** Files were removed that were kept long enough, or were too much. */
  recordingsExpired: { readonly names: readonly string[] }
  /** `limits.memoryBytes` was reached: since the last of these, so many connections were ended and groups of pictures forgotten. */
  memoryShed: {
    /** What is left, in bytes. */
    readonly countedBytes: number
    readonly limitBytes: number
    /** What was given up, in bytes: of it, so many connections, and so many groups of pictures. */
    readonly freedBytes: number
    readonly connections: number
    readonly caches: number
  }
  /** The server's counters, each `statsIntervalMs`. */
  stats: ServerStats
  /** An administrator has changed something over HTTP. */
  administration: {
    readonly action:
      | 'kick'
      | 'endPublish'
      | 'endPlay'
      | 'endStream'
      | 'drainStream'
      | 'drain'
      | 'ban'
      | 'unban'
      | 'addRelay'
      | 'removeRelay'
      | 'configure'
      | 'startRecording'
      | 'stopRecording'
      | 'deleteRecording'
    /** The address that it came from. */
    readonly by: string
    /** Whom a proxy says it came for, if it passed it on. */
    readonly forwardedFor: string | undefined
    /** What was done, for people. */
    readonly text: string
  }
  /** A message that is only passed on: shared objects and unknown types. */
  message: { readonly connection: ConnectionInfo; readonly message: Message }
  /** A client has answered a `pingRequest` that was sent through its handle; `timestamp` is that of the request. */
  pingAnswered: { readonly connection: ConnectionInfo; readonly timestamp: number }
  /** A peer did something odd that was tolerated. */
  warning: { readonly connection: ConnectionInfo; readonly warning: WarningEvent }
  /** Code of the application (a hook, a listener) or of the server itself threw. The server goes on. */
  error: { readonly where: string; readonly error: unknown }
}
