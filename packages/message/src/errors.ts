/**
 * Codes of the `DecodeError`s with phase `'message'`, stable under semver. Bytes inside AMF values fail with the codes
 * of `@rtmp/amf0` (phase `'amf0'`) instead.
 *
 * - `USER_CONTROL_TRUNCATED`: a user control message is shorter than its event type, or than that event's data.
 * - `COMMAND_NAME`: a command has no first value, or it is not a string.
 * - `COMMAND_TRANSACTION_ID`: strict mode: the second value of a command is missing or not a number.
 * - `COMMAND_ARGUMENT`: strict mode of `parseCommand`: an argument is missing or of another type than specified.
 * - `DATA_NAME`: a data message has no first value, or it is not a string.
 * - `AMF3_FORMAT`: a message of type 15 or 17 starts with an unknown format byte; in strict mode with any but 0, type 16 too.
 * - `SHARED_OBJECT_TRUNCATED`: a shared object message ends inside its header or inside an event.
 * - `SHARED_OBJECT_EVENTS`: a shared object message holds more events, changes and arguments than the limit.
 * - `AGGREGATE_TRUNCATED`: strict mode: an aggregate ends inside a sub-message or its back pointer.
 * - `AGGREGATE_BACK_POINTER`: strict mode: a back pointer is not the size of its sub-message.
 * - `AGGREGATE_TYPE`: strict mode: a type that may not travel inside an aggregate.
 * - `AGGREGATE_LIMIT`: strict mode: more sub-messages, or a longer one, than the limits allow.
 */
export type MessageErrorCode =
  | 'USER_CONTROL_TRUNCATED'
  | 'COMMAND_NAME'
  | 'COMMAND_TRANSACTION_ID'
  | 'COMMAND_ARGUMENT'
  | 'DATA_NAME'
  | 'AMF3_FORMAT'
  | 'SHARED_OBJECT_TRUNCATED'
  | 'SHARED_OBJECT_EVENTS'
  | AggregateProblemCode

/** What can be wrong with an aggregate. Tolerated and reported by default, thrown in strict mode. */
export type AggregateProblemCode =
  | 'AGGREGATE_TRUNCATED'
  | 'AGGREGATE_BACK_POINTER'
  | 'AGGREGATE_TYPE'
  | 'AGGREGATE_LIMIT'
