import {
  decodeAcknowledgement,
  decodeSetPeerBandwidth,
  decodeWindowAckSize,
  encodeWindowAckSize,
  type Message,
  MessageTypeId,
} from '@rtmp/chunk'
import {
  decodeUserControl,
  encodeUserControl,
  PeerBandwidthLimiter,
  type UserControlEvent,
} from '@rtmp/message'
import type { AcknowledgedEvent, ChunkSizeChangedEvent, PingAnsweredEvent, PongEvent } from './events.ts'
import { controlMessage, type Link } from './link.ts'
import type { Millis } from './options.ts'
import { Ping } from './ping.ts'
import type { ResolvedOptions } from './resolved-options.ts'

/** What an acknowledgement takes on the wire: a chunk header of 12 bytes at most, and 4. */
const ACKNOWLEDGEMENT_WIRE_SIZE = 16

/** What a control message means to the session. */
export type ControlEvent =
  | ChunkSizeChangedEvent
  | AcknowledgedEvent
  | PongEvent
  | PingAnsweredEvent
  | UserControlEvent

/** Protocol control and user control messages (RTMP 1.0 §5.4, §6.2): what needs no decision is done here. */
export class Control {
  readonly ping: Ping
  /** Round-trip time of the last answered ping. */
  rtt: Millis | undefined
  readonly #link: Link
  readonly #maxPongs: number
  #bandwidth: PeerBandwidthLimiter | undefined
  #pongs = 0

  constructor(link: Link, options: ResolvedOptions) {
    this.#link = link
    this.#maxPongs = options.limits.maxPongsPerReceive
    this.ping = new Ping(options.ping)
  }

  /** What the peer allows us to have unacknowledged, in bytes. */
  get bandwidthLimit(): number | undefined {
    return this.#bandwidth?.limit
  }

  /** Bytes have come. */
  alive(): void {
    this.#pongs = 0
    this.ping.alive()
  }

  /**
   * Acts on a message of types 0 to 7. Abort has been obeyed by the chunk reader; 0 and 7 mean nothing.
   *
   * @throws DecodeError for a message that is too short
   */
  take(message: Message, now: Millis): ControlEvent | undefined {
    const { payload, typeId } = message
    switch (typeId) {
      case MessageTypeId.setChunkSize:
        return { kind: 'chunkSizeChanged', chunkSize: this.#link.receiveChunkSize }
      case MessageTypeId.acknowledgement:
        return this.#takeAcknowledgement(decodeAcknowledgement(payload))
      case MessageTypeId.windowAckSize: {
        const size = decodeWindowAckSize(payload)
        if (size !== 0) this.#link.received.size = size
        return undefined
      }
      case MessageTypeId.setPeerBandwidth:
        this.#takeBandwidth(payload)
        return undefined
      case MessageTypeId.userControl:
        return this.#takeUserControl(decodeUserControl(payload), now)
      default:
        return undefined
    }
  }

  /** Queues a user control message. @throws UsageError */
  send(event: UserControlEvent): void {
    this.#link.send(controlMessage(MessageTypeId.userControl, encodeUserControl(event)))
  }

  #takeAcknowledgement(sequenceNumber: number): AcknowledgedEvent {
    const { received, sent } = this.#link
    received.exempt(ACKNOWLEDGEMENT_WIRE_SIZE)
    sent.acknowledge(sequenceNumber)
    return { kind: 'acknowledged', sequenceNumber, unacknowledged: sent.unacknowledged }
  }

  /** Unknown limit types are ignored. */
  #takeBandwidth(payload: Uint8Array): void {
    const { windowAckSize, limitType } = decodeSetPeerBandwidth(payload)
    if (typeof limitType === 'number') return
    this.#bandwidth ??= new PeerBandwidthLimiter()
    const answer = this.#bandwidth.receive(windowAckSize, limitType)
    if (answer === undefined) return
    this.#link.send(controlMessage(MessageTypeId.windowAckSize, encodeWindowAckSize(answer)))
  }

  #takeUserControl(
    event: UserControlEvent,
    now: Millis,
  ): PongEvent | PingAnsweredEvent | UserControlEvent | undefined {
    if (event.kind === 'pingRequest') {
      if (this.#pongs++ < this.#maxPongs) this.send({ kind: 'pingResponse', timestamp: event.timestamp })
      return undefined
    }
    if (event.kind !== 'pingResponse') return event
    const rtt = this.ping.answered(event.timestamp, now)
    if (rtt === undefined) return { kind: 'pingAnswered', timestamp: event.timestamp }
    this.rtt = rtt
    return { kind: 'pong', rtt }
  }
}
