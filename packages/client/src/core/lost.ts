import type { ClosedEvent } from '@rtmp/session'
import { type ClientStage, RtmpClientError } from './errors.ts'

const TIMEOUTS: Readonly<Record<string, readonly [stage: ClientStage, text: string]>> = {
  SESSION_HANDSHAKE_TIMEOUT: [
    'handshake',
    'the server did not finish the RTMP handshake in time: is it an RTMP port?',
  ],
  SESSION_CONNECT_TIMEOUT: ['connect', 'the server did not answer connect in time'],
}

/** A command without an answer, in words. */
export const unanswered = (command: string): string => `the server did not answer ${command} in time`

/** Some servers refuse without a word. */
const CLOSED_AT: Partial<Record<ClientStage, string>> = {
  handshake:
    'the server closed the connection during the handshake: is it an RTMP port? One with TLS wants rtmps://',
  connect: 'the server closed the connection instead of accepting it: check the app in the URL',
  publish: 'the server closed the connection when asked to publish: check the stream key',
  play: 'the server closed the connection when asked to play: check the stream name',
}

/** The end of a session as an error. `undefined` when it was our own decision. */
export const errorOfEnd = (closed: ClosedEvent, stage: ClientStage): RtmpClientError | undefined => {
  const { reason, description, error } = closed
  switch (reason) {
    case 'timeout': {
      const [at, text] = TIMEOUTS[error?.code ?? ''] ?? [stage, description]
      return new RtmpClientError('TIMEOUT', text, { stage: at, canRetry: true, cause: error })
    }
    case 'protocolError':
      return new RtmpClientError('PROTOCOL', `the server does not speak RTMP as expected: ${description}`, {
        stage,
        canRetry: stage === 'running',
        cause: error,
      })
    case 'transportClosed':
      return new RtmpClientError('CONNECTION_LOST', CLOSED_AT[stage] ?? 'the server closed the connection', {
        stage,
        canRetry: true,
      })
    case 'transportError':
      return new RtmpClientError('CONNECTION_LOST', `the connection was lost: ${description}`, {
        stage,
        canRetry: true,
      })
    case 'peerClosed':
      return new RtmpClientError('ENDED_BY_SERVER', 'the server ended the connection', {
        stage,
        canRetry: true,
      })
    default:
      return undefined
  }
}
