// A server that looks at what Enhanced RTMP brings: npm run enhanced-server [PORT]
//
// 1. What a client can do stands in its `connect`: codecs by FourCC, several tracks, reconnect requests.
// 2. Frames of any codec come as the same type, in the old form and in the enhanced one; here the first of each track is told.
// 3. A publisher that knows reconnect requests can be asked to go to another server, and loses nothing on the way.
import { CapsEx, type MediaFrame } from '@rtmp/e-rtmp'
import { type ConnectionInfo, createServer, type PublishContext, type RtmpServer } from '@rtmp/server'

/** A capability, by its bit in `capsEx`. */
const can = ({ capabilities }: ConnectionInfo, bit: number): boolean =>
  ((capabilities.capsEx ?? 0) & bit) !== 0

export interface Enhanced {
  readonly server: RtmpServer
  /** Asks the publisher of a stream to go elsewhere; whether it knows such requests. */
  readonly moveTo: (path: string, tcUrl: string) => boolean
}

export const serveEnhanced = async (port: number, say: (line: string) => void): Promise<Enhanced> => {
  const publishers = new Map<string, ConnectionInfo>()
  const told = new Set<string>()
  /** The first frame of each track: what it is, and in which form it comes. */
  const tell = (
    { path }: PublishContext,
    { kind, codec, form, trackId, keyFrame, type }: MediaFrame,
  ): void => {
    const track = `${path} ${kind} ${trackId}`
    if (told.has(track) || type !== 'coded') return
    told.add(track)
    const start = kind === 'video' && keyFrame ? ', from a key frame on' : ''
    say(`${path}: ${kind} track ${trackId} is ${codec}, ${form}${start}`)
  }
  const server = createServer({
    rtmp: { port },
    handler: {
      // Frames and nothing else: raw messages are not asked about.
      mediaDelivery: 'parsed',
      videoFrame: tell,
      audioFrame: tell,
      enhancedVideoFrame: tell,
      enhancedAudioFrame: tell,
      unpublish: ({ path }) => {
        publishers.delete(path)
        for (const track of told) if (track.startsWith(`${path} `)) told.delete(track)
      },
    },
  })
  server.on('connected', ({ connection }) => {
    const { fourCcList = [], videoFourCcInfoMap, audioFourCcInfoMap } = connection.capabilities
    const codecs = [
      ...fourCcList,
      ...(videoFourCcInfoMap?.keys() ?? []),
      ...(audioFourCcInfoMap?.keys() ?? []),
    ]
    say(
      connection.isEnhanced
        ? `${connection.remoteAddress} speaks Enhanced RTMP: ${[...new Set(codecs)].join(' ')}`
        : `${connection.remoteAddress} speaks RTMP as of old`,
    )
  })
  server.on('publishStarted', ({ path, connection }) => {
    publishers.set(path, connection)
    if (can(connection, CapsEx.reconnect)) say(`${path}: its publisher can be asked to reconnect`)
  })
  await server.listen()
  return {
    server,
    moveTo: (path, tcUrl) => publishers.get(path)?.client.askToReconnect({ tcUrl }) ?? false,
  }
}

if (process.argv[1] === import.meta.filename) {
  const { server } = await serveEnhanced(Number(process.argv[2] ?? 1935), console.log)
  console.log(`publish to rtmp://localhost:${server.address('rtmp')?.port}/live/NAME`)
  process.once('SIGINT', () => void server.drain())
}
