import { accept, type Decision, redirect, reject } from '../contract/decision.ts'

/*
 * What the answer of an endpoint means:
 *
 *   status 2xx   yes, unless its body says no; the body may hold { "streamName": "public" } to rename,
 *                { "record": true } to record a publish (or false), or { "redirect": "rtmp://…" }
 *   status 3xx   Location: rtmp://… or rtmps://…   the client is sent there
 *                Location: public  or /app/public  another name for the stream (nginx-rtmp)
 *                any other, a page to log in at for example: no
 *   any other    no; the body may hold { "description", "code" }
 *
 * A body says no, in JSON, by the number or `code` other than 0 (SRS and ZLMediaKit), by `false`, or by a field of these
 * that is false: allow, allowed, ok, success, accept, accepted, authorized.
 */

/** An answer. */
export interface CallbackReply {
  readonly status: number
  /** The header `location`; empty without one. */
  readonly location: string
  /** The body as JSON; `undefined` when it is none. */
  readonly answer: unknown
}

const GRANTS = ['allow', 'allowed', 'ok', 'success', 'accept', 'accepted', 'authorized'] as const

/**
 * The decision in an answer.
 *
 * @param stream - What was asked about; none for a connection.
 */
export const decisionOf = (
  { status, location, answer }: CallbackReply,
  stream?: { readonly app: string },
): Decision => {
  const fields = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>
  if (status >= 200 && status < 300 && !saysNo(answer, fields)) {
    const elsewhere = text(fields['redirect'])
    if (elsewhere !== undefined) return redirect(elsewhere)
    const streamName = text(fields['streamName'])
    const { record } = fields
    return accept({
      ...(streamName === undefined ? {} : { streamName }),
      ...(typeof record === 'boolean' ? { record } : {}),
    })
  }
  if (status >= 300 && status < 400) {
    if (/^rtmps?:\/\//i.test(location)) return redirect(location)
    const name = stream && nameIn(location, stream.app)
    if (name !== undefined) return accept(name)
  }
  const code = text(fields['code'])
  const description = text(fields['description']) ?? text(fields['msg']) ?? 'not allowed'
  // Codes of statuses have dots; those of back ends are theirs.
  return reject(description, code?.includes('.') === true ? { code } : {})
}

const saysNo = (answer: unknown, fields: Readonly<Record<string, unknown>>): boolean => {
  if (answer === false || (typeof answer === 'number' && answer !== 0)) return true
  if (GRANTS.some((name) => fields[name] === false)) return true
  const code = fields['code']
  if (typeof code === 'number') return code !== 0
  return typeof code === 'string' && code !== '' && code !== '0'
}

/** The name that a location stands for: by itself, or behind the app it is for. */
const nameIn = (location: string, app: string): string | undefined => {
  const name = location.startsWith(`/${app}/`) ? location.slice(app.length + 2) : location
  return /^[^/?#:]+$/.test(name) ? name : undefined
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
