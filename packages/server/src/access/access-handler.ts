import type { ServerHandler } from '../contract/handler.ts'

/**
 * The hooks that decide who may do what, and those that hear of the end. Everything in the access kit is one of these:
 * use it as a handler, or as part of one.
 */
export type AccessHandler = Pick<
  ServerHandler,
  'connect' | 'publish' | 'play' | 'unpublish' | 'playStop' | 'disconnect'
>
