import type { CommandMessage } from './command.ts'

/*
 * Layouts (RTMP 1.0 §7.2, and for the lower part what Flash Media Server and its clients use). All begin with the
 * name, the transaction id and the command object, which is null but in `connect` and the answers.
 *
 *   connect            properties as command object | user arguments…
 *   createStream       –
 *   publish            stream name | "live", "record" or "append"
 *   play               stream name | start ms | duration ms | reset boolean
 *   play2              options object
 *   pause, pauseRaw    pause boolean | position ms
 *   seek               position ms
 *   receiveAudio, receiveVideo   boolean
 *   deleteStream       message stream id            (GStreamer writes the stream's name there)
 *   closeStream        –
 *   onStatus           information object
 *   _result, _error    properties as command object | information, or the returned value
 *
 *   releaseStream, FCPublish, FCUnpublish, FCSubscribe, FCUnsubscribe, getStreamLength    stream name
 *   onFCPublish, onFCUnpublish, onFCSubscribe, onFCUnsubscribe                            information object
 *   onBWDone           [kbit/s]
 *   _checkbw, _onbwcheck, _onbwdone, close                                                arguments of no use
 */

/** Opens the connection: the first command of every client (RTMP 1.0 §7.2.1.1). */
export interface ConnectCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'connect'
  /** 1 by the specification. */
  readonly transactionId: number
  /** The application, as sent: it may hold slashes and a query. Empty when missing. */
  readonly app: string
  /** URL of the connection without the single quotes some clients put around it. */
  readonly tcUrl: string | undefined
  /** Name and version of the client. */
  readonly flashVer: string | undefined
  /** URL of the program that connects. */
  readonly swfUrl: string | undefined
  /** URL of the page the program is in. */
  readonly pageUrl: string | undefined
  /** 3 when the client asks for AMF3, else 0. */
  readonly objectEncoding: 0 | 3
  /** Everything the client said, E-RTMP capabilities included. */
  readonly properties: Readonly<Record<string, unknown>>
  /** User arguments after the properties. */
  readonly args: readonly unknown[]
}

/** Asks for a message stream; the answer is its id (RTMP 1.0 §7.2.1.3). */
export interface CreateStreamCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'createStream'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
}

/** Commands with the name of a stream and nothing else. */
export interface StreamNameCommand {
  /**
   * `releaseStream`, `FCPublish`, `FCUnpublish`: a publisher around its `publish`. `FCSubscribe`, `FCUnsubscribe`: a
   * player of a content network. `getStreamLength`: asks for the duration in seconds.
   */
  readonly kind:
    | 'releaseStream'
    | 'FCPublish'
    | 'FCUnpublish'
    | 'FCSubscribe'
    | 'FCUnsubscribe'
    | 'getStreamLength'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** As sent, query included; `undefined` when it is not a string. */
  readonly streamName: string | undefined
}

/** How a stream is published; anything unknown on the wire reads as `live`. */
export type PublishType = 'live' | 'record' | 'append'

/** Starts publishing on the message stream it is sent on (RTMP 1.0 §7.2.2.6). */
export interface PublishCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'publish'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** As sent, query included, perhaps empty; `undefined` when it is not a string (`false` ends publishing in Flash). */
  readonly streamName: string | undefined
  /** `live` when it was missing or unknown. */
  readonly publishType: PublishType
}

/** Starts playback on the message stream it is sent on (RTMP 1.0 §7.2.2.1). */
export interface PlayCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'play'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** As sent, query included; `undefined` when it is not a string (`false` ends playback in Flash). */
  readonly streamName: string | undefined
  /**
   * What to play. The specification says -1 for live and seconds from 0 on; clients send milliseconds (FFmpeg -2000,
   * librtmp -1000, GStreamer -2): -1 and -1000 are `live`, 0 and above `recorded`, all else `liveOrRecorded`.
   */
  readonly source: 'liveOrRecorded' | 'live' | 'recorded'
  /** As sent, default -2. For `recorded` a position in milliseconds. */
  readonly start: number
  /** As sent, in milliseconds; negative, by default -1: to the end. */
  readonly duration: number
  /** Whether what was playing ends. Default true. */
  readonly reset: boolean
}

