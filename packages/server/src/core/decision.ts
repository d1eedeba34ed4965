/** Something, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>

/** Grants a request. */
export interface Accept {
  readonly kind: 'accept'
  /** Publish and play: the name to use instead of the one asked for; it is the only one anybody else sees. */
  readonly streamName?: string
}

/** Refuses a request, with a status first. */
export interface Reject {
  readonly kind: 'reject'
  /** Status code, one of `StatusCode` or another. By default the one that fits the request. */
  readonly code?: string
  /** Text for people; some clients show it. */
  readonly description?: string
  /** Whether the connection ends with it. By default it does for connect and publish, not for play. */
  readonly close?: boolean
}

/** Refuses a request and sends the client elsewhere. */
export interface Redirect {
  readonly kind: 'redirect'
  /** An `rtmp://` or `rtmps://` URL. */
  readonly url: string
  readonly description?: string
}

/** What a hook says about a request; nothing at all grants it. */
export type Decision = Accept | Reject | Redirect | undefined | void

/** Grants a request, under another name if one is given. */
export const accept = (streamName?: string): Accept =>
  streamName === undefined ? { kind: 'accept' } : { kind: 'accept', streamName }

/** Refuses a request. */
export const reject = (description?: string, options: Omit<Reject, 'kind' | 'description'> = {}): Reject => ({
  kind: 'reject',
  ...(description === undefined ? {} : { description }),
  ...options,
})

/** Sends the client elsewhere (`ex: { code: 302, redirect }`). */
export const redirect = (url: string, description?: string): Redirect => ({
  kind: 'redirect',
  url,
  ...(description === undefined ? {} : { description }),
})
