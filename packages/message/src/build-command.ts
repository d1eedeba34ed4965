import { type CommandMessage, command } from './command.ts'
import type {
  BareCommand,
  CreateStreamCommand,
  DeleteStreamCommand,
  OnBwDoneCommand,
  PauseCommand,
  PublishType,
  ReceiveCommand,
  SeekCommand,
  StreamNameCommand,
} from './typed-command.ts'

/** A command whose transaction id may be left out: 0, no answer wanted. */
export type Unnumbered<T extends { readonly transactionId: number }> = Omit<T, 'transactionId'> & {
  readonly transactionId?: number
}

/** What {@link buildCommand} takes. Everything `parseCommand` returns but answers, statuses and unknown commands fits. */
export type CommandInput =
  | {
      readonly kind: 'connect'
      /** Default 1, as the specification asks. */
      readonly transactionId?: number
      /** `app`, `tcUrl`, `flashVer`, … in the order they shall be sent. */
      readonly properties: Readonly<Record<string, unknown>>
      /** User arguments. */
      readonly args?: readonly unknown[]
    }
  | Unnumbered<CreateStreamCommand>
  | Unnumbered<StreamNameCommand>
  | {
      readonly kind: 'publish'
      readonly transactionId?: number
      readonly streamName: string | undefined
      /** Default `live`. */
      readonly publishType?: PublishType
    }
  | {
      readonly kind: 'play'
      readonly transactionId?: number
      readonly streamName: string | undefined
      /** Default -2 (live, else recorded); -1000: live only; else a position in milliseconds. */
      readonly start?: number
      /** Milliseconds; default -1, to the end. */
      readonly duration?: number
      /** Default true. */
      readonly reset?: boolean
    }
  | {
      readonly kind: 'play2'
      readonly transactionId?: number
      readonly options: Readonly<Record<string, unknown>>
    }
  | Unnumbered<PauseCommand>
  | Unnumbered<SeekCommand>
  | Unnumbered<ReceiveCommand>
  | Omit<Unnumbered<DeleteStreamCommand>, 'streamName'>
  | Unnumbered<BareCommand>
  | Unnumbered<OnBwDoneCommand>

/**
 * The command that asks for something (RTMP 1.0 §7.2), laid out as receivers expect it. Arguments that have their
 * default are left out from the end; earlier ones are filled in.
 *
 * Answers and statuses: see `result`, `error` and `onStatus`.
 *
 * @example
 * buildCommand({ kind: 'play', transactionId: 4, streamName: 'movie', start: -1000 })
 */
export const buildCommand = (input: CommandInput): CommandMessage => {
  const { kind } = input
  if (kind === 'connect') {
    return command(kind, input.transactionId ?? 1, input.properties, ...(input.args ?? []))
  }
  return command(kind, input.transactionId ?? 0, null, ...argumentsOf(input))
}

const argumentsOf = (input: Exclude<CommandInput, { kind: 'connect' }>): readonly unknown[] => {
  switch (input.kind) {
    case 'publish':
      return [input.streamName, input.publishType ?? 'live']
    case 'play':
      return playArguments(input.streamName, [input.start ?? -2, input.duration ?? -1, input.reset ?? true])
    case 'play2':
      return [input.options]
    case 'pause':
    case 'pauseRaw':
      return [input.paused, input.position]
    case 'seek':
      return [input.position]
    case 'receiveAudio':
    case 'receiveVideo':
      return [input.enabled]
    case 'deleteStream':
      return [input.messageStreamId]
    case 'onBWDone':
      return input.bandwidth === undefined ? [] : [input.bandwidth]
    case 'createStream':
    case 'closeStream':
    case '_checkbw':
    case '_onbwcheck':
    case '_onbwdone':
    case 'close':
      return []
    default:
      return [input.streamName]
  }
}

const PLAY_DEFAULTS = [-2, -1, true]

const playArguments = (streamName: string | undefined, optional: readonly unknown[]): unknown[] => {
  let count = optional.length
  while (count > 0 && optional[count - 1] === PLAY_DEFAULTS[count - 1]) count -= 1
  return [streamName, ...optional.slice(0, count)]
}
