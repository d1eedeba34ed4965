/** Codes of the `ProtocolError`s that end a session (`closed` events carry them); phase `'session'`. */
export type SessionErrorCode =
  /** The handshake was not complete within `deadlines.handshake`. */
  | 'SESSION_HANDSHAKE_TIMEOUT'
  /** `connect` did not arrive (server) or was not answered (client) within `deadlines.connect`. */
  | 'SESSION_CONNECT_TIMEOUT'
  /** Neither publish nor play was asked for within `deadlines.command`. */
  | 'SESSION_COMMAND_TIMEOUT'
  /** A publisher sent no byte for `deadlines.publisherIdle`. */
  | 'SESSION_PUBLISHER_IDLE'
  /** Nothing at all was received after a ping request for `ping.timeout`. */
  | 'SESSION_PING_TIMEOUT'
  /** A command other than `connect` came before `connect` had been asked for. */
  | 'SESSION_NOT_CONNECTED'
  /** Commands went on to come beyond `limits.maxCommandsPerSecond`, although they were refused. */
  | 'SESSION_TOO_MANY_COMMANDS'
  /** More than `limits.maxBrokenCommands` command messages could not be decoded. */
  | 'SESSION_BROKEN_COMMANDS'
  /** More came before a decision than `limits.maxHeldBytes` or `limits.maxHeldMessages`. */
  | 'SESSION_HELD_TOO_MUCH'
  /** Only in strict mode: a leniency would have been needed. */
  | 'SESSION_STRICT'

/** Codes of `warning` events: what was odd, tolerated, and is worth a line in a log. */
export type SessionWarningCode =
  /** The handshake was accepted although something in it is wrong. */
  | 'HANDSHAKE'
  /** A command message could not be decoded and was ignored. */
  | 'COMMAND_BROKEN'
  /** A data message could not be read (its name is not a string) and was ignored. */
  | 'DATA_BROKEN'
  /** A user control or shared object message could not be decoded and was ignored. */
  | 'MESSAGE_BROKEN'
  /** Media or data for a message stream that is not publishing (server) or playing (client) was ignored. */
  | 'MEDIA_UNEXPECTED'
  /** A command or media came with message stream id 0 and was taken for the only stream. */
  | 'STREAM_ZERO'
  /** A command named a message stream that does not exist. */
  | 'STREAM_UNKNOWN'
  /** A command does not fit the state of its message stream and was refused. */
  | 'STREAM_STATE'
  /** deleteStream named its stream in an unusual way and was understood. */
  | 'DELETE_STREAM_ODD'
  /** A second `connect` was refused. */
  | 'CONNECT_REPEATED'
  /** An app, a stream name or a tcUrl is too long or holds control characters. */
  | 'NAME_REFUSED'
  /** A limit kept something out; the connection goes on. */
  | 'LIMIT'
  /** The host did not decide on a request within `deadlines.decision`; it was refused. */
  | 'REQUEST_EXPIRED'
  /** An answer came that belongs to no call of ours. */
  | 'ANSWER_UNKNOWN'
  /** An answer came with transaction id 0 and was matched by order. */
  | 'ANSWER_UNNUMBERED'
