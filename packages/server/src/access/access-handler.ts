import type { ServerHandler } from '../core/handler.ts'

/** What a client wants to do with a stream. */
export type StreamAction = 'publish' | 'play'

/**
 * The hooks that decide who may do what, and those that hear of the end. Everything in the access kit is one of these:
 * use it as a handler, or as part of one.
 */
export type AccessHandler = Pick<
  ServerHandler,
  'connect' | 'publish' | 'play' | 'unpublish' | 'playStop' | 'disconnect'
>
