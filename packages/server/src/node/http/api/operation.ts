import type { Context } from 'hono'
import * as v from 'valibot'
import type { ApiAnswers } from '../../../contract/api-answers.ts'
import type { Awaitable } from '../../../contract/awaitable.ts'
import type { ServerEvents } from '../../../contract/events.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { ConnectionLogs } from '../connection-logs.ts'
import type { Environment } from '../environment.ts'
import type { EventFeed } from '../event-feed.ts'
import type { History } from '../history.ts'
import type { HttpOptions } from '../../../contract/http-options.ts'
import type { HttpSubject } from '../http-subject.ts'
import { RequestError } from '../problem.ts'
import { bodyOf, checkedValue } from '../request-body.ts'

const NONE: v.GenericSchema<unknown, unknown> = v.undefined_()

/** What operations have to do with. */
export interface ApiServices {
  readonly subject: HttpSubject
  readonly options: HttpOptions
  readonly history: History
  readonly feed: EventFeed
  readonly logs: ConnectionLogs
  /** Whether other nodes of the cluster ask, and nobody else. */
  readonly isAskedByNodes: boolean
}

/** What {@link ApiFacts.path} has in braces, each by one name everywhere. */
export const PATH_PARAMETERS = {
  id: { type: 'integer', description: 'The number of what is meant, as its list has it.' },
  stream: { type: 'integer', description: 'The `messageStreamId` of a publish or a play.' },
  path: { type: 'string', description: 'The path of a stream, `app/name`; slashes in it may be encoded.' },
  name: { type: 'string', description: 'The name of a file, folders included; slashes may be encoded.' },
} as const

/** What stands before operations of a kind in the document. */
type ApiTag = 'server' | 'streams' | 'connections' | 'relays' | 'bans' | 'recordings' | 'session'

/** What everybody may know of an operation: the document says it. */
export interface ApiFacts {
  /** `operationId`, and what it answers in {@link ApiAnswers}. */
  readonly id: keyof ApiAnswers | 'listenToEvents' | 'getMetrics'
  readonly tag: ApiTag
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the API's path, with parameters in braces. */
  readonly path: `/${string}`
  /** What it does, in a sentence without full stop. */
  readonly summary: string
  /** Parameters of the URL, checked. */
  readonly query?: Readonly<Record<string, ApiParameter>>
  /** Headers that are read. */
  readonly headers?: Readonly<Record<string, string>>
  /** Of success. Default 200. */
  readonly status?: 200 | 201 | 202
  /** The media type of success. Default JSON. */
  readonly type?: string
  /** Why else it may be refused, by status. */
  readonly refusals?: Readonly<Partial<Record<404 | 409 | 503, string>>>
}

/** One parameter of a URL. */
export interface ApiParameter {
  readonly schema: v.GenericSchema<unknown, unknown>
  readonly description: string
}

/** One request for an operation. */
export class ApiCall {
  readonly services: ApiServices
  readonly c: Context<Environment>
  readonly #query: Readonly<Record<string, ApiParameter>>

  constructor(
    services: ApiServices,
    c: Context<Environment>,
    query: Readonly<Record<string, ApiParameter>> = {},
  ) {
    this.services = services
    this.c = c
    this.#query = query
  }

  get subject(): HttpSubject {
    return this.services.subject
  }

  get core(): ServerCore {
    return this.services.subject.core
  }

  /** A parameter of the path, decoded once. */
  text(name: keyof typeof PATH_PARAMETERS): string {
    return this.c.req.param(name) ?? ''
  }

  /** A number in the path. @throws RequestError 400 for what is none */
  number(name: 'id' | 'stream'): number {
    const text = this.text(name)
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw new RequestError(400, { error: `'${text}' is not a number.`, field: name })
  }

  /** A text in the query, as its schema wants it. @throws RequestError 400 */
  query(name: string): string | undefined {
    const value = checkedValue<unknown>(this.#query[name]?.schema ?? NONE, this.c.req.query(name), name)
    return typeof value === 'string' ? value : undefined
  }

  /** Tells the application and the log what an administrator has done. */
  tell(action: ServerEvents['administration']['action'], text: string): void {
    const forwardedFor = this.c.req.header('x-forwarded-for')
    this.core.events.emit('administration', {
      action,
      by: this.c.env.origin.remoteAddress,
      forwardedFor,
      text,
    })
  }
}

/** One thing that can be asked of the API. The table of them makes its routes and its document. */
export interface ApiOperation extends ApiFacts {
  /** What its body is made by. */
  readonly body?: v.GenericSchema<unknown, unknown>
  readonly respond: (services: ApiServices, c: Context<Environment>) => Awaitable<Response>
}

/** An operation that is asked without a body. */
export const operation = <const Id extends keyof ApiAnswers>(
  facts: ApiFacts & { readonly id: Id },
  act: (call: ApiCall) => Awaitable<ApiAnswers[Id]>,
): ApiOperation => ({
  ...facts,
  respond: async (services, c) =>
    c.json(await act(new ApiCall(services, c, facts.query)), facts.status ?? 200),
})

/** An operation whose body is JSON; nothing at all is an empty object. */
export const operationWith = <const Id extends keyof ApiAnswers, Body>(
  facts: ApiFacts & { readonly id: Id },
  body: v.GenericSchema<unknown, Body>,
  act: (call: ApiCall, body: Body) => Awaitable<ApiAnswers[Id]>,
): ApiOperation => ({
  ...facts,
  body,
  respond: async (services, c) => {
    const given = await bodyOf(c, body)
    return c.json(await act(new ApiCall(services, c, facts.query), given), facts.status ?? 200)
  },
})
