import type { MediaMessage } from '@rtmp/e-rtmp'
import { encodeBatch } from '@rtmp/chunk'
import type { Frames, Gap } from './frames.ts'

/** What a format makes of messages: bytes, or the messages themselves. */
export type Piece = Uint8Array | Frames

/**
 * How messages become what one kind of subscriber is given. Subscribers of a stream whose formats have the same name share
 * what was made of every batch and of every sealed piece of the cache, see `FormatTable`.
 *
 * The formats there are: {@link rtmpFormat} and `selectiveFormat` (chunks of RTMP), `flvFormat` (FLV tags), and
 * `framesFormat` (messages).
 */
export interface BatchFormat<P extends Piece = Piece> {
  /** The kind, for example `'rtmp/60000/1'`. Formats of one name give the same for the same messages. */
  readonly name: string
  /**
   * These messages as subscribers get them: with nothing in it when none of them is for such a subscriber. What is
   * returned is in memory of its own, and can be read without anything that came before or after.
   */
  encode(messages: readonly MediaMessage[]): P
  /** Says that something is missing here, where the format can. */
  gap?(gap: Gap): P
  /** Whether what is made refers to the payloads of messages, rather than to bytes of its own. */
  readonly holdsPayloads?: boolean
}

class RtmpFormat implements BatchFormat<Uint8Array> {
  readonly name: string
  readonly chunkSize: number
  readonly messageStreamId: number

  constructor(chunkSize: number, messageStreamId: number) {
    this.name = `rtmp/${chunkSize}/${messageStreamId}`
    this.chunkSize = chunkSize
    this.messageStreamId = messageStreamId
  }

  encode(messages: readonly MediaMessage[]): Uint8Array {
    return encodeBatch(messages, this)
  }
}

/**
 * Chunks of RTMP: every batch begins with full headers on each of its chunk streams.
 *
 * @example
 * ```ts
 * const subscriber = new Subscriber({ format: rtmpFormat(4096, 1), outbox, owner })
 * ```
 *
 * @param chunkSize - The chunk size this server has announced to the player.
 * @param messageStreamId - The message stream that plays; 1 for nearly everybody.
 */
export const rtmpFormat = (chunkSize: number, messageStreamId: number): BatchFormat<Uint8Array> =>
  new RtmpFormat(chunkSize, messageStreamId)
