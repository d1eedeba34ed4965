/**
 * Where whole segments lie that are too old to be asked for all the time. Names are unique within a stream: letters, digits,
 * `-` and `.`.
 */
export interface SegmentStorage {
  /** Keeps a segment. The bytes do not change any more. A rejection is told to `onFault`, and the segment is then missing. */
  put(name: string, bytes: Uint8Array): Promise<void>
  /** The segment; `undefined` when it is not there. */
  get(name: string): Promise<Uint8Array | undefined>
  /** Nobody will ask for it any more. */
  delete(name: string): void
}
