import { classifyAudio, classifyVideo, MediaFlags } from '@rtmp/ertmp'
import { type FlvSource, type FlvTagInit, readFlv, TagType } from '@rtmp/flv'
import { TimeRebaser } from '@rtmp/flv/file'
import type { ClientHost } from './host.ts'
import { sleep } from './waiting.ts'

/** Where FLV tags go: a `Publisher`, a `MultiPublisher`. */
export interface TagSink {
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
}

/** What was published. */
export interface PublishFlvResult {
  readonly tags: number
  /** Payload bytes. */
  readonly bytes: number
  /** Milliseconds on the output's clock from the first tag to the newest. */
  readonly durationMs: number
  /** Times the source was opened. */
  readonly loops: number
}

/** Sending that little too early is not worth a timer, in milliseconds. */
const EARLY_MS = 4

const isHeader = ({ typeId, payload }: FlvTagInit): boolean => {
  const flags = typeId === TagType.video ? classifyVideo(payload) : classifyAudio(payload)
  return (flags & (MediaFlags.sequenceHeader | MediaFlags.metadata | MediaFlags.multichannelConfig)) !== 0
}

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
  const rebaser = rounds > 1 ? new TimeRebaser({ isSequenceHeader: isHeader }) : undefined
  let result: PublishFlvResult = { tags: 0, bytes: 0, durationMs: 0, loops: 0 }
  let first: number | undefined
  let startedAt = 0
  for (let round = 0; round < rounds; round++) {
    if (round > 0) rebaser?.nextSource()
    const before = result.tags
    result = { ...result, loops: round + 1 }
    for await (const read of readFlv(await open())) {
      signal.throwIfAborted()
      if (!PUBLISHED.has(read.typeId) || read.filtered) continue
      const tag = rebaser?.map(read) ?? read
      const isFrame = (tag.typeId === TagType.audio || tag.typeId === TagType.video) && !isHeader(tag)
      if (isFrame && first === undefined) {
        first = tag.timestamp
        startedAt = host.now()
      }
      const elapsed = first === undefined ? 0 : Math.max(0, (tag.timestamp - first) | 0)
      if (pace === 'realtime' && isFrame) {
        const early = startedAt + elapsed - host.now()
        if (early > EARLY_MS) await sleep(host, early, signal)
      }
      await sink.write(tag)
      result = {
        tags: result.tags + 1,
        bytes: result.bytes + tag.payload.length,
        durationMs: Math.max(result.durationMs, elapsed),
        loops: result.loops,
      }
      onProgress?.(result)
    }
    if (result.tags === before) break // Nothing in it: another round would not end either.
  }
  return result
}
