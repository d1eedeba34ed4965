// A server that records all that is published on it, and plays it again: npm run recording-server [FOLDER]
//
// 1. Say what is recorded, and where to. Recordings that a crash left unfinished are finished when the server starts.
// 2. Hear of each file when it is done: here is where one would be uploaded.
// 3. What was recorded can be played as rtmp://host/vod/live/NAME/START.
import { createServer, type RtmpServer } from '@rtmp/server'

/** A finished file, and what it is played as. */
export interface Done {
  readonly file: string
  readonly vod: string
  readonly seconds: number
}

export const serveAndRecord = async (
  port: number,
  folder: string,
  done: (recorded: Done) => void,
): Promise<RtmpServer> => {
  const server = createServer({
    rtmp: { port },
    recordings: [
      {
        stream: 'live/*',
        file: `${folder}/{path}/{start}.{ext}`,
        format: 'flv',
        splitMs: 3_600_000,
        keepMs: 7 * 86_400_000,
      },
    ],
  })
  server.on('segmentCompleted', ({ file, name, durationMs }) =>
    done({ file, vod: `vod/${name}`, seconds: durationMs / 1000 }),
  )
  server.on('recordingInterrupted', ({ path, reason }) =>
    console.error(`${path} is not being recorded for now: ${reason}`),
  )
  await server.listen()
  return server
}

if (process.argv[1] === import.meta.filename) {
  const server = await serveAndRecord(1935, process.argv[2] ?? 'recordings', ({ file, vod, seconds }) =>
    console.log(`${file}: ${seconds.toFixed(1)} s, rtmp://localhost/${vod}`),
  )
  console.log('publish to rtmp://localhost/live/NAME')
  process.once('SIGINT', () => void server.drain())
}
