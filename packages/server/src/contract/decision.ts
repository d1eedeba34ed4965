import type { Awaitable } from './awaitable.ts'

/** Bounds that go with a granted request, beside those of the whole server. What is missing is not bounded. */
export interface AcceptLimits {
  /** How long it may last, in milliseconds: a connection, a publish, a play. */
  readonly durationMs?: number
  /** Publish: media bytes a second, as a mean over some seconds. */
  readonly bytesPerSecond?: number
  /** Publish: players of the stream at once. */
  readonly players?: number
  /** Connect: publishes of this connection at once. */
  readonly publishes?: number
  /** Connect: plays of this connection at once. */
  readonly plays?: number
}

/** A question that is asked again and again while something lasts. */
export interface Recheck {
  /** Milliseconds from one answer to the next question. */
  readonly everyMs: number
  /** Nothing, or `accept`, lets it go on; `reject`, a failure, or no answer in time ends it. */
  check(): Awaitable<Decision>
}

/** What can go with a granted request. */
export interface AcceptOptions {
  /**
   * Publish and play: the name to use instead of the one asked for, below the same app unless `app` gives another; it is the
   * only one anybody else sees.
   */
  readonly streamName?: string
  /** Publish and play: the app to use instead of the one asked for. */
  readonly app?: string
  /** Play: tells the player that the stream is recorded (StreamIsRecorded). Default false. */
  readonly recorded?: boolean
  /** Who it is, once that is proved: from then on this user, and no longer the address, answers for the memory that is held. */
  readonly user?: string
  /** Publish: `true` records it by the rules with `on: 'request'` too, `false` by none. */
  readonly record?: boolean
  /** Bounds of what was granted, narrower than those of the server. Default none of its own. */
  readonly limits?: AcceptLimits
  /** Whether to ask again later, and when. Default never. */
  readonly recheck?: Recheck
  /** Ends what was granted when it aborts; its reason, if a text or an error, is the description. */
  readonly signal?: AbortSignal
}

/** Grants a request. */
export interface Accept extends AcceptOptions {
  /** Which decision it is. */
  readonly kind: 'accept'
}

/** Refuses a request, with a status first. */
export interface Reject {
  /** Which decision it is. */
  readonly kind: 'reject'
  /** Status code, one of `StatusCode` or another. By default the one that fits the request. */
  readonly code?: string
  /** Text for people; some clients show it. */
  readonly description?: string
  /** Whether the connection ends with it. By default it does for connect and publish, not for play. */
  readonly close?: boolean
  /** More properties of the status object, for programs at the other end. */
  readonly information?: Readonly<Record<string, unknown>>
}

/** Refuses a request and sends the client elsewhere. */
export interface Redirect {
  /** Which decision it is. */
  readonly kind: 'redirect'
  /** An `rtmp://` or `rtmps://` URL. */
  readonly url: string
  /** For the client's log. Default one that names no URL. */
  readonly description?: string
}

/** What a hook says about a request; nothing at all grants it. */
export type Decision = Accept | Reject | Redirect | undefined | void

/**
 * Grants a request, under another name if one is given, or with what the options say.
 *
 * @example
 * ```ts
 * createServer({ handler: { publish: ({ streamName }) => accept({ streamName: ownerOf(streamName), record: true }) } })
 * ```
 */
export const accept = (options: string | AcceptOptions = {}): Accept =>
  typeof options === 'string' ? { kind: 'accept', streamName: options } : { kind: 'accept', ...options }

/**
 * Refuses a request.
 *
 * @example
 * ```ts
 * createServer({ handler: { publish: ({ app }) => (app === 'live' ? undefined : reject('publish below live/')) } })
 * ```
 */
export const reject = (description?: string, options: Omit<Reject, 'kind' | 'description'> = {}): Reject => ({
  kind: 'reject',
  ...(description === undefined ? {} : { description }),
  ...options,
})

/**
 * Sends the client elsewhere (`ex: { code: 302, redirect }`).
 *
 * @example
 * ```ts
 * createServer({ handler: { play: ({ path }) => redirect(`rtmp://edge.example/${path}`) } })
 * ```
 */
export const redirect = (url: string, description?: string): Redirect => ({
  kind: 'redirect',
  url,
  ...(description === undefined ? {} : { description }),
})

/** Whether a decision grants. */
export const isGranted = (decision: Decision): decision is Accept | undefined | void =>
  decision?.kind !== 'reject' && decision?.kind !== 'redirect'

/** The refusal in a decision; `undefined` when it grants. */
export const refusalIn = (decision: Decision): Reject | Redirect | undefined =>
  isGranted(decision) ? undefined : decision

/** The grant in a decision; `undefined` when it refuses, or says nothing. */
export const grantIn = (decision: Decision): Accept | undefined =>
  decision?.kind === 'accept' ? decision : undefined
