import {
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAckSize,
  encodeAbort,
  encodeAcknowledgement,
  encodeSetChunkSize,
  encodeSetPeerBandwidth,
  encodeWindowAckSize,
  type Message,
  MessageTypeId,
  type PeerBandwidthLimitType,
} from '@rtmp/chunk'
import { buildAggregate, readAggregate } from './aggregate.ts'
import { type CommandMessage, decodeCommand, encodeCommand } from './command.ts'
import { type DataMessage, decodeData, encodeData } from './data.ts'
import type { MessageDecodeOptions, MessageEncodeOptions } from './options.ts'
import { decodeSharedObject, encodeSharedObject, type SharedObjectMessage } from './shared-object.ts'
import { decodeUserControl, encodeUserControl, type UserControlEvent } from './user-control.ts'

/** A message by what it says; `kind` tells which. */
export type TypedMessage =
  /** Type 1: largest chunk payload the sender writes from now on, in bytes. */
  | { readonly kind: 'setChunkSize'; readonly chunkSize: number }
  /** Type 2: the sender will not complete its message on this chunk stream. */
  | { readonly kind: 'abort'; readonly csid: number }
  /** Type 3: bytes the sender has received, modulo 2³². */
  | { readonly kind: 'acknowledgement'; readonly sequenceNumber: number }
  /** Type 4. */
  | { readonly kind: 'userControl'; readonly event: UserControlEvent }
  /** Type 5: bytes between two acknowledgements. */
  | { readonly kind: 'windowAckSize'; readonly windowAckSize: number }
  /** Type 6: see `PeerBandwidthLimiter`. */
  | {
      readonly kind: 'setPeerBandwidth'
      readonly windowAckSize: number
      readonly limitType: PeerBandwidthLimitType | number
    }
  /** Types 20 and 17. */
  | CommandMessage
  /** Types 18 and 15. */
  | DataMessage
  /** Types 19 and 16. */
  | SharedObjectMessage
  /** Type 22, opened. */
  | { readonly kind: 'aggregate'; readonly messages: readonly Message[] }
  /** Types 8 and 9; the payload (not copied) is for `@rtmp/e-rtmp` or `@rtmp/flv` to read. */
  | { readonly kind: 'audio' | 'video'; readonly payload: Uint8Array }
  /** Any other type; the payload is not copied. */
  | { readonly kind: 'unknown'; readonly typeId: number; readonly payload: Uint8Array }

/**
 * What a message says. Bytes that cannot be understood stay in the message, which can be forwarded as it is.
 *
 * Callers who need less do less: `peekCommand` and `peekDataName` decode a name only, and a `switch` over
 * `message.typeId` with the single decoders (`decodeCommand`, …) leaves the others out of a bundle.
 *
 * @throws DecodeError of the single decoders: phase `'message'`, `'amf0'`, `'amf3'`, or `'chunk'` for protocol control
 *
 * @example
 * const typed = decodeMessage(message, { amf3: amf3Codec })
 * if (typed.kind === 'command') console.log(typed.name, typed.args)
 */
export const decodeMessage = (message: Message, options?: MessageDecodeOptions): TypedMessage => {
  const { typeId, payload } = message
  switch (typeId) {
    case MessageTypeId.setChunkSize:
      return { kind: 'setChunkSize', chunkSize: decodeSetChunkSize(payload) }
    case MessageTypeId.abort:
      return { kind: 'abort', csid: decodeAbort(payload) }
    case MessageTypeId.acknowledgement:
      return { kind: 'acknowledgement', sequenceNumber: decodeAcknowledgement(payload) }
    case MessageTypeId.userControl:
      return { kind: 'userControl', event: decodeUserControl(payload) }
    case MessageTypeId.windowAckSize:
      return { kind: 'windowAckSize', windowAckSize: decodeWindowAckSize(payload) }
    case MessageTypeId.setPeerBandwidth:
      return { kind: 'setPeerBandwidth', ...decodeSetPeerBandwidth(payload) }
    case MessageTypeId.audio:
      return { kind: 'audio', payload }
    case MessageTypeId.video:
      return { kind: 'video', payload }
    case MessageTypeId.commandAmf0:
    case MessageTypeId.commandAmf3:
      return decodeCommand(message, options)
    case MessageTypeId.dataAmf0:
    case MessageTypeId.dataAmf3:
      return decodeData(message, options)
    case MessageTypeId.sharedObjectAmf0:
    case MessageTypeId.sharedObjectAmf3:
      return decodeSharedObject(message, options)
    case MessageTypeId.aggregate:
      return { kind: 'aggregate', messages: readAggregate(message, options) }
    default:
      return { kind: 'unknown', typeId, payload }
  }
}

