import type { MediaMessage } from '@rtmp/e-rtmp'
import { UsageError } from '@rtmp/bytes'
import { MAX_TAG_DATA_SIZE, TAG_HEADER_SIZE, TAG_OVERHEAD, writeTagHeader } from '@rtmp/flv'
import type { BatchFormat } from './batch-format.ts'

/** What stands around bytes on the way to a subscriber, for example the length of a chunk of HTTP. */
export interface Framing {
  /** Part of the format's name. */
  readonly name: string
  /** What goes before so many bytes. */
  before(size: number): Uint8Array
  /** What goes behind them. */
  readonly after: Uint8Array
}

/**
 * FLV tags, one behind the other: the body of an FLV stream. Before the first of them an output writes the file header
 * (`encodeFlvHeader` of `@rtmp/flv`), which is its own and not shared.
 *
 * Message types are tag types, and payloads are tag bodies (FLV §E.4.1). Timestamps are those of the stream: a player that
 * joins late begins with large ones.
 *
 * @throws UsageError `LIVE_PAYLOAD_TOO_LONG` from `encode`, for a payload of more than 16,777,215 bytes
 */
export const flvFormat: BatchFormat<Uint8Array> = {
  name: 'flv',
  encode: (messages: readonly MediaMessage[]): Uint8Array => encodeFlvTags(messages),
}

/**
 * As {@link flvFormat}, with a frame around what leaves together. Bytes and frame are made in one, so that nothing is copied for it.
 */
export const framedFlvFormat = (framing: Framing): BatchFormat<Uint8Array> => ({
  name: `flv/${framing.name}`,
  encode: (messages) => encodeFlvTags(messages, framing),
})

const NOTHING = new Uint8Array(0)

const encodeFlvTags = (messages: readonly MediaMessage[], framing?: Framing): Uint8Array => {
  let size = 0
  for (const { payload } of messages) {
    if (payload.length > MAX_TAG_DATA_SIZE) {
      const problem = `${payload.length} bytes do not fit in an FLV tag`
      throw new UsageError('LIVE_PAYLOAD_TOO_LONG', problem, 'payload')
    }
    size += TAG_OVERHEAD + payload.length
  }
  if (size === 0) return NOTHING
  const before = framing?.before(size) ?? NOTHING
  const after = framing?.after ?? NOTHING
  const bytes = new Uint8Array(before.length + size + after.length)
  bytes.set(before)
  bytes.set(after, before.length + size)
  let at = before.length
  for (const { typeId, timestamp, payload } of messages) {
    writeTagHeader(bytes, at, typeId, false, payload.length, timestamp, 0)
    bytes.set(payload, at + TAG_HEADER_SIZE)
    const tagSize = TAG_HEADER_SIZE + payload.length
    at += tagSize
    // PreviousTagSize, big-endian.
    bytes[at++] = tagSize >>> 24
    bytes[at++] = tagSize >>> 16
    bytes[at++] = tagSize >>> 8
    bytes[at++] = tagSize
  }
  return bytes
}
