/** How a connection ended, as seen from here. */
export type LinkEnd = 'fin' | 'reset'

/** What a link tells. */
export interface LinkHandler {
  /** As they came, however they were cut; may be kept. */
  bytes(bytes: Uint8Array): void
  /** The other side will send nothing more: it ended its side, or reset the connection. Called once. */
  ended(how: LinkEnd): void
}

/** A connection to the peer under test, as bytes. Tests put their own between tester and peer to break what passes. */
export interface Link {
  /** Tells everything that arrives from now on. Called once. */
  listen(handler: LinkHandler): void
  /** Queues bytes, which must not be changed any more. Does nothing after the end. */
  write(bytes: Uint8Array): void
  /** Sends what was written, then ends our side (FIN). */
  end(): void
  /** Ends the connection abruptly (RST). */
  reset(): void
  /** Stops taking bytes from the peer, so that its send window closes. */
  pause(): void
  /** Takes bytes again. */
  resume(): void
  /** Whether bytes that were written have not left yet. */
  readonly congested: boolean
}

/** Opens a connection to the peer under test. @throws when the peer does not accept it */
export type Dial = () => Promise<Link>
