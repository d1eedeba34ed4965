import { parseQuery, type StreamPlace } from '@rtmp/message'
import { DEFAULT_KEY_FRAME_SECONDS, type LadderRule } from '../../../contract/ladders.ts'
import type { ObsOptions } from '../../../contract/obs-options.ts'
import { matchesPattern } from '../../../names/pattern.ts'
import { ladderFor } from '../../../obs/ladder.ts'
import { type IngestEndpoint, multitrackAnswer, refusal } from '../../../obs/multitrack-answer.ts'
import { readMultitrackRequest } from '../../../obs/multitrack-request.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import { WebSession } from '../../../web/web-session.ts'
import { requestIn } from '../flv/request-in.ts'
import { streamIn } from '../http-path.ts'
import type { HttpOutput, PlaceCall, StreamCall } from '../http-output.ts'
import type { HttpSubject } from '../http-subject.ts'
import { RequestError } from '../problem.ts'
import { jsonIn } from '../request-body.ts'
import { AskTransport } from '../ask-transport.ts'

const NOTHING = new Uint8Array(0)
const RTMP_PORT = 1935

/**
 * `POST /_/obs/multitrack?app=live`: what OBS should send, by the stream key, the canvas and the computer it tells. Asked as a publish
 * would be, with the intent `'configure'`; OBS shows a refusal to the person.
 */
export const obsOutput = (
  subject: HttpSubject,
  { ladders = [], ingest = [] }: ObsOptions = {},
): HttpOutput => ({
  places: {
    '/_/obs/multitrack': {
      audience: 'page',
      answers: {
        POST: async (call) => {
          const read = readMultitrackRequest(await jsonIn(call.request, call.exchange?.incoming))
          if ('fault' in read) throw new RequestError(400, { error: `${read.fault}.` })
          const { request } = read
          const target = targetOf(call, request.authentication)
          if (target === undefined) return Response.json(refusal('Enter a stream key.'))
          const answer = await mayPublish(subject, target)
          if (answer.status !== 200)
            return Response.json(refusal(`The server refuses: ${answer.description}.`))
          const rule = ladders.find(({ stream = '*' }) => matchesPattern(stream, target.stream.path))
          const endpoints = endpointsOf(subject, call, target.stream, ingest)
          const configId = Buffer.from(subject.core.sessionOptions.crypto.randomBytes(8)).toString('hex')
          const { keyFrameSeconds = DEFAULT_KEY_FRAME_SECONDS }: Partial<LadderRule> = rule ?? {}
          return Response.json(
            multitrackAnswer(request, ladderFor(request, rule), endpoints, { configId, keyFrameSeconds }),
          )
        },
      },
    },
  },
})

/** The stream that a key stands for, asked for as a request for it would be. */
const targetOf = (call: PlaceCall, key: string): StreamCall | undefined => {
  const { app = 'live' } = call.query
  const at = key.indexOf('?')
  const name = at < 0 ? key : key.slice(0, at)
  const target = name === '' ? undefined : streamIn(`/${app}/${name}`, new Set())
  if (target === undefined) return undefined
  return { ...call, stream: target.stream, query: at < 0 ? {} : parseQuery(key.slice(at + 1)) }
}

/** Asks whether a stream could be published. */
const mayPublish = (subject: HttpSubject, call: StreamCall): Promise<WebAnswer> =>
  new Promise((resolve) => {
    const { core, isReady } = subject
    const { remoteAddress, remotePort, localPort } = call.origin
    if (!isReady() || !core.admits(remoteAddress, remotePort, localPort)) {
      resolve({ status: 503, description: 'it takes no more clients now' })
      return
    }
    const session = new WebSession(
      { ...requestIn(subject, call, 'publish'), onlyAsks: true },
      core.sessionOptions,
      resolve,
    )
    const transport = new AskTransport(core, call.origin)
    const connection = core.open(transport, { name: 'obs', session, intent: 'configure' })
    transport.belongTo(connection)
    connection.receive(NOTHING, core.now())
  })

/** As configured; else the host that was asked, at the port of RTMP. */
const endpointsOf = (
  { rtmpPort }: HttpSubject,
  { request }: PlaceCall,
  { app }: StreamPlace,
  ingest: readonly string[],
): IngestEndpoint[] => {
  const port = rtmpPort?.() ?? RTMP_PORT
  const { hostname } = new URL(request.url)
  const urls = ingest.length > 0 ? ingest : [`rtmp://${hostname}${port === RTMP_PORT ? '' : `:${port}`}`]
  return urls.map((url) => ({
    protocol: /^rtmps:/i.test(url) ? 'RTMPS' : 'RTMP',
    urlTemplate: `${url.replace(/\/+$/, '')}/${app}/{stream_key}`,
  }))
}
