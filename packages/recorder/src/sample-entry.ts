import { concat } from '@rtmp/bytes'
import { type Box, boxesIn, type ReadTrack } from './boxes.ts'

/** What a sample entry says in the words of RTMP. */
export interface EntryCodec {
  /** The one name of `@rtmp/e-rtmp`. */
  readonly codec: string
  /** The body of a sequence header; `undefined` where the codec has none. */
  readonly header: Uint8Array | undefined
}

/** Where the boxes of a VisualSampleEntry and of an AudioSampleEntry begin, from the entry's own first byte. */
const VIDEO_FIXED = 86
const AUDIO_FIXED = 36

/** Full boxes have version and flags before their record. */
const FULL = 4

const VIDEO: Readonly<Record<string, readonly [codec: string, config: string, skip: number]>> = {
  avc1: ['h264', 'avcC', 0],
  avc3: ['h264', 'avcC', 0],
  hvc1: ['hevc', 'hvcC', 0],
  hev1: ['hevc', 'hvcC', 0],
  vvc1: ['vvc', 'vvcC', FULL],
  vvi1: ['vvc', 'vvcC', FULL],
  av01: ['av1', 'av1C', 0],
  vp08: ['vp8', 'vpcC', 0],
  vp09: ['vp9', 'vpcC', 0],
}

/** The codec of a track; `undefined` for one that RTMP has no name for. */
export const codecOf = ({ kind, sampleEntry }: ReadTrack): EntryCodec | undefined => {
  const type = String.fromCharCode(...sampleEntry.subarray(4, 8))
  const boxes = boxesIn(sampleEntry, kind === 'video' ? VIDEO_FIXED : AUDIO_FIXED)
  const content = (name: string): Uint8Array | undefined => {
    const box = boxes.find((one) => one.type === name)
    return box && contentOf(sampleEntry, box)
  }
  if (kind === 'video') {
    const known = VIDEO[type]
    if (known === undefined) return undefined
    const [codec, config, skip] = known
    return { codec, header: content(config)?.slice(skip) }
  }
  switch (type) {
    case 'mp4a':
      return codecOfEsds(content('esds'))
    case 'Opus':
      return { codec: 'opus', header: opusHead(content('dOps')) }
    case 'fLaC': {
      const blocks = content('dfLa')?.slice(FULL)
      return { codec: 'flac', header: blocks && concat([MARKER, blocks]) }
    }
    case 'ac-3':
      return { codec: 'ac3', header: undefined }
    case 'ec-3':
      return { codec: 'eac3', header: undefined }
    default:
      return undefined
  }
}

/** "fLaC" */
const MARKER = Uint8Array.of(0x66, 0x4c, 0x61, 0x43)

const contentOf = (bytes: Uint8Array, { from, end }: Box): Uint8Array => bytes.slice(from, end)

/** objectTypeIndication: MP3 in its two forms. */
const MP3 = [0x69, 0x6b]

const codecOfEsds = (esds: Uint8Array | undefined): EntryCodec | undefined => {
  if (esds === undefined) return undefined
  let objectType = 0
  let config: Uint8Array | undefined
  /** Descriptors (14496-1 §7.2.6): a tag, and a size in bytes of seven bits. */
  const walk = (from: number, end: number): void => {
    for (let at = from; at + 2 <= end; ) {
      const tag = esds[at++]
      let size = 0
      for (let more = true; more && at < end; ) {
        const byte = esds[at++] ?? 0
        size = (size << 7) | (byte & 0x7f)
        more = (byte & 0x80) !== 0
      }
      const stop = Math.min(end, at + size)
      if (tag === 3) walk(at + 3, stop)
      if (tag === 4) {
        objectType = esds[at] ?? 0
        walk(at + 13, stop)
      }
      if (tag === 5) config = esds.slice(at, stop)
      at = stop
    }
  }
  walk(FULL, esds.length)
  return MP3.includes(objectType) ? { codec: 'mp3', header: undefined } : { codec: 'aac', header: config }
}

/** `dOps` as an identification header (RFC 7845 §5.1): magic, version 1, little-endian numbers. */
const opusHead = (dOps: Uint8Array | undefined): Uint8Array | undefined => {
  if (dOps === undefined || dOps.length < 11) return undefined
  const from = new DataView(dOps.buffer, dOps.byteOffset, dOps.length)
  const head = new Uint8Array(8 + dOps.length)
  head.set(new TextEncoder().encode('OpusHead'))
  const to = new DataView(head.buffer)
  head[8] = 1
  head[9] = dOps[1] ?? 2
  to.setUint16(10, from.getUint16(2), true)
  to.setUint32(12, from.getUint32(4), true)
  to.setInt16(16, from.getInt16(8), true)
  head.set(dOps.subarray(10), 18)
  return head
}
