// A server that is not ours: FLV files over HTTP and WebSocket, in real time, as a stream that goes on while nobody
// watches. What it does wrong is asked for by query:
//   /live/h264-aac.flv?id=…         one stream for each id; it begins with the first request
//   &loops=3                        the file so many times, on one clock (default 20)
//   &cut=1,1500                     the first connection is cut after 1500 ms
//   &absent=2                       the first two requests get 404
//   &begin=5000                     timestamps begin there
//   &ws=no                          WebSockets are refused, as by a proxy that does not know them
//   &late=audio,1500                a kind is left out for the first so many milliseconds
//   /status/403.flv, /html.flv, /silent.flv
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { concat } from '@rtmp/bytes'
import { flvRules, trackIdsOf } from '@rtmp/e-rtmp'
import { decodeFlv, encodeFlvHeader, encodeFlvTag, type FlvTag } from '@rtmp/flv'
import { type WebSocket, WebSocketServer } from 'ws'

/** Where bytes go: a response or a WebSocket. */
interface Sink {
  write(bytes: Uint8Array): void
  end(): void
  cut(): void
  readonly isClosed: () => boolean
}

interface Stream {
  readonly startedAt: number
  readonly tags: readonly FlvTag[]
  requests: number
}

const TICK = 20

const isHeader = (tag: FlvTag): boolean => tag.typeId === 18 || flvRules.isSequenceHeader(tag)
/** A key frame of the first track: where joiners begin. */
const isKey = ({ typeId, payload }: FlvTag): boolean =>
  typeId === 9 && flvRules.isKeyFrame(payload) && (trackIdsOf('video', payload)[0] ?? 0) === 0

/** A file so many times on one clock. */
const looped = (tags: readonly FlvTag[], loops: number, begin: number): FlvTag[] => {
  const coded = tags.filter((tag) => !isHeader(tag))
  const length = (coded.at(-1)?.timestamp ?? 0) - (coded[0]?.timestamp ?? 0) + 40
  return Array.from({ length: loops }, (_, loop) =>
    tags
      .filter((tag) => loop === 0 || !isHeader(tag))
      // Sequence ends stand before another loop only in files.
      .filter((tag) => tag.payload.length > 5)
      .map((tag) => ({ ...tag, timestamp: (tag.timestamp + loop * length + begin) >>> 0 })),
  ).flat()
}

/** Answers for the browser tests; gives the origin, and how to stop. */
export const startLiveFlvServer = async (media: string): Promise<{ origin: string; close: () => void }> => {
  const streams = new Map<string, Stream>()

  const streamOf = (url: URL): Stream => {
    const key = `${url.pathname}?${url.searchParams.get('id')}`
    const known = streams.get(key)
    if (known !== undefined) return known
    const name = /\/live\/(.*)\.flv$/.exec(url.pathname)?.[1] ?? 'h264-aac'
    const file = decodeFlv(readFileSync(join(media, `${name}.flv`)))
    const [kind, until] = (url.searchParams.get('late') ?? 'none,0').split(',')
    const typeId = kind === 'audio' ? 8 : kind === 'video' ? 9 : 0
    const begin = Number(url.searchParams.get('begin') ?? 0)
    const tags = looped(file, Number(url.searchParams.get('loops') ?? 20), begin).filter(
      (tag) => tag.typeId !== typeId || isHeader(tag) || tag.timestamp >= Number(until),
    )
    const stream = { startedAt: Date.now(), tags, requests: 0 }
    streams.set(key, stream)
    return stream
  }

  /** From the last key frame on, and then as time goes. */
  const serve = (url: URL, sink: Sink): void => {
    const stream = streamOf(url)
    stream.requests += 1
    const [which, after] = (url.searchParams.get('cut') ?? '0,0').split(',').map(Number)
    const cutAt = which === stream.requests ? Date.now() + (after ?? 0) : Number.POSITIVE_INFINITY
    const coded = stream.tags.filter((tag) => !isHeader(tag))
    const first = coded[0]?.timestamp ?? 0
    // A second of the stream is there when the first viewer comes.
    const position = (): number => Date.now() - stream.startedAt + 1000 + first
    const now = position()
    const hasVideo = coded.some(({ typeId }) => typeId === 9)
    const keys = coded.filter((tag) => (hasVideo ? isKey(tag) : true) && tag.timestamp <= now)
    const from = keys.at(-1) ?? coded[0]
    sink.write(concat([encodeFlvHeader({ hasAudio: true, hasVideo: true }), new Uint8Array(4)]))
    for (const tag of stream.tags.filter(isHeader)) sink.write(encodeFlvTag(tag))
    let next = Math.max(0, from === undefined ? 0 : coded.indexOf(from))
    const pump = (): void => {
      if (sink.isClosed()) clearInterval(timer)
      else if (Date.now() >= cutAt) {
        clearInterval(timer)
        sink.cut()
      } else {
        const until = position()
        for (let tag = coded[next]; tag !== undefined && tag.timestamp <= until; tag = coded[next]) {
          sink.write(encodeFlvTag(tag))
          next += 1
        }
        if (next < coded.length) return
        clearInterval(timer)
        sink.end()
      }
    }
    const timer = setInterval(pump, TICK)
    pump()
  }

  const isAbsent = (url: URL): boolean => {
    const absent = Number(url.searchParams.get('absent') ?? 0)
    if (absent === 0) return false
    const key = `absent ${url.pathname}?${url.searchParams.get('id')}`
    const stream = streams.get(key) ?? { startedAt: 0, tags: [], requests: 0 }
    streams.set(key, stream)
    stream.requests += 1
    return stream.requests <= absent
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('access-control-allow-origin', '*')
    const status = Number(/^\/status\/(\d+)\.flv$/.exec(url.pathname)?.[1] ?? 200)
    if (status !== 200 || isAbsent(url)) {
      response.writeHead(status === 200 ? 404 : status).end()
      return
    }
    if (url.pathname === '/html.flv') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Not found')
      return
    }
    response.writeHead(200, { 'content-type': 'video/x-flv' })
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    if (url.pathname === '/silent.flv') {
      response.write(encodeFlvHeader())
      return
    }
    serve(url, {
      write: (bytes) => response.write(bytes),
      end: () => response.end(),
      cut: () => response.destroy(),
      isClosed: () => response.destroyed,
    })
  }

  const server = createServer(answer)
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.searchParams.get('ws') === 'no' || isAbsent(url) || url.pathname.startsWith('/status/')) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) =>
      serve(url, {
        write: (bytes) => webSocket.send(bytes),
        end: () => webSocket.close(1000),
        cut: () => webSocket.terminate(),
        isClosed: () => webSocket.readyState > 1,
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      sockets.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
