import { readFile } from 'node:fs/promises'
import { publish, publishFlv } from '@rtmp/client'
import { type MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, encodeFlvHeader, encodeFlvTag, type FlvTagInit, TagType } from '@rtmp/flv'
import { createServer, type RtmpServer } from '@rtmp/server'
import { LOOPBACK } from '../../src/loopback.ts'
import { mediaFile } from '../../src/media.ts'

/** Sound and pictures of a sample, without its metadata. */
export const tagsOf = async (sample: string): Promise<FlvTagInit[]> =>
  decodeFlv(await readFile(mediaFile(`${sample}.flv`)))
    .filter(({ typeId }) => typeId === TagType.audio || typeId === TagType.video)
    .map(({ typeId, timestamp, payload }) => ({ typeId, timestamp, payload }))

/** The frames of a tag. */
export const framesOf = ({ typeId, timestamp, payload }: FlvTagInit): MediaFrame[] =>
  new MediaMessage(typeId, timestamp, payload).frames()

/** Whether a tag holds a frame of one of these types. */
const holds = (tag: FlvTagInit, ...types: readonly MediaFrame['type'][]): boolean =>
  framesOf(tag).some(({ type }) => types.includes(type))

/** The same later, by 32 bits of milliseconds. */
export const later = (tags: readonly FlvTagInit[], ms: number): FlvTagInit[] =>
  tags.map((tag) => ({ ...tag, timestamp: (tag.timestamp + ms) >>> 0 }))

/** A sample several times in a row: its headers once, and no end between. */
export const repeated = (tags: readonly FlvTagInit[], times: number, lengthMs: number): FlvTagInit[] => [
  ...tags.filter((tag) => !holds(tag, 'coded')).filter((tag) => !holds(tag, 'sequenceEnd')),
  ...Array.from({ length: times }, (_, i) =>
    later(
      tags.filter((tag) => holds(tag, 'coded')),
      i * lengthMs,
    ),
  ).flat(),
]

/** A server whose streams are HLS from their first frame on, all of them in the window. */
export class LiveHls implements AsyncDisposable {
  readonly server: RtmpServer
  readonly rtmp: string
  readonly http: string

  private constructor(server: RtmpServer) {
    this.server = server
    this.rtmp = `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}`
    this.http = `http://${LOOPBACK}:${server.address('http')?.port}`
  }

  static async start(partMs = 200): Promise<LiveHls> {
    const server = createServer({
      rtmp: { port: 0, host: LOOPBACK },
      http: {
        port: 0,
        host: LOOPBACK,
        hls: { mode: 'always', segmentMs: 1000, windowMs: 120_000, partMs, viewerIdleMs: 60_000 },
      },
      streams: { graceMs: 30_000 },
    })
    await server.listen()
    return new LiveHls(server)
  }

  /** The multivariant playlist, asked for before the stream is there. */
  url(path: string): string {
    return `${this.http}/${path}.m3u8?wait=30`
  }

  /** Publishes in real time, and ends the stream. */
  async publish(path: string, tags: readonly FlvTagInit[]): Promise<void> {
    const publisher = await publish(`${this.rtmp}/${path}`)
    await publishFlv(publisher, () => flvOf(tags))
    await publisher.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close({ drainMs: 500 })
  }
}

const flvOf = (tags: readonly FlvTagInit[]): Uint8Array[] => [
  encodeFlvHeader(),
  ...tags.map((tag) => encodeFlvTag(tag)),
]
