import type { Readable } from 'node:stream'
import type { Context } from 'hono'
import * as v from 'valibot'
import { written } from '../../config/load.ts'
import type { Environment } from './environment.ts'
import { RequestError } from './problem.ts'

/** The largest body that is read, in bytes: a whole configuration with many rules fits. */
const MOST_BODY_BYTES = 64 * 1024

/** How deep values may lie in others: everything that is asked for is flatter, and some of what looks at them calls itself for each. */
const MOST_DEPTH = 32

/** The longest text for people. */
const MOST_REASON = 200

/** The longest name, address or pattern. */
const MOST_NAME = 500

/** A day, in milliseconds. */
const MOST_DEADLINE_MS = 86_400_000

/** Ten years, in seconds. */
const MOST_SECONDS = 315_360_000

const text = (most: number) => {
  const message = `give a text of 1 to ${most} characters`
  return v.pipe(v.string(message), v.minLength(1, message), v.maxLength(most, message))
}

const whole = (least: number, most: number) => {
  const message = `give a whole number from ${least} to ${most}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}

/** An object with no other fields than these. */
const strict = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(v.custom<Record<string, unknown>>(isObject, 'send an object'), v.strictObject(entries))

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Why something is ended, for whoever it is ended for. */
export const reasonSchema = v.optional(text(MOST_REASON))

/** Of `POST /_/api/bans`. */
export const banSchema = strict({
  address: v.exactOptional(text(MOST_NAME)),
  stream: v.exactOptional(text(MOST_NAME)),
  actions: v.exactOptional(
    v.array(v.picklist(['publish', 'play'], "give 'publish', 'play' or both"), 'give a list of actions'),
  ),
  seconds: v.exactOptional(whole(1, MOST_SECONDS)),
  reason: v.exactOptional(text(MOST_REASON)),
})

const WHERE = 'give a URL that begins with rtmp:// or rtmps://, or a path that begins with /'

/** Of `POST /_/api/drain` and `POST /_/api/streams/<app>/<name>/drain`. */
export const drainSchema = strict({
  tcUrl: v.exactOptional(
    v.pipe(
      text(MOST_NAME),
      v.check((url) => url.startsWith('/') || (/^rtmps?:\/\//i.test(url) && URL.canParse(url)), WHERE),
    ),
  ),
  deadlineMs: v.exactOptional(whole(0, MOST_DEADLINE_MS)),
  description: v.exactOptional(text(MOST_REASON)),
})

/** Which stream to record. */
export const recordingSchema: v.GenericSchema<unknown, { readonly stream: string }> = v.strictObject({
  stream: v.pipe(text(MOST_REASON), v.minLength(1, 'stream says which stream to record')),
})

/** What a value must be, or a refusal that names the field. */
export const checkedValue = <T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  field: string | undefined,
): T => {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const [first, ...others] = result.issues.map((issue) => {
    const keys = (issue.path ?? []).map(({ key }) => key as string | number)
    const path = keys.length === 0 ? field : written(keys)
    const sentence = isUnknownKey(issue)
      ? `there is no field ${path ?? ''}: correct it, or leave it out`
      : issue.message
    return { error: `${sentence}.`, ...(path === undefined ? {} : { field: path }) }
  })
  throw new RequestError(400, first ?? { error: 'the request cannot be used.' }, ...others)
}

/** The JSON of a request, of at most {@link MOST_BODY_BYTES}. Nothing at all is an empty object. */
const jsonBody = (c: Context<Environment>): Promise<unknown> => jsonIn(c.req.raw)

const tooLong = (): RequestError =>
  new RequestError(413, { error: `the body has more than ${MOST_BODY_BYTES} bytes.` })

/**
 * The same of a request by itself.
 *
 * @param incoming - Where Node has it: strangers may send their bodies byte by byte, and streams of the web cost far more for each.
 */
export const jsonIn = async (request: Request, incoming?: Readable): Promise<unknown> => {
  const { headers } = request
  const bytes = await bodyBytes(request, incoming)
  if (bytes.length === 0) return {}
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new RequestError(415, { error: 'send JSON, with content-type: application/json.' })
  }
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    throw new RequestError(400, { error: 'the body is not JSON.' })
  }
  if (isDeeper(value, MOST_DEPTH))
    throw new RequestError(400, { error: `values lie in each other, more than ${MOST_DEPTH} deep.` })
  return value
}

/**
 * The body of a request, of at most {@link MOST_BODY_BYTES}.
 *
 * @param incoming - See {@link jsonIn}.
 * @throws RequestError 413
 */
export const bodyBytes = async (request: Request, incoming?: Readable): Promise<Buffer> => {
  if (Number(request.headers.get('content-length')) > MOST_BODY_BYTES) throw tooLong()
  return incoming === undefined ? readWeb(request) : readNode(incoming)
}

const readWeb = async ({ body }: Request): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > MOST_BODY_BYTES) throw tooLong()
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const readNode = (body: Readable): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const bytes = Buffer.allocUnsafe(MOST_BODY_BYTES)
    let length = 0
    const end = (then: () => void): void => {
      body.off('data', take)
      then()
    }
    const take = (piece: Buffer): void => {
      if (length + piece.length > MOST_BODY_BYTES) {
        end(() => reject(tooLong()))
        return
      }
      length += piece.copy(bytes, length)
    }
    body.on('data', take)
    body.once('end', () => end(() => resolve(bytes.subarray(0, length))))
    // Whoever asked has gone in the middle of it: nobody reads the answer.
    const gone = (): void =>
      end(() => reject(new RequestError(400, { error: 'the body has not come whole.' })))
    body.once('error', gone)
    body.once('close', gone)
  })

/** Whether values lie in each other deeper than that. */
const isDeeper = (value: unknown, most: number): boolean => {
  if (typeof value !== 'object' || value === null) return false
  return most === 0 || Object.values(value).some((inner) => isDeeper(inner, most - 1))
}

/** The JSON of a request as a schema wants it. */
export const bodyOf = async <T>(c: Context<Environment>, schema: v.GenericSchema<unknown, T>): Promise<T> =>
  checkedValue(schema, await jsonBody(c), undefined)

/** A field that a strict object does not know. */
const isUnknownKey = (issue: v.BaseIssue<unknown>): boolean =>
  issue.type === 'strict_object' && issue.expected === 'never'
