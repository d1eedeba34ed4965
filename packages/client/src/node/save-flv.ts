import { open } from 'node:fs/promises'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { classifyAudio, classifyVideo, MediaFlags } from '@rtmp/ertmp'
import { type FlvFacts, type FlvTagInit, FlvWriter, TagType } from '@rtmp/flv'
import { type FlvPatch, patchMetadata } from '@rtmp/flv/file'
import type { Packet } from '../core/packet.ts'
import { ZeroClock } from '../core/to-flv.ts'

/** How a stream is saved. */
export interface SaveFlvOptions {
  /** Ends the file; what has come is in it. */
  readonly signal?: AbortSignal
  /** Ends the file after that many milliseconds of media. */
  readonly maxMs?: number
  /** Ends the file after that many bytes; the last tag may go beyond. */
  readonly maxBytes?: number
  /** Begin at time 0 instead of the stream's own time. Default true. */
  readonly fromZero?: boolean
  /** Called after every packet. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly ms: number }) => void
}

/** Bytes gathered before they are written. */
const BLOCK_BYTES = 65_536

interface Sink {
  write(bytes: Uint8Array): Promise<void>
  close(patches: readonly FlvPatch[]): Promise<void>
}

/**
 * Saves packets as FLV, to a file (which is overwritten) or a stream (which is not ended). In a file the duration and
 * size that the stream's metadata tell are corrected at the end.
 *
 * Stopping by `signal` or a bound leaves the packets' source by the normal way: a player is closed.
 *
 * @returns what was written: duration, sizes, key frames
 * @throws what the packets and the file throw; what has come before is in the file
 */
export const saveFlv = async (
  packets: AsyncIterable<Packet>,
  to: string | URL | Writable,
  options: SaveFlvOptions = {},
): Promise<FlvFacts> => {
  const {
    signal,
    maxMs = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
    onProgress,
  } = options
  const sink = typeof to === 'string' || to instanceof URL ? await fileSink(to) : streamSink(to)
  const writer = new FlvWriter({ isKeyFrame, isSequenceHeader })
  const clock = new ZeroClock(options.fromZero !== false)
  let block: Uint8Array[] = writer.start()
  let blockBytes = 0
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(block)
    block = []
    blockBytes = 0
    if (bytes.length > 0) await sink.write(bytes)
  }
  const iterator = packets[Symbol.asyncIterator]()
  const aborted = whenAborted(signal)
  let metadata: { typeId: number; offset: number; payload: Uint8Array } | undefined
  let first: number | undefined
  let ms = 0
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted.promise])
      if (step === undefined || step.done === true) break
      const packet = step.value
      if (packet.kind !== 'data' && !packet.sequenceHeader) {
        first ??= packet.timestamp
        ms = Math.max(ms, (packet.timestamp - first) | 0)
        if (ms >= maxMs) break
      }
      if (packet.kind === 'data' && packet.name === 'onMetaData') {
        metadata ??= { typeId: packet.typeId, offset: writer.position, payload: packet.payload }
      }
      for (const slice of writer.write({ ...tagOf(packet), timestamp: clock.map(packet) })) {
        block.push(slice)
        blockBytes += slice.length
      }
      if (blockBytes >= BLOCK_BYTES) await flush()
      onProgress?.({ bytes: writer.position, ms })
      if (writer.position >= maxBytes) break
    }
  } finally {
    aborted.forget()
    await flush()
    const { duration, fileSize } = writer.facts()
    await sink.close(
      metadata === undefined
        ? []
        : patchMetadata(metadata, { duration: duration / 1000, filesize: fileSize }),
    )
    void iterator.return?.()
  }
  return writer.facts()
}

const tagOf = ({ typeId, timestamp, payload }: Packet): FlvTagInit => ({ typeId, timestamp, payload })

const isKeyFrame = (payload: Uint8Array): boolean => (classifyVideo(payload) & MediaFlags.keyFrame) !== 0

const isSequenceHeader = ({ typeId, payload }: FlvTagInit): boolean => {
  const flags = typeId === TagType.video ? classifyVideo(payload) : classifyAudio(payload)
  return typeId !== TagType.script && (flags & MediaFlags.sequenceHeader) !== 0
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

const fileSink = async (path: string | URL): Promise<Sink> => {
  const file = await open(path, 'w')
  return {
    async write(bytes) {
      await file.writeFile(bytes)
    },
    async close(patches) {
      for (const { bytes, position } of patches) await file.write(bytes, 0, bytes.length, position)
      await file.close()
    },
  }
}

const streamSink = (stream: Writable): Sink => ({
  async write(bytes) {
    if (!stream.write(bytes)) await once(stream, 'drain')
  },
  close: async () => {},
})
