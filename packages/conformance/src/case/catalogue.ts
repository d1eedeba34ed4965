import { catalogueText } from '../node/read-catalogue.ts'

/** MUST and SHOULD as in the specification; INTEROP: deployed peers need it; ROBUST: hostile input does no harm. */
export type Level = 'MUST' | 'SHOULD' | 'INTEROP' | 'ROBUST'

/** Whom a case judges. */
export type PeerKind = 'server' | 'client' | 'codec'

/** One requirement of the catalogue. One that concerns several kinds of peer is one case for each. */
export interface CatalogueRow {
  /** Requirement id, with a letter where one requirement has several checks, e.g. `RTMP-CHUNK-09b`. */
  readonly id: string
  /** The part of the protocol, for filters: `chunk`, `handshake`, … */
  readonly area: string
  /** How binding it is. */
  readonly level: Level
  /** Whom it concerns: one case for each. */
  readonly peers: readonly PeerKind[]
  /** Specification and section, or `observed` for what deployed programs do. */
  readonly source: string
  /** What the tester does. */
  readonly sends: string
  /** What a conforming peer does. */
  readonly expects: string
}

interface Catalogue {
  readonly rows: readonly CatalogueRow[]
  readonly withoutCase: Readonly<Record<PeerKind, Readonly<Record<string, string>>>>
}

const catalogue = JSON.parse(catalogueText()) as Catalogue

/** Every requirement that the tester knows, in order. */
export const CATALOGUE: readonly CatalogueRow[] = catalogue.rows

/** Why a row is no case for a kind of peer, by kind and id. */
export const WITHOUT_CASE: Readonly<Record<PeerKind, Readonly<Record<string, string>>>> =
  catalogue.withoutCase

const byId = new Map(CATALOGUE.map((row) => [row.id, row]))

/** The row with this id. */
export const rowOf = (id: string): CatalogueRow => {
  const row = byId.get(id)
  if (row === undefined) throw new Error(`the catalogue has no row ${id}`)
  return row
}
