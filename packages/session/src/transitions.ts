/**
 * The two state machines of a session, as data. `scripts/draw-states.ts` draws `docs/states.md` from these tables, and
 * {@link nextState} is the only code that reads them.
 */

/** Where a connection stands. The same for both roles. */
export type ConnectionState = 'handshaking' | 'awaitingConnect' | 'connectRequested' | 'connected' | 'closed'

/** What moves a connection from state to state. */
export type ConnectionInput = 'handshakeComplete' | 'connect' | 'accept' | 'reject' | 'close'

/**
 * Connection states (RTMP 1.0 §7.2.1). `reject` leads back to `awaitingConnect` when the connection is kept, which
 * is not the default.
 */
export const CONNECTION_TRANSITIONS: Readonly<
  Record<ConnectionState, Readonly<Partial<Record<ConnectionInput, ConnectionState>>>>
> = {
  handshaking: { handshakeComplete: 'awaitingConnect', close: 'closed' },
  awaitingConnect: { connect: 'connectRequested', close: 'closed' },
  connectRequested: { accept: 'connected', reject: 'awaitingConnect', close: 'closed' },
  connected: { close: 'closed' },
  closed: {},
}

/** What one message stream is doing. The same for both roles. */
export type StreamState = 'idle' | 'publishRequested' | 'publishing' | 'playRequested' | 'playing' | 'deleted'

/**
 * What moves a message stream from state to state: commands of the client (`publish`, `play`, `closeStream`,
 * `deleteStream`), decisions of the server (`accept`, `reject`, `end`), and `disconnect`, the end of the connection.
 * `unpublish` is FCUnpublish or `publish(false)`.
 */
export type StreamInput =
  | 'publish'
  | 'play'
  | 'accept'
  | 'reject'
  | 'unpublish'
  | 'end'
  | 'closeStream'
  | 'deleteStream'
  | 'disconnect'

/**
 * Message stream states (RTMP 1.0 §7.2.2). A new `play` on a playing stream ends the old playback and asks again; a
 * `publish` on a stream that publishes or plays is refused, and the stream goes on as it was.
 */
export const STREAM_TRANSITIONS: Readonly<
  Record<StreamState, Readonly<Partial<Record<StreamInput, StreamState>>>>
> = {
  idle: {
    publish: 'publishRequested',
    play: 'playRequested',
    closeStream: 'idle',
    deleteStream: 'deleted',
    disconnect: 'deleted',
  },
  publishRequested: {
    accept: 'publishing',
    reject: 'idle',
    unpublish: 'idle',
    closeStream: 'idle',
    deleteStream: 'deleted',
    disconnect: 'deleted',
  },
  publishing: {
    unpublish: 'idle',
    end: 'idle',
    closeStream: 'idle',
    deleteStream: 'deleted',
    disconnect: 'deleted',
  },
  playRequested: {
    play: 'playRequested',
    accept: 'playing',
    reject: 'idle',
    closeStream: 'idle',
    deleteStream: 'deleted',
    disconnect: 'deleted',
  },
  playing: {
    play: 'playRequested',
    end: 'idle',
    closeStream: 'idle',
    deleteStream: 'deleted',
    disconnect: 'deleted',
  },
  deleted: {},
}

/** The state after `input`, or `undefined` when the table does not allow `input` in `state`. */
export const nextState = <State extends string, Input extends string>(
  table: Readonly<Record<State, Readonly<Partial<Record<Input, State>>>>>,
  state: State,
  input: Input,
): State | undefined => table[state][input]
