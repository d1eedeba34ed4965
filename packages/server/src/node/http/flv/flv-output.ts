import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { QueryParameters } from '@rtmp/message'
import { framedFlvFormat, trackFormat } from '@rtmp/live/engine'
import { WebSocketServer } from 'ws'
import type { HttpOptions } from '../../../contract/http-options.ts'
import { tracksIn } from '../../../core/track-query.ts'
import { WebSession } from '../../../web/web-session.ts'
import type { HttpOutput, StreamCall } from '../http-output.ts'
import { MEDIA_HEADERS, SAFE_HEADERS } from '../http-router.ts'
import type { HttpSubject } from '../http-subject.ts'
import { PageOrigins } from '../page-origins.ts'
import { RequestError } from '../problem.ts'
import { download, isDownload, isOfRecordings } from '../recordings/recorded-downloads.ts'
import { responseOf } from './answer-response.ts'
import type { BodySink } from './body-sink.ts'
import { nodeSink } from './node-sink.ts'
import { PlayTransport } from './play-transport.ts'
import { PublishTransport } from './publish-transport.ts'
import { requestIn } from './request-in.ts'
import { SocketSink } from './socket-sink.ts'
import { WebSink } from './web-sink.ts'

const FLV = 'video/x-flv'

const NOTHING = new Uint8Array(0)

/** The longest time that a player may wait for a stream, in seconds. */
const MOST_WAIT_S = 3600

/** The largest message that is taken over a WebSocket, in bytes: players have nothing to say. */
const MAX_MESSAGE_BYTES = 4096

const HEADERS: Readonly<Record<string, string>> = {
  'content-type': FLV,
  'cache-control': 'no-store',
  ...Object.fromEntries([...SAFE_HEADERS, ...MEDIA_HEADERS]),
}

const FULL = { status: 503, description: 'the server takes no more clients now' }

const FOREIGN_PAGE = { status: 403, description: 'pages of this origin may not publish here (http.origins)' }

/** Whether a web page sends this that may not; programs send no origin. */
const isPageFromElsewhere = ({ headers }: Request, origins: PageOrigins): boolean => {
  const origin = headers.get('origin')
  return origin !== null && !origins.allow(origin, headers.get('host') ?? undefined)
}

/** HTTP-FLV at `/{path}.flv`: played by `GET` and by WebSocket, published by `POST`. */
export const flvOutput = (
  subject: HttpSubject,
  { webSocket = true, origins: listed, host }: HttpOptions,
): HttpOutput => {
  const { core } = subject
  const origins = new PageOrigins(listed, host)
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: ([first]) => first ?? false,
  })
  return {
    endings: {
      '.flv': {
        audience: 'media',
        isOnDisk: ({ stream }) => isOfRecordings(subject, stream),
        answers: {
          GET: async (call) =>
            (await isDownload(subject, call.stream, '.flv'))
              ? download(subject, call, '.flv')
              : answeredBy(subject, call, (respond) => {
                  const { exchange, request, isHead } = call
                  const sink =
                    exchange === undefined || isHead
                      ? new WebSink(HEADERS, isHead ? headOf(respond) : respond, request.signal)
                      : nodeSink(exchange, HEADERS, respond)
                  play(subject, call, sink, 'http-flv')
                }),
          POST: (call) =>
            isPageFromElsewhere(call.request, origins)
              ? Promise.resolve(responseOf(FOREIGN_PAGE))
              : answeredBy(subject, call, (respond) => publish(subject, call, respond)),
        },
        ...(webSocket && {
          upgrade: (call, upgrade) => {
            upgrade.release()
            const sink = new SocketSink(server, upgrade)
            if (core.admits(call.origin.remoteAddress)) play(subject, call, sink, 'ws-flv')
            else sink.refuse(FULL)
          },
        }),
      },
    },
  }
}

/** What would be answered with a body. */
const headOf =
  (respond: (response: Response) => void) =>
  (response: Response): void =>
    respond(response.ok ? new Response(null, { headers: HEADERS }) : response)

/** Takes up a client that a limit lets in. */
const answeredBy = (
  { core, isReady }: HttpSubject,
  call: StreamCall,
  act: (respond: (response: Response) => void) => void,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    if (!isReady()) {
      resolve(responseOf({ status: 503, description: 'the server is being emptied' }))
      return
    }
    call.handOver()
    const { remoteAddress, remotePort, localPort } = call.origin
    if (!core.admits(remoteAddress, remotePort, localPort)) {
      resolve(responseOf(FULL))
      return
    }
    try {
      act(resolve)
    } catch (error) {
      reject(error)
    }
  })

const play = (subject: HttpSubject, call: StreamCall, sink: BodySink, name: string): void => {
  const { core } = subject
  const request = requestIn(subject, call, 'play')
  const { query, isHead } = call
  const waitMs = isHead ? 0 : numberIn(query, 'wait', MOST_WAIT_S) * 1000
  const choice = tracksIn(withoutSwitches(query), (field) => {
    throw new RequestError(400, { error: `${field} is a whole number from 0 to 255.`, field })
  })
  const transport = new PlayTransport(core, call.origin, sink, request)
  const session = new WebSession(request, core.sessionOptions, (answer) => transport.answered(answer))
  const all = framedFlvFormat(sink.framing)
  const format = choice === undefined ? all : trackFormat(all, choice)
  const connection = core.open(transport, { name, session, format, waitMs })
  transport.belongTo(connection)
  connection.receive(NOTHING, core.now())
}

/** `?audio=0` and `?video=0` leave a kind out over HTTP, and choose no track. */
const withoutSwitches = (query: QueryParameters): QueryParameters =>
  Object.fromEntries(
    Object.entries(query).filter(([name, value]) => value !== '0' || (name !== 'audio' && name !== 'video')),
  )

const publish = (subject: HttpSubject, call: StreamCall, respond: (response: Response) => void): void => {
  const { core } = subject
  const { request: asked, exchange, origin } = call
  const [type = ''] = (asked.headers.get('content-type') ?? FLV).split(';')
  if (
    !/^(?:video|application)\/(?:x-flv|flv|octet-stream)$|^application\/x-www-form-urlencoded$/i.test(
      type.trim(),
    )
  ) {
    throw new RequestError(415, { error: `send FLV, with content-type: ${FLV}.` })
  }
  const body = exchange?.incoming ?? bodyOf(asked)
  const request = requestIn(subject, call, 'publish')
  const transport = new PublishTransport(core, origin, body, respond)
  const session = new WebSession(request, core.sessionOptions, (answer) => transport.answered(answer))
  const connection = core.open(transport, { name: 'http-flv', session })
  transport.belongTo(connection, session)
  connection.receive(NOTHING, core.now())
}

const bodyOf = ({ body }: Request): Readable =>
  body === null ? Readable.from([]) : Readable.fromWeb(body as NodeReadableStream)

/** A whole number among the parameters; 0 unless given. @throws RequestError */
const numberIn = (query: Readonly<Record<string, string>>, name: string, most: number): number => {
  const text = query[name] ?? '0'
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= most) return value
  throw new RequestError(400, { error: `${name} is a whole number from 0 to ${most}.`, field: name })
}
