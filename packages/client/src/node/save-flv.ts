import type { Writable } from 'node:stream'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { TrackWait } from '../core/track-wait.ts'
import { FlvSaving, type SavedFlv } from './flv-saving.ts'

/** How a stream is saved. */
export interface SaveFlvOptions {
  /** Ends the file; what has come is in it. */
  readonly signal?: AbortSignal
  /** Ends the file after that many milliseconds of media. */
  readonly maxMs?: number
  /** Ends the file after that many bytes; the last tag may go beyond. */
  readonly maxBytes?: number
  /**
   * A new file from the first key frame on behind so many milliseconds of media: `show.flv`, `show-2.flv`, `show-3.flv`. Each has
   * all headers and plays by itself. Not for a stream. Default: one file.
   */
  readonly splitMs?: number
  /** The same behind so many bytes. */
  readonly splitBytes?: number
  /** Begin at time 0 instead of the stream's own time. Default true. */
  readonly fromZero?: boolean
  /** Called after every packet. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly ms: number }) => void
}

/**
 * Saves packets as FLV, to files (which are overwritten) or a stream (which is not ended). A file has its duration, its sizes, the
 * kinds of track and a key frame index in front in the end, so that players seek in it; on a stream the header waits until it
 * is known which tracks there are. Where the packets' time does not run forward the file's does.
 *
 * Stopping by `signal` or a bound leaves the packets' source by the normal way: a player is closed.
 *
 * @example
 * ```ts
 * const { duration, files } = await saveFlv(play('rtmp://localhost/live/show'), 'show.flv', { maxMs: 60_000 })
 * ```
 *
 * @returns what was written: duration, sizes, key frames
 * @throws UsageError `SAVE_SPLIT` for a stream that is to be split, or a bound that is not more than 0; what the packets and the
 *   file throw: what has come before is in the file
 */
export const saveFlv = async (
  packets: AsyncIterable<MediaMessage>,
  to: string | URL | Writable,
  options: SaveFlvOptions = {},
): Promise<SavedFlv> => {
  const { signal, maxBytes = Number.POSITIVE_INFINITY, onProgress } = options
  const wait = new TrackWait()
  const saving = new FlvSaving(to, options, wait)
  const iterator = packets[Symbol.asyncIterator]()
  const aborted = whenAborted(signal)
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted.promise])
      if (step === undefined || step.done === true) break
      if (!(await saving.add(wait.add(step.value)))) break
      const { bytes, ms } = saving
      onProgress?.({ bytes, ms })
      if (bytes >= maxBytes) break
    }
  } finally {
    aborted.forget()
    await saving.finish(wait.end())
    void iterator.return?.()
  }
  return saving.saved()
}

const whenAborted = (
  signal: AbortSignal | undefined,
): { readonly promise: Promise<undefined>; readonly forget: () => void } => {
  let forget = (): void => {}
  const promise = new Promise<undefined>((resolve) => {
    if (signal === undefined) return
    const stop = (): void => resolve(undefined)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    forget = () => signal.removeEventListener('abort', stop)
  })
  return { promise, forget: () => forget() }
}
