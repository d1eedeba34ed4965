/** Every bound of a session. Reaching one ends in a refusal or in the connection's end, never in more memory. */
export interface SessionLimits {
  /** Bytes of one audio, video or aggregate message. */
  readonly maxMediaMessageBytes: number
  /** Bytes of one command, data, shared object or unknown message. */
  readonly maxCommandMessageBytes: number
  /** Bytes of unfinished messages over all chunk streams, before `connect` has come: and so bytes of `connect`. Server only. */
  readonly maxConnectBytes: number
  /** Bytes of unfinished messages over all chunk streams. */
  readonly maxBufferedBytes: number
  /** Chunk streams with state. */
  readonly maxChunkStreams: number
  /** Message streams alive at once; a further createStream is answered with an error. */
  readonly maxMessageStreams: number
  /** Our own calls that wait for an answer. A further `call` throws a UsageError. */
  readonly maxPendingCalls: number
  /** Requests of the peer that wait for the host's decision; further ones are refused at once. */
  readonly maxPendingRequests: number
  /** Bytes of messages that came before the decision they depend on, over the whole connection. */
  readonly maxHeldBytes: number
  /** Number of such messages. */
  readonly maxHeldMessages: number
  /** Sub-messages of one aggregate. */
  readonly maxAggregateMessages: number
  /**
   * Rate limit, server only: commands of a client in a second; four seconds' worth may come at once. Further ones are refused with a
   * status, and when it goes on for as many again, the connection ends. 0 for any number.
   */
  readonly maxCommandsPerSecond: number
  /**
   * Rate limit, server only: messages of a client in a second, beside one for every 64 bytes; four seconds' worth may come at once. What
   * comes faster waits unread, and nothing is lost. 0 for any number.
   */
  readonly maxMessagesPerSecond: number
  /** Command messages that cannot be decoded, before the connection is ended. */
  readonly maxBrokenCommands: number
  /** Ping requests answered per `receive`; the others of the same slice stay unanswered. */
  readonly maxPongsPerReceive: number
  /** Warnings reported; later ones are only counted. */
  readonly maxWarnings: number
  /** UTF-8 bytes of an app or a stream name, query included. */
  readonly maxNameBytes: number
  /** UTF-8 bytes of a tcUrl. */
  readonly maxTcUrlBytes: number
}

/** The defaults: room for 4K key frames and slow decisions, small for everything that is not media. */
export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  maxMediaMessageBytes: 0xff_ff_ff,
  maxCommandMessageBytes: 1_048_576,
  maxConnectBytes: 65_536,
  maxBufferedBytes: 33_554_432,
  maxChunkStreams: 256,
  maxMessageStreams: 64,
  maxPendingCalls: 256,
  maxPendingRequests: 64,
  maxHeldBytes: 8_388_608,
  maxHeldMessages: 4096,
  maxAggregateMessages: 10_000,
  maxCommandsPerSecond: 50,
  maxMessagesPerSecond: 10_000,
  maxBrokenCommands: 3,
  maxPongsPerReceive: 16,
  maxWarnings: 100,
  maxNameBytes: 4096,
  maxTcUrlBytes: 8192,
}
