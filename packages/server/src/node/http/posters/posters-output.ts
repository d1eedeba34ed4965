import type { BatchFormat } from '@rtmp/live/engine'
import { FetchedPlayback } from '../../../core/fetched-playback.ts'
import type { RecordedReader } from '../../../core/recorded-stream.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import { ViewerSession } from '../../../web/viewer-session.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import { AskTransport } from '../ask-transport.ts'
import { responseOf } from '../flv/answer-response.ts'
import { requestIn } from '../flv/request-in.ts'
import type { HttpOutput, StreamCall } from '../http-output.ts'
import type { HttpSubject } from '../http-subject.ts'
import { lentResponse } from '../lent-body.ts'
import { isOfRecordings } from '../recordings/recorded-downloads.ts'
import { keyFrameAsMp4 } from './key-frame.ts'
import { PictureDecoder, programAt } from './picture-decoder.ts'
import { type Poster, PosterShelf } from './poster-shelf.ts'

const NOTHING = new Uint8Array(0)
const NO_MEDIA: BatchFormat<Uint8Array> = { name: 'poster', encode: () => NOTHING }

const BUSY: WebAnswer = { status: 503, description: 'the server takes no more clients now' }
const NO_PICTURE: WebAnswer = { status: 404, description: 'there is no picture of this stream yet' }

/** How much of a recording is read for its picture: a few pieces of it. */
const MOST_PIECES = 20

/** What somebody may see a picture of. */
interface Allowed {
  readonly path: string
  /** For a recording: what opens it. */
  readonly open: (() => Promise<RecordedReader>) | undefined
}

/**
 * Posters: `/{path}.jpg` is the last key frame of a live stream, or the first one of a recording, for whoever may play it. FFmpeg makes a
 * JPEG of it; on machines that have none it is an MP4 file of one picture, which browsers show as a video.
 */
export const postersOutput = (subject: HttpSubject): HttpOutput => {
  const { core, isReady } = subject
  const ffmpeg = programAt('ffmpeg')
  const decoder = ffmpeg === undefined ? undefined : new PictureDecoder(ffmpeg)
  const shelf = new PosterShelf(() => core.now(), core.memory.ledger)

  const make = async ({ path, open }: Allowed): Promise<Poster | undefined> => {
    const mp4 = open === undefined ? liveKeyFrame(core, path) : await recordedKeyFrame(open)
    if (mp4 === undefined) return undefined
    const { ledger } = core.memory
    ledger.hold(mp4.buffer)
    const jpeg = decoder && (await decoder.jpeg(mp4))
    ledger.release(mp4.buffer)
    return jpeg === undefined ? { type: 'video/mp4', bytes: mp4 } : { type: 'image/jpeg', bytes: jpeg }
  }

  return {
    endings: {
      '.jpg': {
        audience: 'media',
        // It has the key frame, without a fetch.
        nodeOf: ({ stream }, cluster) => cluster.ownerOf(stream.path),
        isOnDisk: ({ stream }) => isOfRecordings(subject, stream),
        answers: {
          GET: async (call) => {
            const allowed = isReady() ? await ask(subject, call) : BUSY
            if ('status' in allowed) return responseOf(allowed)
            const poster = await shelf.of(allowed.path, async () => make(allowed))
            if (poster === undefined) return responseOf(NO_PICTURE)
            const headers = {
              'content-type': poster.type,
              'content-length': String(poster.bytes.length),
              'cache-control': 'private, max-age=3',
            }
            return call.isHead ? new Response(null, { headers }) : lentResponse(poster.bytes, { headers })
          },
        },
      },
    },
  }
}

/** The last key frame of a live stream. What the stream holds is read here and now: its memory is used again. */
const liveKeyFrame = (core: ServerCore, path: string): Uint8Array<ArrayBuffer> | undefined => {
  const cache = core.registry.find('', path)?.cache
  return cache && keyFrameAsMp4([...cache.headers, ...cache.group])
}

const recordedKeyFrame = async (
  open: () => Promise<RecordedReader>,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const reader = await open()
  try {
    const headers = []
    for (let pieces = 0; pieces < MOST_PIECES; pieces++) {
      const messages = await reader.next()
      if (messages === undefined) return undefined
      const found = keyFrameAsMp4([...headers, ...messages])
      if (found !== undefined) return found
      headers.push(...messages.filter(({ isHeader }) => isHeader))
    }
    return undefined
  } finally {
    await reader.close()
  }
}

/** Asks whether a stream may be played, as for any play that ends at once. */
const ask = (subject: HttpSubject, call: StreamCall): Promise<Allowed | WebAnswer> =>
  new Promise((resolve) => {
    const { core } = subject
    const { remoteAddress, remotePort, localPort } = call.origin
    if (!core.admits(remoteAddress, remotePort, localPort)) {
      resolve(BUSY)
      return
    }
    const session = new ViewerSession(core, requestIn(subject, call, 'play', true), resolve)
    session.whenAccepted = () => {
      const [playback] = connection.activities.playbacks
      if (playback !== undefined) {
        const { path } = playback.context
        resolve({ path, open: playback instanceof FetchedPlayback ? playback.open : undefined })
      }
      connection.close('completed', 'it was shown a picture', core.now())
    }
    const transport = new AskTransport(core, call.origin)
    const connection = core.open(transport, {
      name: 'poster',
      session,
      format: NO_MEDIA,
      waitMs: 0,
      fetches: true,
    })
    transport.belongTo(connection)
    connection.receive(NOTHING, core.now())
  })
