/** What a transport tells its owner. Nothing comes after `closed`. */
export interface ClientTransportHandler {
  /** Bytes, borrowed until the call returns. */
  received(bytes: Uint8Array): void
  /** Written bytes have left: `pendingBytes` is smaller than it was. */
  drained(): void
  /** The other side will send nothing more. */
  ended(): void
  /** The transport is gone, once. */
  closed(error: Error | undefined): void
}

/** A reliable byte stream in both directions, opened. Calls after the end do nothing. */
export interface ClientTransport {
  /** The other side, for log lines: an address and port. */
  readonly remote: string
  /** Bytes written that have not left yet. */
  readonly pendingBytes: number
  /** Begins to deliver; called once. */
  start(handler: ClientTransportHandler): void
  /** Queues pieces; they must stay unchanged until they have left. */
  write(pieces: readonly Uint8Array[]): void
  /** Stops reading, so that the sender has to wait; until `resume`. */
  pause(): void
  /** Reads again; does nothing when it was not paused. */
  resume(): void
  /** Sends what is queued, then says that there is nothing more to come. */
  finish(): void
  /** Ends both directions at once; what has not left is lost. `closed` of the handler follows. */
  destroy(): void
}

/** A pair of Web Streams that carry bytes, as a `WebTransport` stream or a `WebSocketStream` has it. */
export interface ByteStreams {
  /** What the server sends; ours to read from then on. */
  readonly readable: ReadableStream<Uint8Array>
  /** What the server is sent; ours to write to from then on. */
  readonly writable: WritableStream<Uint8Array>
}

/** Where a client wants to go. */
export interface DialTarget {
  /** Whether TLS is asked for (`rtmps`). */
  readonly secure: boolean
  /** Name or address, IPv6 without brackets. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  /** Aborted when the client gives up; the dialler then closes what it has opened, and rejects. */
  readonly signal: AbortSignal
}
