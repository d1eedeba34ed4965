import type { Dial } from '../wire/link.ts'

/** Bounds that the server under test claims, so that cases know what to wait for. Times in milliseconds. */
export interface ClaimedLimits {
  /** The handshake. Default 10 000. */
  readonly handshakeMs: number
  /** From the handshake to connect. Default 10 000. */
  readonly connectMs: number
  /** Silence of a publisher. Default 30 000. */
  readonly idleMs: number
  /** Largest message in bytes. Default 16 777 215. */
  readonly messageBytes: number
}

/** The defaults of {@link ClaimedLimits}: those of most servers. */
export const DEFAULT_CLAIMED: ClaimedLimits = {
  handshakeMs: 10_000,
  connectMs: 10_000,
  idleMs: 30_000,
  messageBytes: 0xffffff,
}

/** How long the tester waits, in milliseconds. */
export interface Patience {
  /** For something that must come. Default 5000. */
  readonly answerMs: number
  /** For something that must not come. Default 1000. */
  readonly quietMs: number
  /** Between two cases, for a server that has ended and that something starts anew. Default 5000. */
  readonly restartMs: number
}

/** The defaults of {@link Patience}. */
export const DEFAULT_PATIENCE: Patience = { answerMs: 5000, quietMs: 1000, restartMs: 5000 }

/** The server under test. */
export interface ServerProfile {
  /** Opens a connection; called several times in a case. */
  readonly dial: Dial
  /** What `connect` asks for; a path may follow the app. */
  readonly app: string
  /** What `connect` says, without stream names. */
  readonly tcUrl: string
  /** The stream name to publish as, from a name of the tester: adds tokens, or is always the same key. */
  readonly publishAs: (name: string) => string
  /** The stream name to play, from the tester's name under which it was published. */
  readonly playAs: (name: string) => string
  /** What the server says it bounds; cases wait for these. */
  readonly claimed: ClaimedLimits
  /** How long the tester waits for answers, and for silence. */
  readonly patience: Patience
  /** Process id, when it runs on this machine: memory and time are measured. */
  readonly pid?: number | undefined
  /** Makes the server ask its clients to go elsewhere, for the cases about reconnect requests. */
  readonly drain?: (() => Promise<void>) | undefined
  /** User and password for the cases about authentication. */
  readonly user?: { readonly name: string; readonly password: string } | undefined
}
