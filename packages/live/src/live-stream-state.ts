/**
 * What a stream is doing.
 *
 * - `'waiting'`: subscribers are there, no publisher has come yet.
 * - `'live'`: somebody publishes.
 * - `'grace'`: the publisher was lost; subscribers wait for it to come back.
 * - `'ended'`: over, and no longer in the registry.
 */
export type LiveStreamState = 'waiting' | 'live' | 'grace' | 'ended'
