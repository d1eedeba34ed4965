/**
 * Typed RTMP messages: user control, commands, data, shared objects, aggregates, status codes. Runs anywhere.
 *
 * @packageDocumentation
 */
export {
  type AggregateProblem,
  buildAggregate,
  type ReadAggregateOptions,
  readAggregate,
} from './aggregate.ts'
export { buildCommand, type CommandInput, type Unnumbered } from './build-command.ts'
export {
  type CommandHead,
  type CommandMessage,
  command,
  decodeCommand,
  encodeCommand,
  error,
  onStatus,
  peekCommand,
  result,
  type StatusDetails,
  statusInfo,
} from './command.ts'
export {
  clearDataFrame,
  type DataMessage,
  data,
  decodeData,
  encodeData,
  type ParsedData,
  parseData,
  peekDataName,
  rtmpSampleAccess,
  setDataFrame,
  unwrapDataFrame,
} from './data.ts'
export type { AggregateProblemCode, MessageErrorCode } from './errors.ts'
export { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './limits.ts'
export type { MessageDecodeOptions, MessageEncodeOptions, MessageEncoding } from './options.ts'
export { type ParseCommandOptions, parseCommand } from './parse-command.ts'
export { PeerBandwidthLimiter } from './peer-bandwidth.ts'
export { decodeSharedObject, encodeSharedObject, type SharedObjectMessage } from './shared-object.ts'
export type { SharedObjectChange, SharedObjectEvent } from './shared-object-event.ts'
export { type KnownStatusCode, StatusCode, type StatusLevel, statusLevel } from './status.ts'
export type {
  BareCommand,
  ConnectCommand,
  CreateStreamCommand,
  DeleteStreamCommand,
  OnBwDoneCommand,
  PauseCommand,
  Play2Command,
  PlayCommand,
  PublishCommand,
  PublishType,
  ReceiveCommand,
  ReplyCommand,
  SeekCommand,
  StatusCommand,
  StreamNameCommand,
  TypedCommand,
  UnknownCommand,
} from './typed-command.ts'
export {
  decodeMessage,
  type EncodeMessageOptions,
  encodeMessage,
  type TypedMessage,
} from './typed-message.ts'
export {
  cutPath,
  cutStream,
  parseQuery,
  queriesInUrl,
  type QueryParameters,
  sentNames,
  type StreamCut,
  type StreamPlace,
  streamPath,
} from './stream-path.ts'
export {
  decodeUserControl,
  encodeUserControl,
  type PingEvent,
  type SetBufferLengthEvent,
  type StreamEvent,
  type SwfVerificationEvent,
  type UnknownUserControlEvent,
  type UserControlEvent,
  UserControlEventType,
} from './user-control.ts'
