/** A box of an MP4 file: its type, and where it and its content lie. */
export interface Box {
  readonly type: string
  readonly start: number
  /** Of the content: behind size and type. */
  readonly from: number
  readonly end: number
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

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

/** The boxes in some bytes, one behind the other; those that do not fit are left out. */
export const boxesIn = (bytes: Uint8Array, from = 0, end: number = bytes.length): Box[] => {
  const boxes: Box[] = []
  for (let at = from; at < end; ) {
    const box = boxAt(bytes, at, at)
    if (box === undefined || box.end > end) break
    boxes.push(box)
    at = box.end
  }
  return boxes
}

/** A box by its path: `trak/mdia/hdlr`. */
const boxIn = (bytes: Uint8Array, path: string, from = 0, end: number = bytes.length): Box | undefined => {
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

/** A track of an init segment. */
export interface ReadTrack {
  readonly id: number
  readonly kind: 'audio' | 'video'
  readonly timescale: number
  /** The sample entry box whole. */
  readonly sampleEntry: Uint8Array
  /** What an edit list takes away from presentation times, in units. */
  readonly mediaTime: number
}

/** The tracks in a `moov`. @param bytes - The whole box. */
export const readTracks = (bytes: Uint8Array): readonly ReadTrack[] => {
  const view = viewOf(bytes)
  return boxesIn(bytes, 8).flatMap((trak): ReadTrack[] => {
    if (trak.type !== 'trak') return []
    const at = (path: string): Box | undefined => boxIn(bytes, path, trak.from, trak.end)
    const tkhd = at('tkhd')
    const mdhd = at('mdia/mdhd')
    const hdlr = at('mdia/hdlr')
    const stsd = at('mdia/minf/stbl/stsd')
    if (tkhd === undefined || mdhd === undefined || hdlr === undefined || stsd === undefined) return []
    const handler = String.fromCharCode(...bytes.subarray(hdlr.from + 8, hdlr.from + 12))
    if (handler !== 'vide' && handler !== 'soun') return []
    const [entry] = boxesIn(bytes, stsd.from + 8, stsd.end)
    if (entry === undefined) return []
    const elst = at('edts/elst')
    return [
      {
        id: view.getUint32(tkhd.from + (bytes[tkhd.from] === 1 ? 20 : 12)),
        kind: handler === 'vide' ? 'video' : 'audio',
        timescale: view.getUint32(mdhd.from + (bytes[mdhd.from] === 1 ? 20 : 12)),
        sampleEntry: bytes.slice(entry.start, entry.end),
        mediaTime: elst === undefined ? 0 : mediaTimeOf(view, elst),
      },
    ]
  })
}

/** Of the first edit that shows something. */
const mediaTimeOf = (view: DataView, elst: Box): number => {
  const long = view.getUint8(elst.from) === 1
  const count = view.getUint32(elst.from + 4)
  const size = long ? 20 : 12
  for (let i = 0; i < count && elst.from + 8 + (i + 1) * size <= elst.end; i++) {
    const at = elst.from + 8 + i * size
    const time = long ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4)
    if (time >= 0) return time
  }
  return 0
}

/** A sample of a fragment. Times in units of its track. */
export interface ReadSample {
  readonly trackId: number
  readonly decodeTime: number
  readonly compositionOffset: number
  readonly duration: number
  readonly isKey: boolean
  /** From the first byte of the `moof`. */
  readonly offset: number
  readonly size: number
}

/** sample_is_non_sync_sample (14496-12 §8.8.3.1). */
const NOT_SYNC = 0x10000

/** The runs in a `moof`, as this package's files have them: one `trun` a `traf`. @param bytes - The whole box. */
export const readRuns = (bytes: Uint8Array): readonly (readonly ReadSample[])[] => {
  const view = viewOf(bytes)
  return boxesIn(bytes, 8).flatMap((traf) => {
    if (traf.type !== 'traf') return []
    const tfhd = boxIn(bytes, 'tfhd', traf.from, traf.end)
    const tfdt = boxIn(bytes, 'tfdt', traf.from, traf.end)
    const trun = boxIn(bytes, 'trun', traf.from, traf.end)
    if (tfhd === undefined || tfdt === undefined || trun === undefined) return []
    const flags = view.getUint32(tfhd.from) & 0xffffff
    let at = tfhd.from + 8
    const next = (): number => view.getUint32((at += 4) - 4)
    if ((flags & 1) !== 0) at += 8
    if ((flags & 2) !== 0) at += 4
    const defaultDuration = (flags & 8) === 0 ? 0 : next()
    const defaultSize = (flags & 0x10) === 0 ? 0 : next()
    const defaultFlags = (flags & 0x20) === 0 ? 0 : next()
    const trackId = view.getUint32(tfhd.from + 4)
    let time =
      bytes[tfdt.from] === 1 ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4)
    const runFlags = view.getUint32(trun.from) & 0xffffff
    at = trun.from + 4
    const count = next()
    let offset = (runFlags & 1) === 0 ? 0 : next() | 0
    const firstFlags = (runFlags & 4) === 0 ? undefined : next()
    const width = [0x100, 0x200, 0x400, 0x800].filter((bit) => (runFlags & bit) !== 0).length * 4
    if (count * width > trun.end - at) return []
    const samples: ReadSample[] = []
    for (let i = 0; i < count; i++) {
      const duration = (runFlags & 0x100) === 0 ? defaultDuration : next()
      const size = (runFlags & 0x200) === 0 ? defaultSize : next()
      const own = (runFlags & 0x400) === 0 ? undefined : next()
      const compositionOffset = (runFlags & 0x800) === 0 ? 0 : next() | 0
      const sampleFlags = own ?? (i === 0 ? firstFlags : undefined) ?? defaultFlags
      const isKey = (sampleFlags & NOT_SYNC) === 0
      samples.push({ trackId, decodeTime: time, compositionOffset, duration, isKey, offset, size })
      time += duration
      offset += size
    }
    return [samples]
  })
}
