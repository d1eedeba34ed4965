// Plays a stream and says what comes: npm run pull rtmp://host/live/NAME
//
// 1. Ask for the stream. It is waited for when it is not there, and asked for again when the connection is lost.
// 2. Look at each message: metadata, headers, frames of however many tracks.
// 3. Count, until it ends or Ctrl-C is pressed.
import { isRtmpClientError, play } from '@rtmp/client'

export interface Pulled {
  readonly audio: number
  readonly video: number
  readonly keyFrames: number
  /** Codecs in the order in which they came: `h264`, `aac`. */
  readonly codecs: readonly string[]
}

export const pull = async (
  url: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Pulled> => {
  const counts = { audio: 0, video: 0, keyFrames: 0 }
  const codecs = new Set<string>()
  const player = play(url, {
    signal,
    reconnect: true,
    onLog: ({ level, text }) => {
      if (level !== 'debug') say(text)
    },
  })
  try {
    for await (const message of player) {
      if (message.kind === 'data') {
        say(`${message.name} ${JSON.stringify(message.values)}`)
        continue
      }
      for (const { kind, codec, trackId, type } of message.frames()) {
        codecs.add(codec)
        if (type === 'sequenceHeader') say(`${kind} track ${trackId} is ${codec}`)
      }
      if (!message.isCoded) continue
      counts[message.kind]++
      if (message.isVideo && message.keyFrame) counts.keyFrames++
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return { ...counts, codecs: [...codecs] }
}

if (process.argv[1] === import.meta.filename) {
  const [, , url] = process.argv
  if (url === undefined) {
    console.error('usage: npm run pull rtmp://host/app/streamName')
    process.exit(2)
  }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  try {
    console.log(await pull(url, stop.signal, console.log))
  } catch (error) {
    if (!isRtmpClientError(error)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = 1
  }
}
