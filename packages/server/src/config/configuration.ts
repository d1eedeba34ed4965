import type { LOG_FORMATS, LOG_LEVELS } from './log-options.ts'
import type { AddressRules } from '../access/address-rules.ts'
import type { StreamAction } from '../access/access-handler.ts'
import type { TableRule } from '../access/table.ts'
import type { Latency } from '../relay/latency.ts'
import type { AbsentStream, SecondPublisher } from '../relay/relay-context.ts'
import type { CacheLimits, PlayerLimits } from '../relay/limits.ts'
import type { ServerLimits } from '../core/limits.ts'
import type { ClosingOptions, EnhancedMode, EnhancedOutput } from '../core/options.ts'
import type { PingOptions, SessionDeadlines } from '@rtmp/session'
import type { RelayRule } from '../node/relay/relay-rules.ts'
import type { PortOrOff } from './field.ts'

/** A certificate in a configuration. */
export interface CertificateEntry {
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly pfx?: string | undefined
  readonly passphrase?: string | undefined
  readonly serverNames?: readonly string[] | undefined
}

/** A further port in a configuration. */
export interface ListenerEntry {
  readonly port: number
  readonly host?: string | undefined
  readonly tls?: boolean | undefined
  readonly proxyFrom?: readonly string[] | undefined
}

/** Everything that can be set, with every default filled in. The schema says what each option means. */
export interface Configuration {
  readonly rtmp: {
    readonly port: PortOrOff
    readonly host: string
    readonly backlog: number
    readonly proxyFrom: readonly string[]
  }
  readonly rtmps: {
    readonly port: PortOrOff
    readonly host: string
    readonly cert: string
    readonly key: string
    readonly pfx: string
    readonly passphrase: string
    readonly certificates: readonly CertificateEntry[]
    readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
    readonly watch: boolean
    readonly handshakeMs: number
    readonly proxyFrom: readonly string[]
  }
  readonly listeners: readonly ListenerEntry[]
  readonly http: {
    readonly port: PortOrOff
    readonly host: string
    readonly webSocket: boolean
    readonly origins: readonly string[]
    readonly adminFrom: readonly string[]
    readonly token: string
    readonly metricsPerStream: boolean
  }
  readonly streams: {
    readonly latency: Latency
    readonly widenToMs: number
    readonly secondPublisher: SecondPublisher
    readonly idlePublisherMs: number
    readonly graceMs: number
    readonly absentStream: AbsentStream
    readonly waitMs: number
    readonly cache: CacheLimits
    readonly player: PlayerLimits
  }
  readonly session: {
    readonly chunkSize: number
    readonly windowAckSize: number
    readonly peerBandwidth: number
    readonly strict: boolean
    readonly maxMediaMessageBytes: number
    readonly maxBufferedBytes: number
    readonly maxMessageStreams: number
    readonly deadlines: SessionDeadlines
    readonly ping: PingOptions
  }
  readonly limits: ServerLimits
  readonly enhanced: EnhancedMode
  readonly enhancedOutput: EnhancedOutput
  readonly statsIntervalMs: number
  readonly access: {
    readonly users: Readonly<Record<string, string>>
    readonly addresses: Required<{
      readonly [Action in keyof AddressRules]: Required<NonNullable<AddressRules[Action]>>
    }>
    readonly challenge: { readonly scheme: 'off' | 'adobe' | 'llnw'; readonly apps: readonly string[] }
    readonly table: {
      readonly rules: readonly TableRule[]
      readonly otherwise: 'allow' | 'deny'
      readonly userParameter: string
      readonly passwordParameter: string
    }
    readonly tokens: {
      readonly secrets: readonly string[]
      readonly actions: readonly StreamAction[]
      readonly bindAddress: boolean
    }
    readonly jwt: {
      readonly jwksUrl: string
      readonly publicKey: string
      readonly secret: string
      readonly algorithms: readonly string[]
      readonly issuer: string
      readonly audience: string
      readonly parameter: string
      readonly actions: readonly StreamAction[]
      readonly timeoutMs: number
    }
    readonly callbacks: {
      readonly connect: string
      readonly publish: string
      readonly play: string
      readonly ended: string
      readonly secret: string
      readonly timeoutMs: number
      readonly retries: number
      readonly retryDelayMs: number
      readonly headers: Readonly<Record<string, string>>
    }
    readonly recheckSeconds: number
  }
  readonly relays: readonly RelayRule[]
  readonly closing: ClosingOptions
  readonly drain: { readonly deadlineMs: number; readonly tcUrl: string }
  readonly log: {
    readonly level: (typeof LOG_LEVELS)[number]
    readonly format: (typeof LOG_FORMATS)[number]
  }
}
