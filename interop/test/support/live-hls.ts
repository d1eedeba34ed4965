import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { publish, type RtmpPublisher } from '@rtmp/client'
import { fromMediaFrame, type MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, type FlvTagInit, TagType } from '@rtmp/flv'
import { createServer, type RtmpServer, type StreamStats } from '@rtmp/server'
import { LOOPBACK } from '../../src/loopback.ts'
import { mediaFile } from '../../src/media.ts'
import { Tap } from '../../src/tap.ts'

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

/** One picture track of a sample and its first sound, each as track 0. */
export const withTrack = (tags: readonly FlvTagInit[], trackId: number): FlvTagInit[] =>
  tags.flatMap((tag) =>
    framesOf(tag)
      .filter((frame) => frame.trackId === (frame.kind === 'video' ? trackId : 0))
      .map((frame) => ({
        typeId: tag.typeId,
        timestamp: tag.timestamp,
        payload: fromMediaFrame({ ...frame, trackId: 0 }),
      })),
  )

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
    await writePaced(publisher, tags)
    await publisher.end()
  }

  /** Publishes in real time, and loses its connection when all of it is there. Resolves when the server waits for it to come back. */
  async publishAndBreak(path: string, tags: readonly FlvTagInit[]): Promise<void> {
    const tap = await Tap.open(this.server.address('rtmp')?.port ?? 0)
    try {
      const publisher = await publish(tap.url(path), { reconnect: false })
      await writePaced(publisher, tags)
      await this.#until(path, ({ publisher: there }) => {
        const { audioMessages = 0, videoMessages = 0 } = there ?? {}
        return audioMessages + videoMessages === tags.length
      })
      for (const connection of tap.connections) connection.cut()
      await publisher.finished.catch(() => {})
      await this.#until(path, ({ state }) => state === 'grace')
    } finally {
      await tap.close()
    }
  }

  async #until(path: string, isTrue: (stream: StreamStats) => boolean): Promise<void> {
    const end = performance.now() + 10_000
    for (;;) {
      const stream = this.server.streams.find((each) => each.path === path)
      if (stream !== undefined && isTrue(stream)) return
      if (performance.now() > end) throw new Error(`waited in vain: ${JSON.stringify(stream)}`)
      await setTimeout(10)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close({ drainMs: 500 })
  }
}

/** Writes tags in real time, by the first one's timestamp; 32 bits may turn over between them. */
const writePaced = async (publisher: RtmpPublisher, tags: readonly FlvTagInit[]): Promise<void> => {
  const begun = performance.now()
  const first = tags[0]?.timestamp ?? 0
  for (const tag of tags) {
    const early = ((tag.timestamp - first) | 0) - (performance.now() - begun)
    if (early > 4) await setTimeout(early)
    await publisher.write(tag)
  }
}
