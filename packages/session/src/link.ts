import {
  ChunkReader,
  ChunkWriter,
  encodeAcknowledgement,
  encodeSetChunkSize,
  type Message,
  MessageTypeId,
  type SlabPool,
} from '@rtmp/chunk'
import type { ClientHandshake, HandshakeResult, ServerHandshake } from '@rtmp/handshake'
import { ReceiveWindow, SendWindow } from './acknowledgement.ts'
import type { TraceHook } from './options.ts'
import { OutputQueue } from './output-queue.ts'
import type { ResolvedOptions } from './resolved-options.ts'

/** Payloads up to this size are copied behind their header; longer ones leave as views. */
const SMALL_PAYLOAD = 1024

const DROPPABLE = { droppable: true }

/**
 * The lower half of a session: bytes ⇄ messages. Handshake, chunks, and the byte counters of acknowledgements; no
 * meaning. Reader and writer are made when the handshake is done, so a silent connection costs little.
 */
export class Link {
  readonly output: OutputQueue = new OutputQueue()
  readonly received: ReceiveWindow
  readonly sent: SendWindow = new SendWindow()
  readonly #options: ResolvedOptions
  readonly #trace: TraceHook | undefined
  #handshake: ServerHandshake | ClientHandshake | undefined
  #reader: ChunkReader | undefined
  #writer: ChunkWriter | undefined
  /** Messages sent before the handshake is done; they follow it. */
  #early: Message[] | undefined

  constructor(
    handshake: ServerHandshake | ClientHandshake,
    options: ResolvedOptions,
    trace: TraceHook | undefined,
  ) {
    this.#handshake = handshake
    this.#options = options
    this.#trace = trace
    this.received = new ReceiveWindow(options.initialWindowAckSize)
  }

  /** What a handshake holds, then what has been received and not been read to its end, in bytes of memory. */
  get memoryBytes(): number {
    return this.#reader?.memoryBytes ?? this.#handshake?.memoryBytes ?? 0
  }

  /** Takes no more than so many bytes of unfinished messages, or as many as the limits say. */
  bound(bytes: number): void {
    const reader = this.#reader
    if (reader !== undefined) reader.maxBufferedBytes = bytes
  }

  /** Largest chunk the peer sends, in bytes. */
  get receiveChunkSize(): number {
    return this.#reader?.chunkSize ?? 128
  }

  /** Largest chunk we send, in bytes. */
  get sendChunkSize(): number {
    return this.#writer?.chunkSize ?? 128
  }

  /**
   * Takes bytes; they are borrowed until {@link read} has returned `undefined`. Returns the handshake's result when
   * these bytes complete it.
   *
   * @throws DecodeError phase `handshake`
   */
  receive(bytes: Uint8Array): HandshakeResult | undefined {
    if (this.#reader !== undefined) {
      this.received.received += bytes.length
      this.#reader.push(bytes)
      return undefined
    }
    const handshake = this.#handshake
    if (handshake === undefined) return undefined
    handshake.receive(bytes)
    this.takeHandshakeOutput()
    return handshake.done ? this.#begin(handshake) : undefined
  }

  /** Queues what the handshake has to say. */
  takeHandshakeOutput(): void {
    for (const piece of this.#handshake?.takeOutput() ?? []) this.output.add(piece)
  }

  #begin(handshake: ServerHandshake | ClientHandshake): HandshakeResult | undefined {
    const reader = new ChunkReader(this.#options.chunkReader)
    this.#reader = reader
    this.#writer = new ChunkWriter()
    this.#handshake = undefined
    const rest = handshake.takeRest()
    this.received.received += rest.length
    reader.push(rest)
    const early = this.#early
    this.#early = undefined
    for (const message of early ?? []) this.send(message)
    return handshake.result
  }

  /** Cuts the payloads of messages that begin from now on from another pool. */
  usePool(pool: SlabPool): void {
    this.#reader?.usePool(pool)
  }

  /**
   * The next message. Set Chunk Size and Abort have been obeyed when they are returned.
   *
   * @throws DecodeError phase `chunk`
   */
  read(): Message | undefined {
    const message = this.#reader?.read()
    if (message !== undefined && this.#trace !== undefined) this.#trace({ kind: 'received', message })
    return message
  }

  /** Takes no more messages for now: what has come and not been read is kept, and is read later. */
  keep(): void {
    this.#reader?.keep()
  }

  /** Queues a message; its payload must stay unchanged until the output has been taken and written. */
  send(message: Message, droppable = false): void {
    const writer = this.#writer
    if (writer === undefined) {
      if (this.#early === undefined) this.#early = [message]
      else this.#early.push(message)
      return
    }
    if (this.#trace !== undefined) this.#trace({ kind: 'sent', message })
    const options = droppable ? DROPPABLE : undefined
    if (message.payload.length <= SMALL_PAYLOAD) this.#queue(writer.encode(message, options))
    else for (const slice of writer.write(message, options)) this.#queue(slice)
  }

  /** Announces a chunk size and uses it from the next message on. Only after the handshake. */
  setChunkSize(size: number): void {
    const writer = this.#writer
    if (writer === undefined || size === writer.chunkSize) return
    if (this.#trace !== undefined) {
      const message = controlMessage(MessageTypeId.setChunkSize, encodeSetChunkSize(size))
      this.#trace({ kind: 'sent', message })
    }
    for (const slice of writer.setChunkSize(size)) this.#queue(slice)
  }

  /** Queues an acknowledgement if one is due; called once per received slice, when it has been read to its end. */
  acknowledge(): void {
    const sequenceNumber = this.received.take()
    if (sequenceNumber !== undefined)
      this.send(controlMessage(MessageTypeId.acknowledgement, encodeAcknowledgement(sequenceNumber)))
  }

  /** Lets go of everything but output that waits to be written. */
  release(): void {
    this.#handshake = undefined
    this.#reader = undefined
    this.#early = undefined
  }

  #queue(piece: Uint8Array): void {
    this.sent.sent += piece.length
    this.output.add(piece)
  }
}

/** A protocol control or user control message: message stream 0, chunk stream 2, timestamp 0 (RTMP 1.0 §5.4, §6.2). */
export const controlMessage = (typeId: number, payload: Uint8Array): Message => ({
  csid: 2,
  typeId,
  messageStreamId: 0,
  timestamp: 0,
  payload,
})
