import type { Owner } from '../directory.ts'
import { DirectoryError } from '../errors.ts'

/** An entry as scripts tell it. */
export interface ToldEntry {
  readonly path: string
  readonly fence: number
  readonly token: string
  readonly owner: Owner
  readonly expiresIn: number
}

/** A change as it is published. */
export interface ToldChange {
  readonly before: string
  readonly version: string
  readonly kind: 'claimed' | 'released' | 'expired'
  readonly entry: ToldEntry
}

const unexpected = (reply: unknown): never => {
  throw new DirectoryError('DIRECTORY_REPLY', `Redis answered ${JSON.stringify(reply)?.slice(0, 200)}`)
}

const entryOf = (fields: readonly unknown[], expiresIn: number): ToldEntry => {
  const [path, fence, token, id, address] = fields.map(String) as [string, string, string, string, string]
  if (fields.length < 5 || !Number.isSafeInteger(Number(fence))) unexpected(fields)
  return { path, fence: Number(fence), token, owner: { id, address }, expiresIn }
}

/** @throws DirectoryError `DIRECTORY_REPLY` */
export const toldEntry = (reply: unknown): ToldEntry =>
  Array.isArray(reply) ? entryOf(reply.slice(0, 5), Number(reply[5])) : unexpected(reply)

/** @throws DirectoryError `DIRECTORY_REPLY` */
export const toldResult = <Kind extends string>(
  reply: unknown,
  kinds: readonly Kind[],
): { readonly kind: Kind; readonly entry: ToldEntry } => {
  const [told, entry] = Array.isArray(reply) ? reply : []
  const kind = kinds.find((each) => each === told)
  return kind === undefined ? unexpected(reply) : { kind, entry: toldEntry(entry) }
}

/** @throws DirectoryError `DIRECTORY_REPLY` */
export const toldList = (
  reply: unknown,
): { readonly version: string; readonly entries: readonly ToldEntry[] } => {
  const [version, entries] = Array.isArray(reply) ? reply : []
  if (typeof version !== 'string' || !Array.isArray(entries)) return unexpected(reply)
  return { version, entries: entries.map(toldEntry) }
}

/** A published change; `undefined` for what somebody else put into the channel. */
export const toldChange = (message: string, lease: number): ToldChange | undefined => {
  let fields: unknown
  try {
    fields = JSON.parse(message)
  } catch {
    return undefined
  }
  if (!Array.isArray(fields) || fields.length !== 8 || fields.some((field) => typeof field !== 'string'))
    return undefined
  const [before, version, kind, ...rest] = fields as string[]
  if (kind !== 'claimed' && kind !== 'released' && kind !== 'expired') return undefined
  return { before: before ?? '', version: version ?? '', kind, entry: entryOf(rest, lease) }
}
