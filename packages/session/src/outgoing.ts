import { UsageError } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { type CommandMessage, data, encodeCommand, encodeData, type UserControlEvent } from '@rtmp/message'
import type { SessionLife } from './session-life.ts'

/** What a session says, once its connection is accepted. */
export class Outgoing<Event extends { readonly kind: string }> {
  readonly #life: SessionLife<Event>

  constructor(life: SessionLife<Event>) {
    this.#life = life
  }

  /**
   * Queues a message. Its payload must stay unchanged until the output has been written. Ignored after the end.
   *
   * @param options - `droppable`: the receiver may be sent what follows without it (see `ChunkWriter`).
   * @throws UsageError `SESSION_NOT_CONNECTED` before the connection is accepted, `SESSION_MESSAGE_TYPE` for Set Chunk
   *   Size and Abort, which would get out of step with the chunk writer
   */
  sendMessage(message: Message, options?: { readonly droppable?: boolean }): void {
    if (!this.#life.requireConnected('sendMessage')) return
    if (message.typeId === MessageTypeId.setChunkSize || message.typeId === MessageTypeId.abort) {
      throw new UsageError('SESSION_MESSAGE_TYPE', 'use setChunkSize', 'message.typeId')
    }
    this.#life.link.send(message, options?.droppable)
  }

  /** Announces another chunk size and uses it from the next message on, in bytes: 1 to 0x7fffffff. @throws UsageError */
  setChunkSize(size: number): void {
    if (this.#life.requireConnected('setChunkSize')) this.#life.link.setChunkSize(size)
  }

  /** Queues a user control event (StreamBegin, StreamEOF, StreamDry, StreamIsRecorded, …). @throws UsageError */
  userControl(event: UserControlEvent): void {
    if (this.#life.requireConnected('userControl')) this.#life.control.send(event)
  }

  /**
   * Queues a data message.
   *
   * @param timestamp - Milliseconds, uint32.
   * @throws UsageError also for values that AMF0 cannot hold
   */
  sendData(messageStreamId: number, timestamp: number, name: string, ...values: readonly unknown[]): void {
    if (!this.#life.requireConnected('sendData')) return
    const payload = encodeData(data(name, ...values))
    this.#life.link.send({
      csid: DATA_CSID,
      typeId: MessageTypeId.dataAmf0,
      messageStreamId,
      timestamp,
      payload,
    })
  }

  sendCommand(messageStreamId: number, message: CommandMessage): void {
    this.sendCommandPayload(messageStreamId, encodeCommand(message))
  }

  sendCommandPayload(messageStreamId: number, payload: Uint8Array): void {
    const csid = messageStreamId === 0 ? CONNECTION_CSID : STREAM_CSID
    this.#life.link.send({ csid, typeId: MessageTypeId.commandAmf0, messageStreamId, timestamp: 0, payload })
  }
}

/** Chunk streams of what a session sends itself; media of a server's batches is on 4, 6 and 7. */
const CONNECTION_CSID = 3
const STREAM_CSID = 5
const DATA_CSID = 8
