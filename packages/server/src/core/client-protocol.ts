import type { BatchFormat } from '@rtmp/live/engine'
import { ServerSession, type ServerSessionOptions } from '@rtmp/session'

/** What the engine asks of a client's session. That of RTMP is one; others speak of the same things in their own ways. */
export type ClientSession = Pick<
  ServerSession,
  | 'accept'
  | 'app'
  | 'awaitsPong'
  | 'call'
  | 'close'
  | 'connectCommand'
  | 'cut'
  | 'deadlinesMade'
  | 'endPlay'
  | 'endPublish'
  | 'excuseSilence'
  | 'handleTimeout'
  | 'hasOutput'
  | 'memoryBytes'
  | 'nextEvent'
  | 'nextTimeout'
  | 'noteBytesSent'
  | 'notify'
  | 'onStatus'
  | 'queryOf'
  | 'receive'
  | 'receives'
  | 'reject'
  | 'sendData'
  | 'sendMessage'
  | 'shouldPauseReading'
  | 'state'
  | 'stats'
  | 'takeOutput'
  | 'transportClosed'
  | 'usePool'
  | 'userControl'
>

/** What a client speaks. */
export interface ClientProtocol {
  /** `'rtmp'`, `'http-flv'`, …: for statistics and hooks. */
  readonly name: string
  readonly session: ClientSession
  /** In which form it is sent what it plays; by default chunks of RTMP, by what it has announced. */
  readonly format?: BatchFormat<Uint8Array>
  /** How long it waits for a stream that is not there, in milliseconds, 0 not at all; by default as streams do. */
  readonly waitMs?: number
  /** What it plays of recordings it fetches piece by piece: nothing of them is sent to it. Default false. */
  readonly fetches?: boolean
  /** Its publish is only a question, see {@link PublishContext.intent}. */
  readonly intent?: 'configure'
}

/** RTMP. */
export const rtmpProtocol = (options: ServerSessionOptions): ClientProtocol => ({
  name: 'rtmp',
  session: new ServerSession(options),
})
