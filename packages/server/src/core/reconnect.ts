import { buildReconnectRequest, CapsEx, RECONNECT_REQUEST } from '@rtmp/e-rtmp'
import type { DrainOptions } from '../contract/drain-options.ts'
import type { Peer } from './peer.ts'

/** Sends a reconnect request to a client that knows it; false when it cannot be asked. */
export const askToReconnect = (peer: Peer, options: DrainOptions, now: number): boolean => {
  if (((peer.capabilities.capsEx ?? 0) & CapsEx.reconnect) === 0) return false
  const { tcUrl, description = '' } = options
  const { code: _code, ...details } = buildReconnectRequest({
    description,
    ...(tcUrl === undefined ? {} : { tcUrl }),
  })
  let asked = false
  peer.act(now, (session) => {
    if (session.state !== 'connected') return
    session.onStatus(0, RECONNECT_REQUEST, { level: 'status', ...details })
    asked = true
  })
  return asked
}
