/** A box of an MP4 file: its type, and where it and its content lie. */
export interface Box {
  readonly type: string
  readonly start: number
  /** Of the content: behind size and type. */
  readonly from: number
  readonly end: number
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Bytes of size and type, and of a 64-bit size behind them. */
export const BOX_HEADER = 16

/** The box that begins at the start of some bytes; `undefined` where none can. */
export const boxAt = (bytes: Uint8Array, start: number, at = 0): Box | undefined => {
  if (at + 8 > bytes.length) return undefined
  const view = viewOf(bytes)
  const short = view.getUint32(at)
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
  if (short >= 8) return { type, start, from: start + 8, end: start + short }
  if (short !== 1 || at + 16 > bytes.length) return undefined
  const size = view.getUint32(at + 8) * 0x1_0000_0000 + view.getUint32(at + 12)
  return size < 16 ? undefined : { type, start, from: start + 16, end: start + size }
}

/** The most boxes side by side that are looked at: a box of nothing takes 8 bytes of a file, and much more of memory. */
export const MOST_BOXES = 1024

/** The most tracks of a file that are looked at. */
export const MOST_TRACKS = 64

/** The boxes in some bytes, one behind the other; those that do not fit, and those behind the `most`, are left out. */
export const boxesIn = (
  bytes: Uint8Array,
  from = 0,
  end: number = bytes.length,
  most: number = MOST_BOXES,
): Box[] => {
  const boxes: Box[] = []
  for (let at = from; at < end && boxes.length < most; ) {
    const box = boxAt(bytes, at, at)
    if (box === undefined || box.end > end) break
    boxes.push(box)
    at = box.end
  }
  return boxes
}

/** A box by its path: `trak/mdia/hdlr`. */
export const boxIn = (
  bytes: Uint8Array,
  path: string,
  from = 0,
  end: number = bytes.length,
): Box | undefined => {
  let found: Box | undefined
  let start = from
  let stop = end
  for (const type of path.split('/')) {
    found = boxesIn(bytes, start, stop).find((box) => box.type === type)
    if (found === undefined) return undefined
    start = found.from
    stop = found.end
  }
  return found
}

/** The first boxes of a type among those in some bytes, as many as a file may have tracks. */
export const perTrack = (bytes: Uint8Array, type: string, from: number): Box[] =>
  boxesIn(bytes, from)
    .filter((box) => box.type === type)
    .slice(0, MOST_TRACKS)

/** A track of an init segment. */
export interface ReadTrack {
  readonly id: number
  readonly kind: 'audio' | 'video'
  readonly timescale: number
  /** The sample entry box whole. */
  readonly sampleEntry: Uint8Array
  /** When its time 0 is shown, by its edit list, in milliseconds: less than 0 where what comes first is not shown. */
  readonly startMs: number
  /** The content of `stbl`, in the `moov`. */
  readonly table: Pick<Box, 'from' | 'end'>
}

/** The longest sample entry that is kept, with all that a decoder needs first, in bytes. */
export const MOST_ENTRY: number = 1024 * 1024

/** The tracks in a `moov`. @param bytes - The whole box. */
export const readTracks = (bytes: Uint8Array): readonly ReadTrack[] => {
  const view = viewOf(bytes)
  const mvhd = boxIn(bytes, 'mvhd', 8)
  const movieScale = mvhd === undefined ? 0 : timescaleOf(view, mvhd)
  return perTrack(bytes, 'trak', 8).flatMap((trak): ReadTrack[] => {
    const at = (path: string): Box | undefined => boxIn(bytes, path, trak.from, trak.end)
    const tkhd = at('tkhd')
    const mdhd = at('mdia/mdhd')
    const hdlr = at('mdia/hdlr')
    const stbl = at('mdia/minf/stbl')
    const stsd = stbl && boxIn(bytes, 'stsd', stbl.from, stbl.end)
    if (tkhd === undefined || mdhd === undefined || hdlr === undefined) return []
    if (stbl === undefined || stsd === undefined) return []
    const timescale = timescaleOf(view, mdhd)
    if (timescale === 0) return []
    const handler = String.fromCharCode(...bytes.subarray(hdlr.from + 8, hdlr.from + 12))
    if (handler !== 'vide' && handler !== 'soun') return []
    const [entry] = boxesIn(bytes, stsd.from + 8, stsd.end)
    if (entry === undefined || entry.end - entry.start > MOST_ENTRY) return []
    const elst = at('edts/elst')
    return [
      {
        id: view.getUint32(tkhd.from + (bytes[tkhd.from] === 1 ? 20 : 12)),
        kind: handler === 'vide' ? 'video' : 'audio',
        timescale,
        sampleEntry: bytes.slice(entry.start, entry.end),
        startMs: elst === undefined ? 0 : startOf(view, elst, timescale, movieScale),
        table: stbl,
      },
    ]
  })
}

/** Of `mvhd` and `mdhd` alike. */
const timescaleOf = (view: DataView, box: Box): number =>
  view.getUint32(box.from + (view.getUint8(box.from) === 1 ? 20 : 12))

/** By the first edit that shows something, and the empty ones before it. What later edits leave out is shown. */
const startOf = (view: DataView, elst: Box, timescale: number, movieScale: number): number => {
  const long = view.getUint8(elst.from) === 1
  const count = view.getUint32(elst.from + 4)
  const size = long ? 20 : 12
  let empty = 0
  for (let i = 0; i < count && elst.from + 8 + (i + 1) * size <= elst.end; i++) {
    const at = elst.from + 8 + i * size
    const time = long ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4)
    if (time >= 0) return empty - (time * 1000) / timescale
    const length = long ? Number(view.getBigUint64(at)) : view.getUint32(at)
    empty += movieScale === 0 ? 0 : (length * 1000) / movieScale
  }
  return empty
}

/** A sample. Times in units of its track. */
export interface ReadSample {
  readonly trackId: number
  readonly decodeTime: number
  readonly compositionOffset: number
  readonly duration: number
  readonly isKey: boolean
  /** From the first byte of the `moof`; in a file without fragments, from that of the file. */
  readonly offset: number
  readonly size: number
}
