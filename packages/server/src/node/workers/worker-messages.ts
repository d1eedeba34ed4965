import type { Claim, ClaimResult, DirectoryChange, Entry, Owner, RenewResult } from '@rtmp/cluster'
import type { Configuration } from '../../config/configuration.ts'
import type { Listening } from '../banner.ts'
import type { PortSharing } from '../open-port.ts'

/** What a worker asks of the directory that the primary keeps. */
export type DirectoryCall =
  | { readonly verb: 'claim'; readonly path: string; readonly owner: Owner; readonly takeOver: boolean }
  | { readonly verb: 'renew'; readonly claim: Claim }
  | { readonly verb: 'release'; readonly claim: Claim }
  | { readonly verb: 'resolve'; readonly path: string }

/** What it is answered. */
export type DirectoryReply = ClaimResult | RenewResult | boolean | Entry | undefined

/** Counts that have changed, by what they count. */
export type CountChanges = readonly (readonly [key: string, by: number])[]

/** What a worker is to be. */
export interface WorkerSetup {
  /** Which of them, from 0; another worker takes the number over when this one has gone. */
  readonly index: number
  /** How many there are. */
  readonly workers: number
  readonly folder: string
  readonly machine: string
  /** The lease of the directory that the primary keeps, in milliseconds. */
  readonly lease: number
  readonly configuration: Configuration
  /** The token for administration that was made for this start. */
  readonly token: string | undefined
  /** Whether somebody has asked for the HTTP port: then there is no going on without it. */
  readonly isHttpAsked: boolean
  /** Whether its ports are had by others of them already. */
  readonly sharing: PortSharing
  /** What the others have counted. */
  readonly counts: CountChanges
}

/** From a worker to the primary. */
export type WorkerMessage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'call'; readonly id: number; readonly call: DirectoryCall }
  | { readonly kind: 'watch' }
  | { readonly kind: 'counts'; readonly changes: CountChanges }
  | { readonly kind: 'listening'; readonly where: Listening }
  /** Options were changed while it runs: those who come later begin with them. */
  | { readonly kind: 'configured'; readonly configuration: Configuration }
  | { readonly kind: 'failed'; readonly text: string; readonly status: number }
  /** It ends because it was asked to, and is not to be replaced. */
  | { readonly kind: 'emptied' }

/** From the primary to a worker. */
export type PrimaryMessage =
  | { readonly kind: 'setup'; readonly setup: WorkerSetup }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: DirectoryReply }
  | { readonly kind: 'change'; readonly change: DirectoryChange }
  | { readonly kind: 'counts'; readonly changes: CountChanges }
  | { readonly kind: 'reload'; readonly configuration: Configuration }
  /** Empty yourself, and end. One that is replaced leaves its ports to the others at once. */
  | { readonly kind: 'drain'; readonly isReplaced: boolean }
