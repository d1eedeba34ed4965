import { randomBytes } from 'node:crypto'
import type { ServerOptions } from './options.ts'

/** Who may administer a server that a command has started. */
export interface Administered {
  readonly options: ServerOptions
  /** A token made for this start. */
  readonly token: string | undefined
  /** Whether nobody may. */
  readonly isClosed: boolean
}

/**
 * Administration needs a token. Where none is configured, one is made that holds until the server stops, if there is a terminal to show it
 * on: in a log, it would be read by whoever reads logs.
 */
export const administered = (options: ServerOptions, isTerminal: boolean): Administered => {
  const { http } = options
  if (http === undefined || http === false) return { options, token: undefined, isClosed: false }
  if (http.token !== undefined) return { options, token: undefined, isClosed: false }
  if (!isTerminal) return { options, token: undefined, isClosed: (http.adminFrom ?? []).length === 0 }
  const token = randomBytes(18).toString('base64url')
  return { options: { ...options, http: { ...http, token } }, token, isClosed: false }
}

/** What the log says of a server that nobody may administer. */
export const HOW_TO_OPEN =
  'Metrics and administration over HTTP are closed: set a token (http.token, RTMP_HTTP_TOKEN), or name addresses that need none (http.adminFrom).'
