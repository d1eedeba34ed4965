import { ProtocolError } from '@rtmp/bytes'
import type { CommandMessage } from './command.ts'
import type { MessageErrorCode } from './errors.ts'
import { type StatusLevel, statusLevel } from './status.ts'
import type { ConnectCommand, PlayCommand, PublishType, TypedCommand } from './typed-command.ts'

/** How to read a command's arguments. */
export interface ParseCommandOptions {
  /**
   * Refuse an argument that is missing or of another type than the specification gives it. Default false: it reads as
   * its default, or as `undefined` where there is none.
   */
  readonly strict?: boolean | undefined
}

/**
 * A decoded command by what it asks for. Surplus arguments are ignored. Commands of names not known here come back as
 * `unknown`, with everything in them.
 *
 * @throws ProtocolError `COMMAND_ARGUMENT`, only with `options.strict`
 *
 * @example
 * const typed = parseCommand(decodeCommand(message))
 * if (typed.kind === 'publish') start(typed.streamName)
 */
export const parseCommand = (command: CommandMessage, options: ParseCommandOptions = {}): TypedCommand => {
  const { name: kind, transactionId, commandObject } = command
  const strict = options.strict === true
  // A name where the command object belongs: the object was left out, and everything stands one place ahead.
  const isShifted = !strict && typeof commandObject === 'string' && NAMED.has(kind)
  const args = isShifted ? [commandObject, ...command.args] : command.args
  const refuse = (what: string): void => {
    if (!strict) return
    const code: MessageErrorCode = 'COMMAND_ARGUMENT'
    throw new ProtocolError(code, `"${kind}" with a missing or mistyped ${what}`, 'message')
  }
  const text = (index: number, what: string): string | undefined => {
    const value = args[index]
    if (typeof value === 'string') return value
    refuse(what)
    return undefined
  }
  const number = (index: number, what: string, fallback: number, optional = false): number => {
    const value = args[index]
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (!optional || value !== undefined) refuse(what)
    return fallback
  }
  const flag = (index: number, what: string, optional = false): boolean => {
    const value = args[index]
    if (typeof value === 'boolean') return value
    if (!optional || (value !== undefined && typeof value !== 'number')) refuse(what)
    return typeof value === 'number' ? value !== 0 : true
  }
  const object = (value: unknown, what: string): Properties => {
    if (isObject(value)) return value
    refuse(what)
    return {}
  }
  switch (kind) {
    case 'connect':
      return connect(command, object, refuse)
    case 'createStream':
    case 'closeStream':
    case '_checkbw':
    case '_onbwcheck':
    case '_onbwdone':
    case 'close':
      return { kind, transactionId }
    case 'releaseStream':
    case 'FCPublish':
    case 'FCUnpublish':
    case 'FCSubscribe':
    case 'FCUnsubscribe':
    case 'getStreamLength':
      return { kind, transactionId, streamName: text(0, 'stream name') }
    case 'publish': {
      const publishType = publishTypeOf(args[1])
      if (publishType !== args[1] && args[1] !== undefined) refuse('publish type')
      return { kind, transactionId, streamName: text(0, 'stream name'), publishType }
    }
    case 'play': {
      const start = number(1, 'start', -2, true)
      return {
        kind,
        transactionId,
        streamName: text(0, 'stream name'),
        source: sourceOf(start),
        start,
        duration: number(2, 'duration', -1, true),
        reset: flag(3, 'reset', true),
      }
    }
    case 'play2': {
      const play = object(args[0], 'options object')
      return { kind, transactionId, streamName: optionalText(own(play, 'streamName')), options: play }
    }
    case 'pause':
    case 'pauseRaw':
      return { kind, transactionId, paused: flag(0, 'pause flag'), position: number(1, 'position', 0) }
    case 'seek':
      return { kind, transactionId, position: number(0, 'position', 0) }
    case 'receiveAudio':
    case 'receiveVideo':
      return { kind, transactionId, enabled: flag(0, 'flag') }
    case 'deleteStream': {
      const id = args[0]
      const messageStreamId = typeof id === 'number' ? id : undefined
      if (messageStreamId === undefined) refuse('message stream id')
      return { kind, transactionId, messageStreamId, streamName: optionalText(id) }
    }
    case 'onBWDone': {
      const bandwidth = args[0]
      return { kind, transactionId, bandwidth: typeof bandwidth === 'number' ? bandwidth : undefined }
    }
    case '_result':
    case '_error': {
      const information: Properties = isObject(args[0]) ? args[0] : {}
      return {
        kind,
        transactionId,
        properties: commandObject,
        value: args[0],
        code: optionalText(own(information, 'code')),
        description: optionalText(own(information, 'description')),
        args,
      }
    }
    case 'onStatus':
    case 'onFCPublish':
    case 'onFCUnpublish':
    case 'onFCSubscribe':
    case 'onFCUnsubscribe': {
      const information = object(args[0], 'information object')
      const code = optionalText(own(information, 'code')) ?? ''
      const level = own(information, 'level')
      return {
        kind,
        transactionId,
        code,
        level: isLevel(level) ? level : statusLevel(code),
        description: optionalText(own(information, 'description')) ?? '',
        information,
      }
    }
    default:
      return { kind: 'unknown', transactionId, command }
  }
}

type Properties = Readonly<Record<string, unknown>>

/** An AMF object or ECMA array, which read alike. */
const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Uint8Array)

const own = (object: Properties, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const isLevel = (value: unknown): value is StatusLevel =>
  value === 'status' || value === 'warning' || value === 'error'

/** The properties are looked for among the arguments too: some clients put a string before them. */
const connect = (
  { transactionId, commandObject, args }: CommandMessage,
  object: (value: unknown, what: string) => Properties,
  refuse: (what: string) => void,
): ConnectCommand => {
  const values = [commandObject, ...args]
  const at = Math.max(0, values.findIndex(isObject))
  if (at > 0) refuse('properties object')
  const properties = object(values[at], 'properties object')
  const app = textOf(properties, 'app')
  if (app === undefined) refuse('app')
  return {
    kind: 'connect',
    transactionId,
    app: app ?? '',
    tcUrl: textOf(properties, 'tcUrl')?.replace(/^(['"])(.*)\1$/, '$2'),
    flashVer: textOf(properties, 'flashVer'),
    swfUrl: textOf(properties, 'swfUrl'),
    pageUrl: textOf(properties, 'pageUrl'),
    objectEncoding: own(properties, 'objectEncoding') === 3 ? 3 : 0,
    properties,
    args: values.slice(at + 1),
  }
}

/** A text property, also under the all lower-case name that some clients send. */
const textOf = (properties: Properties, key: string): string | undefined =>
  optionalText(own(properties, key)) ?? optionalText(own(properties, key.toLowerCase()))

const publishTypeOf = (value: unknown): PublishType => {
  const word = typeof value === 'string' ? value.toLowerCase() : ''
  return word === 'record' || word === 'append' ? word : 'live'
}

const sourceOf = (start: number): PlayCommand['source'] => {
  if (start >= 0) return 'recorded'
  return start === -1 || start === -1000 ? 'live' : 'liveOrRecorded'
}

/** Commands whose first argument is a stream's name. */
const NAMED: ReadonlySet<string> = new Set([
  'releaseStream',
  'FCPublish',
  'FCUnpublish',
  'FCSubscribe',
  'FCUnsubscribe',
  'getStreamLength',
  'publish',
  'play',
])