/** Where and when a message is sent, and how its values are written. */
export interface EncodeMessageOptions extends MessageEncodeOptions {
  /** Chunk stream. Default 2 for control, 4 audio, 6 video, 7 data and aggregates; 3 for the rest on stream 0, else 5. */
  readonly csid?: number
  /** Milliseconds, uint32. Default 0; an aggregate has its first message's, and all in it move along with this. */
  readonly timestamp?: number
  /** Default 0; an aggregate has its first message's unless this is given. */
  readonly messageStreamId?: number
}

/**
 * The message that says this, for a `ChunkWriter`. Payloads of audio, video and unknown messages are not copied, all
 * others are in memory of their own.
 *
 * @throws UsageError of the single encoders
 *
 * @example
 * writer.write(encodeMessage(onStatus('NetStream.Play.Start'), { messageStreamId: 1 }))
 */
export const encodeMessage = (typed: TypedMessage, options: EncodeMessageOptions = {}): Message => {
  const { messageStreamId = 0, timestamp = 0 } = options
  const message = (typeId: number, csid: number, payload: Uint8Array): Message => ({
    csid: options.csid ?? csid,
    typeId,
    messageStreamId,
    timestamp,
    payload,
  })
  const stream = messageStreamId === 0 ? 3 : 5
  switch (typed.kind) {
    case 'setChunkSize':
      return message(MessageTypeId.setChunkSize, 2, encodeSetChunkSize(typed.chunkSize))
    case 'abort':
      return message(MessageTypeId.abort, 2, encodeAbort(typed.csid))
    case 'acknowledgement':
      return message(MessageTypeId.acknowledgement, 2, encodeAcknowledgement(typed.sequenceNumber))
    case 'userControl':
      return message(MessageTypeId.userControl, 2, encodeUserControl(typed.event))
    case 'windowAckSize':
      return message(MessageTypeId.windowAckSize, 2, encodeWindowAckSize(typed.windowAckSize))
    case 'setPeerBandwidth':
      return message(
        MessageTypeId.setPeerBandwidth,
        2,
        encodeSetPeerBandwidth(typed.windowAckSize, typed.limitType),
      )
    case 'audio':
      return message(MessageTypeId.audio, 4, typed.payload)
    case 'video':
      return message(MessageTypeId.video, 6, typed.payload)
    case 'command': {
      const { commandAmf0, commandAmf3 } = MessageTypeId
      return message(
        typed.encoding === 'amf3' ? commandAmf3 : commandAmf0,
        stream,
        encodeCommand(typed, options),
      )
    }
    case 'data': {
      const { dataAmf0, dataAmf3 } = MessageTypeId
      return message(typed.encoding === 'amf3' ? dataAmf3 : dataAmf0, 7, encodeData(typed, options))
    }
    case 'sharedObject': {
      const { sharedObjectAmf0, sharedObjectAmf3 } = MessageTypeId
      const typeId = typed.encoding === 'amf0' ? sharedObjectAmf0 : sharedObjectAmf3
      return message(typeId, stream, encodeSharedObject(typed, options))
    }
    case 'aggregate': {
      const built = buildAggregate(typed.messages)
      return {
        ...built,
        csid: options.csid ?? 7,
        messageStreamId: options.messageStreamId ?? built.messageStreamId,
        timestamp: options.timestamp ?? built.timestamp,
      }
    }
    case 'unknown':
      return message(typed.typeId, stream, typed.payload)
  }
}
