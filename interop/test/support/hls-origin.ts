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
}

/** A recording's answer to a request. */
const answerRecorded = async (hls: RecordedHls, { url }: Request): Promise<Response> =>
  toResponse(await hls.answer({ name: new URL(url).pathname.slice(1) }))

export const serveHls = async (hls: HlsStream | RecordedHls): Promise<HlsOrigin> => {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    const request = new Request(`http://127.0.0.1${incoming.url}`, {
      method: incoming.method ?? 'GET',
      signal: gone.signal,
    })
    const answering =
      hls instanceof RecordedHls ? answerRecorded(hls, request) : answerRequest(hls, request, Date.now())
    void answering.then(async (response) => {
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
    async [Symbol.asyncDispose]() {
      clearInterval(ticking)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
