/** How one stream is being emptied; see `RtmpServer.drainStream`. */
export interface StreamDrain {
  /** Of the stream. */
  readonly app: string
  /** Of the stream. */
  readonly streamName: string
  /** Resolves when the stream has gone. */
  readonly done: Promise<void>
  /** Clients that were sent a reconnect request, by the number of their connection. */
  readonly asked: ReadonlySet<{ readonly id: number; readonly remoteAddress: string }>
}
