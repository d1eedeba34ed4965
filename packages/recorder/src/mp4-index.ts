import { ByteWriter } from '@rtmp/bytes'
import { type SeekEntry, SeekIndex } from '@rtmp/flv/file'

/** A fragment, as an index tells of it. Times are milliseconds, on the scale of the fragments. */
export interface IndexedFragment {
  /** Of its `moof`. */
  readonly position: number
  /** Bytes of `moof` and `mdat`. */
  readonly size: number
  /** Decode time of the first frame of the track that the index goes by; `undefined` where it has none of it. */
  readonly start: number | undefined
  readonly end: number
  /** Decoding can start with it. */
  readonly isStart: boolean
  /** Which `traf` has the track, from 1 on. */
  readonly traf: number
}

interface StartEntry extends SeekEntry {
  readonly traf: number
}

/** A piece of the file between two places of the index. */
interface Reference {
  size: number
  readonly start: number
  readonly position: number
  readonly isStart: boolean
}

/** `sidx`: size · type · version and flags · track · timescale · earliest time · first offset · reserved · count. */
const SIDX_FIXED = 40
const SIDX_ENTRY = 12

/** The most bytes that a reference can speak of: 31 bits. */
const MOST_REFERENCED = 0x7fffffff

/** The most entries of `mfra`. */
const MOST_STARTS = 65_536

const TIMESCALE = 1000

/**
 * The two indexes of a fragmented MP4 file (ISO/IEC 14496-12 §8.16.3, §8.8.10): `sidx`, which stands before the fragments in
 * room that was kept for it, and `mfra` at the end. Both go by one track.
 */
export class Mp4Index {
  readonly #room: number
  #references: Reference[] = []
  /** Of `mfra`: where decoding can start. */
  readonly #starts: SeekIndex<StartEntry>
  #end = 0

  /** @param room - How many references `sidx` has room for. */
  constructor(room: number) {
    this.#room = room
    this.#starts = new SeekIndex(MOST_STARTS)
  }

  /** Bytes of the box that keeps room for `sidx`. */
  get roomBytes(): number {
    return SIDX_FIXED + SIDX_ENTRY * this.#room + 8
  }

  /** Places in both. */
  get length(): number {
    return this.#references.length + this.#starts.entries.length
  }

  /** Fragments at which decoding can start. */
  get starts(): readonly SeekEntry[] {
    return this.#starts.entries
  }

  add(fragment: IndexedFragment): void {
    const { position, size, start, end, isStart, traf } = fragment
    this.#end = Math.max(this.#end, end)
    const last = this.#references.at(-1)
    if (last !== undefined && start === undefined && last.size + size <= MOST_REFERENCED) last.size += size
    else if (this.#references.length <= this.#room) {
      this.#references.push({ size, start: start ?? this.#end, position, isStart })
    }
    if (start !== undefined && isStart) this.#starts.add({ time: start, position, traf })
  }

  /** Forgets fragments from a position on. @param end - Where what is left ends. */
  cut(position: number, end: number): void {
    this.#references = this.#references.filter((one) => one.position < position)
    const last = this.#references.at(-1)
    if (last !== undefined) last.size = Math.min(last.size, position - last.position)
    this.#starts.cut(position)
    this.#end = end
  }

  /**
   * `sidx`, and a `free` box in what is left of the room.
   *
   * @param trackId - Of the track.
   */
  encodeRoom(trackId: number): Uint8Array {
    const writer = new ByteWriter(this.roomBytes)
    // FFmpeg 5 does not find its way by references that stand for several fragments: rather all of them, or none.
    const references = this.#references.length > this.#room ? [] : this.#references
    const sidxSize = SIDX_FIXED + SIDX_ENTRY * references.length
    const free = this.roomBytes - sidxSize
    if (references.length > 0) {
      writer.u32(sidxSize)
      writer.utf8('sidx')
      writer.u32(0x01000000)
      writer.u32(trackId)
      writer.u32(TIMESCALE)
      u64(writer, references[0]?.start ?? 0)
      u64(writer, free)
      writer.u16(0)
      writer.u16(references.length)
      references.forEach(({ size, start, isStart }, i) => {
        writer.u32(size)
        writer.u32(Math.round(Math.max(0, (references[i + 1]?.start ?? this.#end) - start)))
        writer.u32(isStart ? 0x90000000 : 0)
      })
    }
    const left = this.roomBytes - writer.length
    writer.u32(left)
    writer.utf8('free')
    for (let i = 8; i < left; i++) writer.u8(0)
    return writer.finish()
  }

  /** `mfra` with one `tfra`: u64 time · u64 position of the `moof` · u8 traf · u8 trun · u8 sample, and `mfro`. */
  encodeEnd(trackId: number): Uint8Array {
    const { entries } = this.#starts
    const tfraSize = 24 + 19 * entries.length
    const size = 8 + tfraSize + 16
    const writer = new ByteWriter(size)
    writer.u32(size)
    writer.utf8('mfra')
    writer.u32(tfraSize)
    writer.utf8('tfra')
    writer.u32(0x01000000)
    writer.u32(trackId)
    writer.u32(0)
    writer.u32(entries.length)
    for (const { time, position, traf } of entries) {
      u64(writer, time)
      u64(writer, position)
      writer.u8(traf)
      writer.u8(1)
      writer.u8(1)
    }
    writer.u32(16)
    writer.utf8('mfro')
    writer.u32(0)
    writer.u32(size)
    return writer.finish()
  }
}

const u64 = (writer: ByteWriter, value: number): void => {
  const whole = Math.max(0, Math.round(value))
  writer.u32(Math.floor(whole / 0x1_0000_0000))
  writer.u32(whole % 0x1_0000_0000)
}
