// Plays a stream into FLV files: npm run record rtmp://host/live/NAME show.flv
//
// 1. Play the stream. A connection that is lost comes back, without a step in the file's time.
// 2. Write what comes; after an hour a new file begins, at a key frame.
// 3. At the end each file has its duration and an index of key frames, so that players can seek in it.
import { isRtmpClientError, play, saveFlv, type SavedFlv } from '@rtmp/client'

const HOUR = 3_600_000

export const recordTo = (url: string, file: string, signal: AbortSignal): Promise<SavedFlv> =>
  // The signal ends the saving, which ends the playing: so the file is finished as it should be.
  saveFlv(play(url, { reconnect: true }), file, { splitMs: HOUR, signal })

if (process.argv[1] === import.meta.filename) {
  const [, , url, file] = process.argv
  if (url === undefined || file === undefined) {
    console.error('usage: npm run record rtmp://host/app/streamName FILE.flv')
    process.exit(2)
  }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  try {
    const { files } = await recordTo(url, file, stop.signal)
    for (const { path, duration } of files) console.log(`${path}: ${(duration / 1000).toFixed(1)} s`)
  } catch (error) {
    if (!isRtmpClientError(error)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = 1
  }
}
