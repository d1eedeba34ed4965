import type { Amf0Plain } from '@rtmp/amf0'
import { ByteReader, DecodeError } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { bodyStart, decodeBody, encodeBody, stringAt, textAt } from './amf-body.ts'
import type { MessageDecodeOptions, MessageEncodeOptions, MessageEncoding } from './options.ts'
import { type StatusLevel, statusLevel } from './status.ts'

/*
 * Command message, types 20 and 17 (RTMP 1.0 §7.1.1):
 *
 *   name string | transaction id number | command object: object or null | arguments…
 */

/** A command, an answer to one, or a status. */
export interface CommandMessage {
  /** Which message it is. */
  readonly kind: 'command'
  /** `amf0`: type 20; `amf3`: type 17. */
  readonly encoding: MessageEncoding
  /** `connect`, `_result`, `onStatus`, … */
  readonly name: string
  /** Ties an answer to its request; 0 asks for none. 0 also when the sender left it out. */
  readonly transactionId: number
  /** An object or null in most commands. */
  readonly commandObject: unknown
  /** What follows, by position. */
  readonly args: readonly unknown[]
}

/** What can be known of a command without decoding its arguments. */
export interface CommandHead {
  /** As in {@link CommandMessage}. */
  readonly name: string
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
}

const NUMBER = 0x00

const encodingOf = (message: Message): MessageEncoding =>
  message.typeId === MessageTypeId.commandAmf3 ? 'amf3' : 'amf0'

/**
 * Name and transaction id of a command, without touching the rest: enough to answer what needs no arguments, and to
 * answer `_error` to what cannot be decoded.
 *
 * @example
 * ```ts
 * const head = peekCommand(message)
 * if (head?.name === 'deleteStream') console.log(head.transactionId)
 * ```
 *
 * @returns `undefined` when the payload does not start with a string. Never throws.
 */
export const peekCommand = (message: Message): CommandHead | undefined => {
  const { payload } = message
  const start = bodyStart(payload, encodingOf(message))
  const name = textAt(payload, start)
  if (name === undefined) return undefined
  const at = (stringAt(payload, start) as readonly [number, number])[1]
  const numbered = payload[at] === NUMBER && payload.length - at >= 9
  return { name, transactionId: numbered ? new ByteReader(payload, 'message', at + 1).f64() : 0 }
}

/**
 * A command with all its values, in the plain view of `@rtmp/amf0` (RTMP 1.0 §7.1.1). Shares no memory with the
 * message.
 *
 * Tolerated, as real peers send it: a transaction id that is null (0 then) or missing (0, and the command object comes
 * where it should stand), a missing command object (`null`), a type 17 without its format byte.
 *
 * @example
 * ```ts
 * const { name, transactionId, commandObject, args } = decodeCommand(message)
 * if (name === 'connect') console.log(transactionId, commandObject, args)
 * ```
 *
 * @param message - A message of type 20 or 17.
 * @throws DecodeError `COMMAND_NAME`, `AMF3_FORMAT`, in strict mode also `COMMAND_TRANSACTION_ID`, and the codes of
 *   `decodeAmf0`, whose offsets count from the first value.
 */
export const decodeCommand = (message: Message, options?: MessageDecodeOptions): CommandMessage => {
  const encoding = encodingOf(message)
  const [name, second, ...rest] = decodeBody(message.payload, encoding, 'COMMAND_NAME', options)
  const numbered = typeof second === 'number'
  if (!numbered && options?.strict === true) {
    throw new DecodeError('COMMAND_TRANSACTION_ID', `"${name}" without transaction id`, 0, 'message')
  }
  const absent = second === null || second === undefined
  const following: Amf0Plain[] = numbered || absent ? rest : [second, ...rest]
  const [commandObject = null, ...args] = following
  return { kind: 'command', encoding, name, transactionId: numbered ? second : 0, commandObject, args }
}

/**
 * The payload of a command (RTMP 1.0 §7.1.1), in memory of its own.
 *
 * @throws UsageError with the codes and paths of `encodeAmf0`: `$[0]` is the name, `$[3]` the first argument.
 */
export const encodeCommand = (
  command: CommandMessage,
  options?: MessageEncodeOptions,
): Uint8Array<ArrayBuffer> =>
  encodeBody(
    [command.name, command.transactionId, command.commandObject, ...command.args],
    command.encoding,
    options,
  )

/**
 * A command from its parts (RTMP 1.0 §7.1.1). For the commands of the specification see `buildCommand`.
 *
 * @param transactionId - 0 when no answer is wanted.
 */
export const command = (
  name: string,
  transactionId: number,
  commandObject: unknown = null,
  ...args: readonly unknown[]
): CommandMessage => ({ kind: 'command', encoding: 'amf0', name, transactionId, commandObject, args })

/**
 * The answer to a command that was carried out (RTMP 1.0 §7.1.1). FFmpeg reads the answer to `createStream` by byte
 * position: give it as `result(transactionId, null, messageStreamId)`.
 *
 * @example
 * ```ts
 * const payload = encodeCommand(result(2, null, 1)) // the answer to createStream: message stream 1
 * ```
 */
export const result = (
  transactionId: number,
  commandObject: unknown = null,
  ...args: readonly unknown[]
): CommandMessage => command('_result', transactionId, commandObject, ...args)

/**
 * The answer to a command that was not carried out; the first argument is a {@link statusInfo}.
 *
 * @example
 * ```ts
 * const answer = error(2, null, statusInfo('NetConnection.Call.Failed', { level: 'error', description: 'no such method' }))
 * ```
 */
export const error = (
  transactionId: number,
  commandObject: unknown = null,
  ...args: readonly unknown[]
): CommandMessage => command('_error', transactionId, commandObject, ...args)

/** What a status says beyond its code. Other properties are sent as they are. */
export interface StatusDetails {
  /** Default: the code's own level, see `statusLevel`. */
  readonly level?: StatusLevel
  /** For people. Default: the code. */
  readonly description?: string
  /** Any value that AMF0 can say: `clientid`, `details`, … */
  readonly [property: string]: unknown
}

/** The information object of a status: `level`, `code`, `description`, then the other properties. */
export const statusInfo = (code: string, details: StatusDetails = {}): Readonly<Record<string, unknown>> => {
  const { level = statusLevel(code), description = code, ...more } = details
  return { level, code, description, ...more }
}

/**
 * A status of a message stream (RTMP 1.0 §7.2.2); send it on that stream.
 *
 * @example
 * ```ts
 * const payload = encodeCommand(onStatus('NetStream.Publish.Start', { description: 'live/show is published' }))
 * ```
 */
export const onStatus = (code: string, details?: StatusDetails): CommandMessage =>
  command('onStatus', 0, null, statusInfo(code, details))
