import { concat } from '@rtmp/bytes'

/** Pieces up to this size are joined with their neighbours; longer ones are handed out as they are. */
const MAX_JOINED_PIECE = 1024

const EMPTY: Uint8Array[] = []

/** Bytes to be written, in order. Small pieces leave as one array, so that an answer is one write. */
export class OutputQueue {
  #pieces: Uint8Array[] | undefined

  get isEmpty(): boolean {
    return this.#pieces === undefined
  }

  add(piece: Uint8Array): void {
    if (this.#pieces === undefined) this.#pieces = [piece]
    else this.#pieces.push(piece)
  }

  /** Everything since the last call. */
  take(): Uint8Array[] {
    const pieces = this.#pieces
    if (pieces === undefined) return EMPTY.slice()
    this.#pieces = undefined
    return pieces.length === 1 ? pieces : joinSmall(pieces)
  }
}

const joinSmall = (pieces: readonly Uint8Array[]): Uint8Array[] => {
  const joined: Uint8Array[] = []
  let start = 0
  for (let end = 0; end <= pieces.length; end++) {
    const piece = pieces[end]
    if (piece !== undefined && piece.length <= MAX_JOINED_PIECE) continue
    if (end - start === 1) joined.push(pieces[start] as Uint8Array)
    else if (end > start) joined.push(concat(pieces.slice(start, end)))
    if (piece !== undefined) joined.push(piece)
    start = end + 1
  }
  return joined
}
