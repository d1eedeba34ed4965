import { nodeFiles } from './node/node-files.ts'
import { type RecordingItem, RunningRecording } from './recording.ts'
import type { Recording } from './recording-handle.ts'
import { type RecordingClock, type RecordOptions, resolveRecordOptions } from './recording-options.ts'

const systemClock: RecordingClock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * Records a stream into files, until it ends or is stopped. Begins at once.
 *
 * Nothing that happens to files ends it: when the disk is full, a folder is removed or a device fails, what was written is
 * kept, events say so, and it goes on with a new file once that works.
 *
 * @param source - What `subscribe` of `@rtmp/live` or a server gives, with `overflow: 'gap'`; a player's packets.
 * @throws UsageError `RECORDING_FILE`, `RECORDING_OPTION`
 *
 * @example
 * const recording = record(server.subscribe('live/show'), {
 *   file: 'recordings/{path}/{start}.{ext}',
 *   path: 'live/show',
 *   splitMs: 3_600_000,
 * })
 * await recording.ended
 */
export const record = (source: AsyncIterable<RecordingItem>, options: RecordOptions): Recording =>
  new RunningRecording(source, resolveRecordOptions(options, { files: nodeFiles, clock: systemClock }))
