import type { OwnEndReason, TransportEndReason } from './end-reason.ts'
import type { Millis } from './options.ts'
import type { ConnectionState } from './transitions.ts'

/**
 * One RTMP connection without I/O: bytes in, events out, bytes out; time is told. The host's loop is
 *
 * ```
 * on bytes:   session.receive(bytes, now); settle()
 * on timer:   session.handleTimeout(now); settle()
 * on end:     session.transportClosed('transportClosed', now); settle()
 * settle:     for each event of nextEvent() until undefined: act
 *             write takeOutput(); arm the timer for nextTimeout()
 * ```
 */
export interface Session<Event> {
  /**
   * Takes bytes from the transport. They are borrowed: drain {@link nextEvent} until `undefined` before their memory
   * is used again. Never throws for what the bytes say; an illegal peer ends in a `closed` event.
   */
  receive(bytes: Uint8Array, now: Millis): void
  /** The next event, or `undefined` when there is none. Reads on only as far as the next event. */
  nextEvent(): Event | undefined
  /** Whether {@link takeOutput} has anything. */
  readonly hasOutput: boolean
  /** Bytes to write, in order, since the last call; also after the end. Pieces may be views of payloads given to us. */
  takeOutput(): Uint8Array[]
  /**
   * When to call {@link handleTimeout} next; `undefined` for never. May be in the past: call it at once, as after
   * creation, so that deadlines start. Coming too early does no harm, so re-arm only for earlier times.
   */
  nextTimeout(): Millis | undefined
  /**
   * How often something was given a deadline: as long as that stays, {@link nextTimeout} says nothing earlier than before. A timer that has run down has to be
   * set anew in any case.
   */
  readonly deadlinesMade: number
  /** Tells the time and does what is due. */
  handleTimeout(now: Millis): void
  /** Counts bytes the transport wrote that did not come from {@link takeOutput} (batches shared between players). */
  noteBytesSent(count: number): void
  /** Ends the session from our side. Output may still wait; write it before closing the transport. */
  close(reason?: OwnEndReason, description?: string): void
  /** The transport has ended. Nothing happens if the session was over before. */
  transportClosed(reason: TransportEndReason, now: Millis, description?: string): void
  /** Where the connection stands. */
  readonly state: ConnectionState
  /** Counters, taken now. */
  readonly stats: SessionStats
}

/** Counters of one session at one moment. Bytes count from the end of the handshake. */
export interface SessionStats {
  /** Bytes received, chunk headers included. */
  readonly bytesReceived: number
  /** Bytes handed out by `takeOutput` or noted by `noteBytesSent`. */
  readonly bytesSent: number
  /** Bytes sent and not acknowledged; meaningless with a peer that never acknowledges. */
  readonly bytesUnacknowledged: number
  /** Acknowledgements (RTMP 1.0 §5.4.3) that came, whatever number they named. */
  readonly acknowledgementsReceived: number
  /** Acknowledgements sent, each for at least half of the peer's window. */
  readonly acknowledgementsSent: number
  /** Largest chunk that the peer sends, in bytes: 128 until it says otherwise. */
  readonly receiveChunkSize: number
  /** Largest chunk that we send, in bytes: 128 until we have said otherwise. */
  readonly sendChunkSize: number
  /** Window by which the peer wants acknowledgements, in bytes; 0 for none. */
  readonly receiveWindowAckSize: number
  /** What the peer allows us to have unacknowledged (Set Peer Bandwidth), in bytes. Told, not enforced. */
  readonly peerBandwidthLimit: number | undefined
  /** Round-trip time of the last answered ping, in milliseconds. */
  readonly rtt: number | undefined
  /** Messages of type 8, those dropped included, those that wait for a decision not yet; the ones in an aggregate count one by one. */
  readonly audioMessagesReceived: number
  /** Messages of type 9, counted alike. */
  readonly videoMessagesReceived: number
  /** Messages of types 15 and 18, counted alike. */
  readonly dataMessagesReceived: number
  /** Messages of types 17 and 20, those refused or broken included. */
  readonly commandsReceived: number
  /** Messages that were dropped because their stream was not there or not doing that. */
  readonly messagesIgnored: number
  /** Warnings, including those beyond `limits.maxWarnings` that were not reported. */
  readonly warnings: number
  /** Requests of the peer that wait for a decision. */
  readonly pendingRequests: number
  /** Requests of ours that wait for an answer. */
  readonly pendingCalls: number
  /** Bytes of messages that wait for a decision. */
  readonly heldBytes: number
  /** Message streams alive. */
  readonly messageStreams: number
}
