import { type CmafPiece, CmafWriter, type FragmentPiece } from '@rtmp/cmaf'
import type { MediaMessage } from '@rtmp/e-rtmp'
import type { Block } from './block.ts'
import {
  type BuilderOptions,
  type FileBuilder,
  type FilePatch,
  type FileStart,
  PLACE_BYTES,
} from './file-builder.ts'
import { Mp4Index } from './mp4-index.ts'
import type { RecordingStart } from './recording-reader.ts'

/** Where a file can be cut back to. */
interface Kept {
  readonly position: number
  readonly end: number
}

/**
 * A fragmented MP4 file with all tracks: an init segment, room for an index, and fragments. It can be played while it grows,
 * and where it was cut off.
 *
 * Its times are exact, since each frame waits for the one behind it; and what is shown first is at 0, by an edit list.
 */
export class Mp4Builder implements FileBuilder {
  readonly extension = 'mp4'
  readonly #options: BuilderOptions
  readonly #index: Mp4Index
  #writer: CmafWriter | undefined
  /** The track that the index goes by: the first of video, else of sound. */
  #track: number | undefined
  #roomAt: number | undefined
  #position = 0
  #heldBytes = 0
  #cutAt: number | undefined
  #end = 0
  #newest = 0
  #kept: Kept = { position: 0, end: 0 }

  constructor(options: BuilderOptions) {
    this.#options = options
    this.#index = new Mp4Index(options.indexEntries)
  }

  get position(): number {
    return this.#position
  }

  get bytes(): number {
    return this.#position + this.#heldBytes
  }

  get indexBytes(): number {
    return this.#index.length * PLACE_BYTES
  }

  get durationMs(): number {
    return Math.max(this.#end, this.#newest)
  }

  get starts(): readonly RecordingStart[] {
    return this.#index.starts
  }

  begin({ headers, tracks }: FileStart, out: Block): void {
    const { onFault } = this.#options
    this.#writer = new CmafWriter({
      presentFrom: 'first',
      holdLast: true,
      expect: tracks,
      ...(onFault === undefined ? {} : { onFault }),
    })
    for (const header of headers) this.add(header, 0, out)
  }

  add(message: MediaMessage, time: number, out: Block): void {
    if (message.kind === 'data') return
    for (const frame of message.readableFrames()) {
      const moved = time - frame.dts
      // Fragments are kept for a while, the memory of messages is used again.
      const payload = frame.payload.slice()
      this.#heldBytes += payload.length
      this.#writer?.push({ ...frame, payload, dts: time, pts: frame.pts + moved })
    }
    if (!message.isCoded) return
    this.#newest = Math.max(this.#newest, time)
    // The newest frame of each track is held, so that this one begins the next fragment.
    if (message.keyFrame || this.#isDue(time)) this.#write(this.#writer?.take() ?? [], out)
    this.#cutAt ??= time + this.#options.fragmentMs
  }

  #isDue(time: number): boolean {
    return this.#cutAt !== undefined && time >= this.#cutAt
  }

  cut(out: Block): void {
    this.#write(this.#writer?.finish() ?? [], out)
  }

  keep(): void {
    this.#kept = { position: this.#position, end: this.#end }
  }

  revert(): void {
    this.#position = this.#kept.position
    this.#end = this.#kept.end
    this.#newest = 0
    this.#heldBytes = 0
    this.#index.cut(this.#position, this.#end)
  }

  finish(out: Block): void {
    this.cut(out)
    if (this.#roomAt === undefined || this.#index.starts.length === 0) return
    const end = this.#index.encodeEnd(this.#track ?? 1)
    out.add(end)
    this.#position += end.length
  }

  patches(): readonly FilePatch[] {
    if (this.#roomAt === undefined || this.#roomAt >= this.#position) return []
    return [{ position: this.#roomAt, bytes: this.#index.encodeRoom(this.#track ?? 1) }]
  }

  #write(pieces: readonly CmafPiece[], out: Block): void {
    for (const piece of pieces) {
      if (piece.kind === 'fragment') {
        for (const slice of piece.slices) out.add(slice)
        this.#indexed(piece)
        this.#position += piece.byteLength
        continue
      }
      out.add(piece.bytes)
      this.#position += piece.bytes.length
      if (this.#roomAt !== undefined) continue
      const [first] = piece.tracks
      this.#track = (piece.tracks.find(({ config }) => config.kind === 'video') ?? first)?.id
      this.#roomAt = this.#position
      const room = this.#index.encodeRoom(0)
      out.add(room)
      this.#position += room.length
    }
    if (pieces.length === 0) return
    this.#heldBytes = 0
    this.#cutAt = undefined
  }

  #indexed({ tracks, byteLength, end }: FragmentPiece): void {
    const traf = tracks.findIndex(({ id }) => id === this.#track)
    const run = tracks[traf]
    this.#end = Math.max(this.#end, end)
    this.#index.add({
      position: this.#position,
      size: byteLength,
      start: run?.start,
      end: run?.end ?? 0,
      isStart: run !== undefined && (run.kind === 'audio' || run.keyFrame),
      traf: traf + 1,
    })
  }
}
