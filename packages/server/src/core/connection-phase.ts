/**
 * What a connection is doing.
 *
 * - `'asked'`: the `connection` hook has not answered; nothing is read.
 * - `'open'`: the session is alive.
 * - `'flushing'`: the session is over; what it has said last is still on its way.
 * - `'lingering'`: we have ended our side and wait for the peer to end its own.
 * - `'gone'`: the transport is closed.
 */
export type ConnectionPhase = 'asked' | 'open' | 'flushing' | 'lingering' | 'gone'
