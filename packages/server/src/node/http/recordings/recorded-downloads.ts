import type { BatchFormat } from '@rtmp/live/engine'
import { FetchedPlayback } from '../../../core/fetched-playback.ts'
import { ViewerSession } from '../../../web/viewer-session.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import type { FoundRecording } from '../../record/recording-store.ts'
import { responseOf } from '../flv/answer-response.ts'
import { requestIn } from '../flv/request-in.ts'
import type { HttpOutput, StreamCall } from '../http-output.ts'
import type { HttpSubject } from '../http-subject.ts'
import { DownloadTransport } from './download-transport.ts'
import { fileAnswer } from './file-answer.ts'

const NOTHING = new Uint8Array(0)
/** The file goes with the answer, and nothing else. */
const NO_MEDIA: BatchFormat<Uint8Array> = { name: 'download', encode: () => NOTHING }

const DRAINING: WebAnswer = { status: 503, description: 'the server is being emptied' }
const FULL: WebAnswer = { status: 503, description: 'the server takes no more clients now' }

/**
 * Finished recordings as the files they are, at `/vod/<name>.mp4`, for whoever may play them. Those in FLV are at `/vod/<name>.flv`, where
 * HTTP-FLV gives way to them.
 */
export const recordedDownloads = (subject: HttpSubject): HttpOutput => ({
  endings: {
    '.mp4': {
      audience: 'media',
      isOnDisk: ({ stream }) => isOfRecordings(subject, stream),
      answers: { GET: async (call) => download(subject, call, '.mp4') },
    },
  },
})

/** Whether there is a file for a path with an ending, and no live stream of that path, which would go before it. */
export const isDownload = async (
  { core, recordings }: HttpSubject,
  { path }: StreamCall['stream'],
  ending: string,
): Promise<boolean> => {
  const name = nameIn(core.recorded?.prefix, path)
  if (name === undefined || core.registry.find('', path)?.publication !== undefined) return false
  return (await recordings()?.store.find(`${name}${ending}`)) !== undefined
}

/** Whether a path is one of recordings, there or not. */
export const isOfRecordings = ({ core }: HttpSubject, { path }: StreamCall['stream']): boolean =>
  nameIn(core.recorded?.prefix, path) !== undefined

const nameIn = (prefix: string | undefined, path: string): string | undefined =>
  prefix !== undefined && path.startsWith(prefix) ? path.slice(prefix.length) : undefined

const notThere = (path: string, ending: string): WebAnswer => ({
  status: 404,
  description: `there is no recording ${path}${ending}`,
})

/** Asks as for any play, and gives the file to whoever may. The play ends with the answer. */
export const download = (subject: HttpSubject, call: StreamCall, ending: string): Promise<Response> =>
  new Promise((resolve, reject) => {
    const { core, isReady, recordings } = subject
    const { origin, stream } = call
    const refuse = (answer: WebAnswer): void => resolve(responseOf(answer))
    if (nameIn(core.recorded?.prefix, stream.path) === undefined) return refuse(notThere(stream.path, ending))
    if (!isReady()) return refuse(DRAINING)
    if (!core.admits(origin.remoteAddress, origin.remotePort, origin.localPort)) return refuse(FULL)
    // A head asks as the whole does, and is told how long it is.
    const request = { ...requestIn(subject, call, 'play', true), onlyAsks: false }
    const session = new ViewerSession(core, request, refuse)
    const transport = new DownloadTransport(core, call)
    const connection = core.open(transport, {
      name: 'download',
      session,
      format: NO_MEDIA,
      waitMs: 0,
      fetches: true,
    })
    const send = (found: FoundRecording): void => {
      const { response, reading } = fileAnswer(found, call)
      resolve(response)
      if (reading === undefined) connection.close('completed', 'it was answered', core.now())
      else transport.sends(reading, session)
    }
    session.whenAccepted = () => {
      const [playback] = connection.activities.playbacks
      const path = playback instanceof FetchedPlayback ? playback.context.path : undefined
      const name = path && nameIn(core.recorded?.prefix, path)
      const finding = name === undefined ? undefined : recordings()?.store.find(`${name}${ending}`)
      Promise.resolve(finding)
        .then((found) => {
          if (found !== undefined) return send(found)
          refuse(notThere(stream.path, ending))
          connection.close('completed', 'it is not there', core.now())
        })
        .catch(reject)
    }
    transport.belongTo(connection)
    connection.receive(NOTHING, core.now())
  })