/** Switches to another rendition without changing the timeline (RTMP 1.0 §7.2.2.2). */
export interface Play2Command {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'play2'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** The stream to go to. */
  readonly streamName: string | undefined
  /** `NetStreamPlayOptions`: `streamName`, `oldStreamName`, `start`, `len`, `offset`, `transition`. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Pauses or resumes playback (RTMP 1.0 §7.2.2.8). */
export interface PauseCommand {
  /** Which command it is: `'pauseRaw'` is that of Flash Media Server. */
  readonly kind: 'pause' | 'pauseRaw'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** True to pause, false to resume. */
  readonly paused: boolean
  /** Stream time of the player in milliseconds. */
  readonly position: number
}

/** Moves playback to another position (RTMP 1.0 §7.2.2.7). */
export interface SeekCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'seek'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** Milliseconds. */
  readonly position: number
}

/** Switches the audio or video of a player on or off (RTMP 1.0 §7.2.2.4, §7.2.2.5). */
export interface ReceiveCommand {
  /** Which of the two is switched. */
  readonly kind: 'receiveAudio' | 'receiveVideo'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** True to have it sent. */
  readonly enabled: boolean
}

/** Ends a message stream (RTMP 1.0 §7.2.2.3). Never answered. */
export interface DeleteStreamCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'deleteStream'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** `undefined` when it is not a number. */
  readonly messageStreamId: number | undefined
  /** GStreamer's rtmp2sink sends the stream's name instead of the id. */
  readonly streamName: string | undefined
}

/** Commands without arguments that matter. */
export interface BareCommand {
  /**
   * `closeStream`: ends publishing or playing, the stream id stays usable. `_checkbw`, `_onbwcheck`, `_onbwdone`: parts
   * of a bandwidth test; an answer `_result` satisfies them. `close`: the server ends the connection.
   */
  readonly kind: 'closeStream' | '_checkbw' | '_onbwcheck' | '_onbwdone' | 'close'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
}

/** The end of a server's bandwidth test; FFmpeg and librtmp answer `_checkbw`. */
export interface OnBwDoneCommand {
  /** Which command it is, by its name on the wire. */
  readonly kind: 'onBWDone'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** Kilobits a second, if the server measured. */
  readonly bandwidth: number | undefined
}

/** An answer (RTMP 1.0 §7.1.1). What was asked is known by the transaction id only. */
export interface ReplyCommand {
  /** `_result`: done. `_error`: not done. */
  readonly kind: '_result' | '_error'
  /** That of the command it answers; 0 from some servers, which number no answers. */
  readonly transactionId: number
  /** The command object: properties of the server in the answer to `connect`, else usually null. */
  readonly properties: unknown
  /** First argument: the returned value, or an information object. */
  readonly value: unknown
  /** `code` of the information object. */
  readonly code: string | undefined
  /** `description` of the information object. Legacy authentication is carried out in it. */
  readonly description: string | undefined
  /** All arguments. */
  readonly args: readonly unknown[]
}

/** A status (RTMP 1.0 §7.2.2). */
export interface StatusCommand {
  /** `onStatus` is the specification's, the others are for content networks. */
  readonly kind: 'onStatus' | 'onFCPublish' | 'onFCUnpublish' | 'onFCSubscribe' | 'onFCUnsubscribe'
  /** As in {@link CommandMessage}; 0 by the specification. */
  readonly transactionId: number
  /** See `StatusCode`; empty when missing. */
  readonly code: string
  /** As sent: `status`, `warning` or `error`; when missing or another, the code's own. */
  readonly level: 'status' | 'warning' | 'error'
  /** Empty when missing. */
  readonly description: string
  /** The whole information object; empty when missing. */
  readonly information: Readonly<Record<string, unknown>>
}

/** A command not listed here: a call of the application's own (RTMP 1.0 §7.2.1.2). */
export interface UnknownCommand {
  /** None of the commands that this package knows. */
  readonly kind: 'unknown'
  /** As in {@link CommandMessage}. */
  readonly transactionId: number
  /** All of it. */
  readonly command: CommandMessage
}

/** A command by what it asks for; `kind` is its name on the wire, or `'unknown'`. */
export type TypedCommand =
  | ConnectCommand
  | CreateStreamCommand
  | StreamNameCommand
  | PublishCommand
  | PlayCommand
  | Play2Command
  | PauseCommand
  | SeekCommand
  | ReceiveCommand
  | DeleteStreamCommand
  | BareCommand
  | OnBwDoneCommand
  | ReplyCommand
  | StatusCommand
  | UnknownCommand
