import type { ServedConfiguration } from '../../config/live-configuration.ts'
import type { DrainOptions } from '../../contract/drain-options.ts'
import type { Recordings } from '../record/recordings.ts'
import type { RelayRule } from '../../contract/relay-rules.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { CredentialNames } from '../access/credentials.ts'
import type { EventCounters } from '../../stats/event-counters.ts'

/** Relays that can be begun and ended. */
interface RelayControls {
  /**
   * Another rule holds; its number.
   *
   * @param number - Where another worker of the server has given it.
   * @throws UsageError for one that cannot be used
   */
  add(rule: RelayRule, number?: number): number
  /** False when there is no rule of that number. */
  remove(id: number): boolean
}

/** What the HTTP port can ask of the server around the core. */
export interface HttpControls {
  /** Whether new clients are taken. */
  readonly isReady: () => boolean
  /** Empties the server and closes it. */
  readonly drain: (options: DrainOptions) => Promise<void>
  /** How things are emptied unless asked otherwise. */
  readonly drainDefaults: DrainOptions
  /** What the server was started with; `undefined` where an application has made it. */
  readonly configuration: () => ServedConfiguration | undefined
  /** This server among others; `undefined` when there are none, or not yet. */
  readonly cluster?: () => ClusterNode | undefined
  /** What is recorded; `undefined` where nothing is. */
  readonly recordings: () => Recordings | undefined
  readonly relays: RelayControls
  /** Under which names the access rules look for what is sent in `Authorization`; as they do by default unless given. */
  readonly credentialNames?: () => CredentialNames
  /** The first port of RTMP. */
  readonly rtmpPort?: () => number | undefined
}

/** What the HTTP port shows and changes. */
export interface HttpSubject extends HttpControls {
  readonly core: ServerCore
  readonly counters: EventCounters
}
