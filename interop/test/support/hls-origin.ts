import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { answerRequest, type HlsStream, RecordedHls, toResponse } from '@rtmp/hls'

/** The messages of an FLV file. */
export const messagesIn = async (file: string): Promise<MediaMessage[]> =>
  decodeFlv(await readFile(file)).map(
    ({ typeId, timestamp, payload }) =>
      new MediaMessage(typeId, timestamp, payload, typeId === TagType.script ? 'onMetaData' : ''),
  )

/** Pushes messages in real time, and ends the stream. */
export const pushLive = async (hls: HlsStream, messages: readonly MediaMessage[]): Promise<void> => {
  const begun = Date.now()
  const first = messages[0]?.timestamp ?? 0
  for (const message of messages) {
    const early = ((message.timestamp - first) | 0) - (Date.now() - begun)
    if (early > 0) await setTimeout(early)
    hls.push(message, Date.now())
  }
  hls.end(Date.now())
}

/** An HLS stream behind HTTP on this machine. */
export interface HlsOrigin extends AsyncDisposable {
  /** Of the multivariant playlist. */
  readonly url: string
  /** Everything that was asked for, with the status it was answered with, but for what nobody waited for any longer. */
  readonly asked: string[]
  /** Sends last segments from now on, where they are held. */
  release(): void
}

/** A recording's answer to a request. */
const answerRecorded = async (hls: RecordedHls, { url }: Request): Promise<Response> =>
  toResponse(await hls.answer({ name: new URL(url).pathname.slice(1) }))

/** A name without its number: `v0` of `v0-12.m4s`. */
const renditionOf = (name: string): string => name.replace(/-.*$/, '')

/** Whether a name is that of the last of several segments of a stream that has ended. */
const isLast = async (answered: (name: string) => Promise<Response>, name: string): Promise<boolean> => {
  if (!/-\d+\.m4s$/.test(name)) return false
  const text = await (await answered(`${renditionOf(name)}.m3u8`)).text()
  const segments = text.split('\n').filter((line) => line.endsWith('.m4s'))
  return text.includes('#EXT-X-ENDLIST') && segments.length > 1 && segments.at(-1) === name
}

/** @param holds - Whether the last segment of each rendition waits for {@link HlsOrigin.release}. */
export const serveHls = async (hls: HlsStream | RecordedHls, holds = false): Promise<HlsOrigin> => {
  const asked: string[] = []
  let release = (): void => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    const request = new Request(`http://127.0.0.1${incoming.url}`, {
      method: incoming.method ?? 'GET',
      signal: gone.signal,
    })
    const answered = (asking: Request): Promise<Response> =>
      hls instanceof RecordedHls ? answerRecorded(hls, asking) : answerRequest(hls, asking, Date.now())
    void answered(request).then(async (response) => {
      const other = (name: string): Promise<Response> =>
        answered(new Request(new URL(`/${name}`, request.url)))
      if (holds && (await isLast(other, new URL(request.url).pathname.slice(1)))) await released
      if (!gone.signal.aborted) asked.push(`${response.status} ${incoming.url}`)
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.end(new Uint8Array(await response.arrayBuffer()))
    })
  })
  // Readers that are busy ask again later than Node waits.
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ticking = setInterval(() => {
    if (!(hls instanceof RecordedHls)) hls.tick(Date.now())
  }, 500)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.m3u8`,
    asked,
    release,
    async [Symbol.asyncDispose]() {
      release()
      clearInterval(ticking)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
