import type { Message } from '@rtmp/chunk'

/**
 * One audio or video message on a message stream that publishes (server role) or plays (client role).
 *
 * A small class and not a literal, so that every media event has one shape wherever it was made.
 */
export class MediaEvent {
  /** Which event it is. */
  readonly kind = 'media'
  /** The message stream it belongs to. */
  readonly messageStreamId: number
  /** 8 audio, 9 video. */
  readonly typeId: 8 | 9
  /** Milliseconds, uint32; wraps. */
  readonly timestamp: number
  /** FLV tag body (E-RTMP or legacy); memory that is never overwritten, possibly a view of a shared slab. */
  readonly payload: Uint8Array
  /** The message itself, ready to be sent on. */
  readonly message: Message

  constructor(messageStreamId: number, message: Message) {
    this.messageStreamId = messageStreamId
    this.typeId = message.typeId as 8 | 9
    this.timestamp = message.timestamp
    this.payload = message.payload
    this.message = message
  }
}
