import { type CatalogueRow, type PeerKind, rowOf } from './catalogue.ts'

/** A requirement and how it is checked. `Context` is what the case works with: a server, a client or a codec under test. */
export interface ConformanceCase<Context> extends Omit<CatalogueRow, 'peers'> {
  /** Whom it judges; a requirement for several is several cases. */
  readonly peer: PeerKind
  /** Takes minutes: runs only when asked for. */
  readonly slow: boolean
  /** Needs the whole machine or all connections of the peer: runs alone. */
  readonly alone: boolean
  /** Returns when the peer conforms; ends with a `CaseEnd` otherwise. */
  run(context: Context): Promise<void>
}

/** What a case may say about itself. */
export interface CaseOptions {
  /** Takes minutes: runs only when asked for. Default false. */
  readonly slow?: boolean
  /** Needs the whole machine or all connections of the peer. Default false. */
  readonly alone?: boolean
}

/** Makes the function that declares cases for one kind of peer. */
export const casesFor =
  <Context>(peer: PeerKind) =>
  (
    id: string,
    run: (context: Context) => Promise<void>,
    options: CaseOptions = {},
  ): ConformanceCase<Context> => {
    const { peers, ...row } = rowOf(id)
    if (!peers.includes(peer)) throw new Error(`${id} is no case for a ${peer}`)
    return { ...row, peer, slow: options.slow ?? false, alone: options.alone ?? false, run }
  }
