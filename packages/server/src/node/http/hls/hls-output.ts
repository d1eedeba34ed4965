import { type HlsAnswer, MULTIVARIANT_NAME } from '@rtmp/hls'
import type { BatchFormat } from '@rtmp/live/engine'
import { DEFAULT_HLS, type HlsServerOptions } from '../../../contract/hls-options.ts'
import { FetchedPlayback } from '../../../core/fetched-playback.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import { ViewerSession } from '../../../web/viewer-session.ts'
import { responseOf } from '../flv/answer-response.ts'
import { requestIn } from '../flv/request-in.ts'
import type { HttpCall, HttpOutput, PlaceCall, StreamCall } from '../http-output.ts'
import type { HttpSubject } from '../http-subject.ts'
import { lentResponse } from '../lent-body.ts'
import { isOfRecordings } from '../recordings/recorded-downloads.ts'
import { randomName } from './hls-channel.ts'
import { HlsChannels } from './hls-channels.ts'
import { HlsViewer } from './hls-viewer.ts'

const PLACE = '/_/hls/'
/** A cookie, so that a page that asks for the playlist again stays one viewer. */
const COOKIE = 'rtmp-hls'

const NOTHING = new Uint8Array(0)
/** Nothing is sent to a viewer on its connection. */
const NO_MEDIA: BatchFormat<Uint8Array> = { name: 'hls', encode: () => NOTHING }

const FULL: WebAnswer = { status: 503, description: 'the server takes no more clients now' }
const UNREADABLE: WebAnswer = { status: 500, description: 'the recording cannot be read' }
const UNKNOWN: WebAnswer = { status: 404, description: 'there is no such viewer; ask for the stream again' }

/**
 * HLS, of live streams and recordings: `/{path}.m3u8` lets a viewer in, once, and gives it a multivariant playlist; everything behind that is at `/_/hls/{viewer}/…`, in
 * playlists that are the same for all, since their names are relative to that.
 */
export const hlsOutput = (subject: HttpSubject, options: HlsServerOptions = {}): HttpOutput => {
  const { core } = subject
  const channels = new HlsChannels(core, options)
  const viewers = new Map<string, HlsViewer>()
  const { viewerIdleMs } = { ...DEFAULT_HLS, ...options }

  const letIn = (call: StreamCall): Promise<HlsViewer | WebAnswer> =>
    new Promise((resolve) => {
      const { origin } = call
      const { remoteAddress, remotePort, localPort } = origin
      if (!subject.isReady()) {
        resolve({ status: 503, description: 'the server is being emptied' })
        return
      }
      if (!core.admits(remoteAddress, remotePort, localPort)) {
        resolve(FULL)
        return
      }
      const request = requestIn(subject, call, 'play', true)
      const tag = subject.cluster?.()?.tag
      const id = `${randomName(core, 16)}${tag === undefined ? '' : `-${tag}`}`
      const viewer = new HlsViewer(core, id, origin, viewerIdleMs, ({ id: gone }) => viewers.delete(gone))
      const session = new ViewerSession(core, request, (end) => {
        viewer.answered(end)
        resolve(end)
      })
      session.whenAccepted = () => {
        const [playback] = connection.activities.playbacks
        const channel =
          playback instanceof FetchedPlayback
            ? channels.recorded(playback.context.path, playback.open, remoteAddress)
            : playback && channels.of(playback.context)
        if (channel === undefined) {
          connection.close('closed', 'the stream is not there', core.now())
          return
        }
        viewers.set(id, viewer)
        viewer.watches(channel)
        resolve(viewer)
      }
      const waitMs = waitIn(call)
      const connection = core.open(viewer, { name: 'hls', session, format: NO_MEDIA, waitMs, fetches: true })
      viewer.belongTo(connection, session)
      connection.receive(NOTHING, core.now())
    })

  return {
    close: () => channels.close(),
    endings: {
      '.m3u8': {
        audience: 'media',
        // Its owner cuts a stream, once for all.
        nodeOf: ({ stream }, cluster) => cluster.ownerOf(stream.path),
        isOnDisk: ({ stream }) => isOfRecordings(subject, stream),
        answers: {
          GET: async (call) => {
            const known = viewers.get(cookieIn(call))
            const isSame = known?.refusal === undefined && known?.channel?.isAt(call.stream) === true
            const viewer = isSame ? known : await letIn(call)
            if (!(viewer instanceof HlsViewer)) return responseOf(viewer)
            const response = await respond(viewer, MULTIVARIANT_NAME, call, core)
            response.headers.append(
              'set-cookie',
              `${COOKIE}=${viewer.id}; Path=${encodeURI(`/${call.stream.path}`)}.m3u8; HttpOnly; SameSite=Lax`,
            )
            return response
          },
        },
      },
    },
    places: {
      [PLACE]: {
        audience: 'media',
        nodeOf: ({ rest }, cluster) => cluster.find(/^[0-9a-f]+-([0-9a-f]+)\//.exec(rest)?.[1] ?? ''),
        answers: {
          GET: async (call: PlaceCall) => {
            const [id = '', name = '', ...more] = call.rest.split('/')
            const viewer = more.length === 0 ? viewers.get(id) : undefined
            return viewer === undefined ? responseOf(UNKNOWN) : respond(viewer, name, call, core)
          },
        },
      },
    },
  }
}

const respond = async (
  viewer: HlsViewer,
  name: string,
  call: HttpCall,
  core: ServerCore,
): Promise<Response> => {
  const { refusal, channel } = viewer
  if (refusal !== undefined || channel === undefined) return responseOf(refusal ?? UNKNOWN)
  call.keepOpen()
  const done = viewer.asks()
  let sent = 0
  try {
    const query = new URLSearchParams(Object.entries(call.query))
    const base = `${PLACE}${viewer.id}/`
    const answer = await channel.answer({
      name,
      query,
      // Made only where somebody waits.
      get signal() {
        return call.request.signal
      },
      base,
      start: startIn(call),
    })
    if (!call.isHead) sent = answer.body.length
    return responseTo(answer)
  } catch (error) {
    core.failed(`HLS for ${call.request.url}`, error)
    return responseOf(UNREADABLE)
  } finally {
    done(sent)
  }
}

const responseTo = ({ status, headers, body }: HlsAnswer): Response =>
  typeof body === 'string' ? new Response(body, { status, headers }) : lentResponse(body, { status, headers })

const cookieIn = ({ request }: HttpCall): string => {
  const cookies = request.headers.get('cookie') ?? ''
  return new RegExp(`(?:^|; )${COOKIE}=([0-9a-f]{32}(?:-[0-9a-f]{8})?)(?:;|$)`).exec(cookies)?.[1] ?? ''
}

/** Where the viewer wants to begin, in seconds, below 0 from the end. */
const startIn = ({ query: { start } }: HttpCall): number | undefined =>
  start !== undefined && /^-?\d{1,9}(?:\.\d{1,3})?$/.test(start) ? Number(start) : undefined

const MOST_WAIT_S = 60

/** How long a viewer waits for a stream that is not there, in milliseconds. */
const waitIn = ({ query }: HttpCall): number => {
  const seconds = Number(query['wait'] ?? 0)
  return seconds >= 0 && seconds <= MOST_WAIT_S ? Math.round(seconds * 1000) : 0
}
