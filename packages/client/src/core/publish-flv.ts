import { TimestampUnwrapper } from '@rtmp/bytes/time'
import { flvRules } from '@rtmp/e-rtmp'
import {
  type FlvDiscontinuity,
  FlvNotice,
  type FlvSource,
  type FlvTagInit,
  readFlv,
  TagType,
} from '@rtmp/flv'
import { ElapsedTime, TimeRebaser } from '@rtmp/flv/file'
import type { ClientHost } from './host.ts'
import { sleep } from './waiting.ts'

/** Where FLV tags go: an `RtmpPublisher`, a `MultiPublisher`. */
export interface TagSink {
  /** Resolves when there is room for another; wait for it. */
  write(tag: FlvTagInit): Promise<void>
}

/** How FLV is published. */
export interface PublishFlvOptions {
  /** `'realtime'` (default): as fast as it is to be watched. `'fast'`: as fast as the server takes it. */
  readonly pace?: 'realtime' | 'fast'
  /** How often the source is played: a number, or `true` until it is aborted. Default 1. Needs a source that can be opened again. */
  readonly loop?: boolean | number
  /** Stops between two tags; what was sent stays sent. */
  readonly signal?: AbortSignal
  /** Called after every tag. */
  readonly onProgress?: (progress: PublishFlvResult) => void
  /** Told of each place where the source's time does not run forward; the time that is sent goes on there. */
  readonly onDiscontinuity?: (place: FlvDiscontinuity) => void
  /** Told by how many milliseconds sound and picture are apart when it is more than ten seconds; they are sent side by side. */
  readonly onTracksApart?: (milliseconds: number) => void
  /** Told before a wait of more than five seconds, for as much as nothing stands in the source; in milliseconds. */
  readonly onWait?: (milliseconds: number) => void
}

/** What was published. */
export interface PublishFlvResult {
  /** Given to the sink, all loops together. */
  readonly tags: number
  /** Payload bytes. */
  readonly bytes: number
  /** Milliseconds on the output's clock from the first tag to the newest. */
  readonly durationMs: number
  /** Times the source was opened. */
  readonly loops: number
  /** Places where the source's time did not run forward. */
  readonly discontinuities: number
}

/** Sending that little too early is not worth a timer, in milliseconds. */
const EARLY_MS = 4

/** A wait that somebody should know the reason of, in milliseconds. */
const LONG_WAIT_MS = 5000

const isHeader = flvRules.isSequenceHeader

const PUBLISHED: ReadonlySet<number> = new Set([
  TagType.audio,
  TagType.video,
  TagType.script,
  TagType.scriptAmf3,
])

/**
 * Sends the tags of FLV to a publisher. Several rounds have one clock: each starts where the one before it ended.
 *
 * @param open - Gives the bytes from the beginning, once per round.
 * @throws what the source, the reader and the publisher throw; the signal's reason
 */
export const publishFlvTo = async (
  host: ClientHost,
  sink: TagSink,
  open: () => FlvSource | Promise<FlvSource>,
  options: PublishFlvOptions = {},
): Promise<PublishFlvResult> => {
  const { pace = 'realtime', loop = 1, signal = new AbortController().signal, onProgress } = options
  const rounds = loop === true ? Number.POSITIVE_INFINITY : loop === false ? 1 : loop
  // Where the source's own time does not run forward the output's does: one round keeps the source's first time.
  const rebaser = new TimeRebaser({ isSequenceHeader: isHeader, ...(rounds > 1 ? {} : { start: 'own' }) })
  const unwrapper = new TimestampUnwrapper()
  const passed = new ElapsedTime()
  let result: PublishFlvResult = { tags: 0, bytes: 0, durationMs: 0, loops: 0, discontinuities: 0 }
  let startedAt: number | undefined
  let apart = 0
  for (let round = 0; round < rounds; round++) {
    if (round > 0) rebaser.nextSource()
    const before = result.tags
    result = { ...result, loops: round + 1 }
    for await (const read of readFlv(await open())) {
      signal.throwIfAborted()
      if (!PUBLISHED.has(read.typeId) || read.filtered) continue
      if ((read.notices & FlvNotice.newHeader) !== 0) rebaser.nextSource()
      const tag = rebaser.map(read)
      const isFrame = (tag.typeId === TagType.audio || tag.typeId === TagType.video) && !isHeader(tag)
      let elapsed = 0
      if (isFrame) {
        startedAt ??= host.now()
        elapsed = passed.add(tag.typeId, unwrapper.unwrap(tag.timestamp))
        const { leap } = rebaser
        if (leap !== 0)
          options.onDiscontinuity?.({
            position: read.offset,
            typeId: read.typeId,
            timestamp: read.timestamp,
            leap,
          })
        const { tracksApart } = rebaser
        if (tracksApart !== apart && tracksApart !== 0) options.onTracksApart?.(tracksApart)
        apart = tracksApart
        if (leap !== 0) result = { ...result, discontinuities: result.discontinuities + 1 }
        if (pace === 'realtime') {
          const early = startedAt + elapsed - host.now()
          if (early > LONG_WAIT_MS) options.onWait?.(early)
          if (early > EARLY_MS) await sleep(host, early, signal)
        }
      }
      await sink.write(tag)
      result = {
        tags: result.tags + 1,
        bytes: result.bytes + tag.payload.length,
        durationMs: Math.max(result.durationMs, elapsed),
        loops: result.loops,
        discontinuities: result.discontinuities,
      }
      onProgress?.(result)
    }
    if (result.tags === before) break // Nothing in it: another round would not end either.
  }
  return result
}
