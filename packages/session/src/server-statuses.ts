import { command, StatusCode, type StatusDetails } from '@rtmp/message'
import { type AcceptDetails, type RejectDetails, rejection, statusFor } from './decisions.ts'
import type { RequestKind } from './events.ts'
import type { MessageStream } from './message-stream.ts'
import type { Outgoing } from './outgoing.ts'
import type { ServerEvent } from './server-events.ts'
import type { SessionLife } from './session-life.ts'
import type { PendingRequest } from './transactions.ts'

/** What a server says of its streams: statuses, and the user control messages that go with them. */
export class ServerStatuses {
  readonly #life: SessionLife<ServerEvent>
  readonly #outgoing: Outgoing<ServerEvent>

  constructor(life: SessionLife<ServerEvent>, outgoing: Outgoing<ServerEvent>) {
    this.#life = life
    this.#outgoing = outgoing
  }

  /** Sends a status on a message stream, or with 0 about the connection. @throws UsageError */
  status(messageStreamId: number, code: string, details?: StatusDetails): void {
    if (this.#life.requireConnected('onStatus')) this.say(messageStreamId, statusFor(code, details))
  }

  sayPublishing(stream: MessageStream, details: AcceptDetails): void {
    this.#outgoing.userControl({ kind: 'streamBegin', messageStreamId: stream.id })
    this.sayAbout(stream, StatusCode.publishStart, 'Publishing', details)
  }

  sayPlaying(stream: MessageStream, { reset }: PendingRequest, details: AcceptDetails): void {
    const messageStreamId = stream.id
    if (details.recorded === true) this.#outgoing.userControl({ kind: 'streamIsRecorded', messageStreamId })
    this.#outgoing.userControl({ kind: 'streamBegin', messageStreamId })
    if (reset) this.sayAbout(stream, StatusCode.playReset, 'Playing and resetting', {})
    this.sayAbout(stream, StatusCode.playStart, 'Started playing', details)
    if (details.sampleAccess !== false) {
      const { audio, video } = details.sampleAccess ?? { audio: true, video: true }
      this.#outgoing.sendData(messageStreamId, 0, '|RtmpSampleAccess', audio, video)
    }
  }

  sayAbout(stream: MessageStream, code: string, verb: string, details: AcceptDetails): void {
    const description = details.description ?? `${verb} ${stream.streamName}`
    this.status(stream.id, code, { description, details: stream.streamName, ...details.information })
  }

  sayRefused(request: RequestKind, stream: MessageStream, details: RejectDetails): void {
    const [code, description] = refusal(request, stream)
    this.say(stream.id, rejection(details, code, description))
  }

  say(messageStreamId: number, information: Readonly<Record<string, unknown>>): void {
    this.#outgoing.sendCommand(messageStreamId, command('onStatus', 0, null, information))
  }
}

/** What a refusal says by default. */
const refusal = (
  request: RequestKind,
  { streamName }: MessageStream,
): readonly [code: string, description: string] => {
  switch (request) {
    case 'publish':
      return [StatusCode.publishDenied, `publishing ${streamName} is not allowed`]
    case 'play':
      return [StatusCode.playStreamNotFound, `there is no stream ${streamName}`]
    case 'seek':
      return [StatusCode.seekFailed, `${streamName} cannot be moved in`]
    default:
      return [StatusCode.playFailed, `${streamName} cannot be switched`]
  }
}
