// Records one stream of a server of one's own into fragmented MP4, and says when each file is done.
//
// 1. Subscribe to the stream inside the process: nothing is sent over a socket, and a slow disk delays no player.
// 2. Give it to the recorder, which begins a new file each hour, at a key frame.
// 3. Wait for the end: of the stream, or of our patience.
import { record } from '@rtmp/recorder'
import type { RtmpServer } from '@rtmp/server'

export const recordStream = async (
  server: RtmpServer,
  path: string,
  folder: string,
  completed: (file: string, durationMs: number) => void,
): Promise<string> => {
  const recording = record(server.subscribe(path, { overflow: 'gap' }), {
    file: `${folder}/{path}/{start}.{ext}`,
    path,
    format: 'fmp4',
    splitMs: 3_600_000,
    onEvent: (event) => {
      if (event.kind === 'fileCompleted') completed(event.file, event.durationMs)
      if (event.kind === 'interrupted') console.error(`${path} is not being recorded: ${event.reason}`)
    },
  })
  const { reason } = await recording.ended
  return reason
}
