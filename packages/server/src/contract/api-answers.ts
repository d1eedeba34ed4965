import type { Ban } from './ban.ts'
import type { HistorySample } from './history-sample.ts'
import type { LoggedLine } from './logged-line.ts'
import type { KeptRecording, RecordingInfo, RecordingStats } from './recordings.ts'
import type { RelayStats } from './relays.ts'
import type { ConnectionStats, ServerStats, StreamDetails, StreamStats } from './statistics.ts'

/** The server as the API shows it. */
export interface ServerAnswer extends ServerStats {
  /** Its first port of RTMP, as long as it listens. */
  readonly rtmpPort?: number | undefined
}

/** What each operation of the API answers when it succeeds, as JSON. Fields that are `undefined` are left out. */
export interface ApiAnswers {
  readonly health: Health
  readonly ready: { readonly ready: boolean }
  readonly getDescription: Readonly<Record<string, unknown>>
  readonly signIn: { readonly signedIn: boolean }
  readonly signOut: { readonly signedIn: boolean }
  readonly getServer: ServerAnswer
  readonly drainServer: { readonly draining: boolean }
  readonly listNodes: { readonly nodes: readonly NodeFacts[] }
  readonly getHistory: {
    /** From one sample to the next, in milliseconds. */
    readonly everyMs: number
    /** Oldest first. */
    readonly samples: readonly HistorySample[]
  }
  readonly listStreams: { readonly streams: readonly StreamStats[] }
  readonly getStream: StreamDetails
  readonly endStream: Ended
  readonly drainStream: {
    /** Connections that were asked to reconnect. */
    readonly asked: readonly number[]
    /** When those that have not gone are ended. */
    readonly deadlineMs: number
  }
  readonly listConnections: { readonly connections: readonly ConnectionStats[] }
  readonly getConnectionLog: {
    /** Oldest first, the latest 40. */
    readonly lines: readonly LoggedLine[]
  }
  readonly endConnection: Ended
  readonly endPublish: Ended
  readonly endPlay: Ended
  readonly listRelays: { readonly relays: readonly RelayStats[] }
  readonly addRelay: {
    /** Of the rule. */
    readonly id: number
  }
  readonly removeRelay: Removed
  readonly listBans: { readonly bans: readonly Ban[] }
  readonly ban: Ban
  readonly liftBan: Removed
  readonly getConfiguration: ShownConfiguration
  readonly changeConfiguration: {
    /** Options that are different now. */
    readonly changed: readonly string[]
    readonly configuration: ShownConfiguration
  }
  readonly listRecordings: RecordingsAnswer
  readonly startRecording: { readonly recordings: readonly RecordingInfo[] }
  readonly stopRecording: Ended
  readonly removeRecordingFile: Removed
}

/** What is recorded, and was. */
export interface RecordingsAnswer {
  readonly recordings: readonly RecordingStats[]
  /** Newest first. */
  readonly files: readonly KeptRecording[]
  /** Of all files. */
  readonly bytes: number
  /** What the fullest of their disks has left. */
  readonly freeBytes: number
}

/** That the process is alive. */
interface Health {
  readonly status: 'ok'
  readonly uptimeMs: number
}

/** What was there has been ended. */
interface Ended {
  readonly ended: boolean
}

/** What was there is there no more. */
interface Removed {
  readonly removed: boolean
}

/** Every option by its section, with secrets masked. */
type ShownConfiguration = Readonly<Record<string, unknown>>

/** A server of a cluster, or a worker of one. */
interface NodeFacts {
  readonly id: string
  readonly name: string
  readonly machine: string
  /** Where others find it. */
  readonly place?: string
  /** Whether it is the one that was asked. */
  readonly isThis: boolean
}

/** What is wrong with a request that cannot be carried out. */
export interface ApiProblem {
  /** A sentence for people. */
  readonly error: string
  /** The field of the body, of the query or of the path that it is about. */
  readonly field?: string
  /** All of them, where there are several. */
  readonly problems?: readonly { readonly error: string; readonly field?: string }[]
}
