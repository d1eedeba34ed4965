import type { FlvCarrier } from './light-flv-reader.ts'

/** What the bench tells a load process. */
export type LoadCommand =
  | {
      readonly kind: 'publish'
      readonly port: number
      readonly names: readonly string[]
      readonly scale: number
    }
  | { readonly kind: 'publishFast'; readonly port: number; readonly name: string }
  | {
      readonly kind: 'play'
      readonly port: number
      readonly name: string
      readonly count: number
      readonly sampled: boolean
      /** How it is played; the port is that of HTTP then. Default RTMP. */
      readonly by?: FlvCarrier
    }
  /** Over HTTP; `at` is the path of the playlist. */
  | { readonly kind: 'playHls'; readonly port: number; readonly at: string; readonly count: number }
  | { readonly kind: 'stall'; readonly count: number }
  | { readonly kind: 'connects'; readonly port: number; readonly atOnce: number; readonly seconds: number }
  | { readonly kind: 'idle'; readonly port: number; readonly count: number; readonly play: boolean }
  | { readonly kind: 'reset' }
  | { readonly kind: 'read' }
  | { readonly kind: 'stop' }

/** What a load process answers, one answer for each command. */
export interface LoadAnswer {
  readonly error?: string
  /** Bytes received by players, or sent by publishers. */
  readonly received: number
  readonly sent: number
  readonly messages: number
  readonly gaps: number
  readonly backwards: number
  readonly latencies: readonly number[]
  /** Connections that the server has closed. */
  readonly closed: number
  /** Connections made, and the milliseconds each took, of `connects`. */
  readonly connects: readonly number[]
  /** CPU milliseconds of this process since the last reset. */
  readonly cpuMs: number
  /** Wall milliseconds since the last reset. */
  readonly wallMs: number
}
