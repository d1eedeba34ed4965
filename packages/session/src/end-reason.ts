/**
 * Why a publish, a play or a connection ended.
 *
 * By command of the peer:
 * - `'closeStream'`, `'deleteStream'`, `'fcUnpublish'`: the command of that name.
 * - `'publishFalse'`: `publish(false)`, the way Wirecast and Flash stop.
 * - `'replaced'`: another `play` on the same message stream took its place.
 * - `'status'`: the server said so by an `onStatus` (client role).
 * - `'peerClosed'`: the server sent the command `close` (client role).
 *
 * By our own side, as given to `close`, `endPublish` or `endPlay`:
 * - `'completed'`: everything there was has been sent.
 * - `'kicked'`, `'shutdown'`, `'closed'`: an operator, the end of the process, or any other decision.
 * - `'refused'`: a request was rejected and the connection ends with it.
 *
 * By what happened to the connection:
 * - `'timeout'`: a deadline passed (handshake, connect, first publish or play, silence, unanswered ping).
 * - `'protocolError'`: the peer sent what no reading of the protocol allows, or broke a limit.
 * - `'transportClosed'`, `'transportError'`: the socket ended, in order or not.
 */
export type EndReason =
  | 'closeStream'
  | 'deleteStream'
  | 'fcUnpublish'
  | 'publishFalse'
  | 'replaced'
  | 'status'
  | 'peerClosed'
  | 'completed'
  | 'kicked'
  | 'shutdown'
  | 'closed'
  | 'refused'
  | 'timeout'
  | 'protocolError'
  | 'transportClosed'
  | 'transportError'

/** The reasons our own side can give for ending a connection, a publish or a play. */
export type OwnEndReason = 'completed' | 'kicked' | 'shutdown' | 'closed' | 'refused' | 'replaced' | 'timeout'

/** The ways a transport can end. */
export type TransportEndReason = 'transportClosed' | 'transportError'
