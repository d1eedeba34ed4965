import type { IncomingMessage } from 'node:http'

/** Fields that the head of a request may have. */
export const MOST_FIELDS = 100

/** What a name or a value costs beside its letters, in bytes. */
const TEXT_BYTES = 24

/** What the head of a request holds, in bytes. */
export const headBytes = ({ url = '', rawHeaders }: IncomingMessage): number => {
  let bytes = url.length
  for (const text of rawHeaders) bytes += text.length + TEXT_BYTES
  return bytes
}

/**
 * Whether a head has more fields than it may. Node drops those beyond its own bound of 2000 without a word, and with them what a proxy has put
 * behind: who asks.
 */
export const hasTooManyFields = ({ rawHeaders }: IncomingMessage): boolean =>
  rawHeaders.length > MOST_FIELDS * 2
