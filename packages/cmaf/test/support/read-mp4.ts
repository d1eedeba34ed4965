import { ByteReader } from '@rtmp/bytes'

/** A box with what is in it. */
export interface ReadBox {
  readonly type: string
  /** Behind size and type. */
  readonly content: Uint8Array
  readonly boxes: readonly ReadBox[]
}

const CONTAINERS = new Set(['moov', 'trak', 'edts', 'mdia', 'minf', 'dinf', 'stbl', 'mvex', 'moof', 'traf'])

/** The boxes of a file. Sizes must come out even. */
export const readBoxes = (bytes: Uint8Array): ReadBox[] => {
  const boxes: ReadBox[] = []
  const reader = new ByteReader(bytes)
  while (reader.remaining > 0) {
    const size = reader.u32()
    const type = new TextDecoder().decode(reader.view(4))
    const content = reader.view(size - 8)
    boxes.push({ type, content, boxes: CONTAINERS.has(type) ? readBoxes(content) : [] })
  }
  return boxes
}

/** The boxes at a path: `'moov/trak/edts/elst'`. */
export const boxesAt = (boxes: readonly ReadBox[], path: string): ReadBox[] => {
  const [first, ...rest] = path.split('/')
  const found = boxes.filter(({ type }) => type === first)
  return rest.length === 0 ? found : found.flatMap((box) => boxesAt(box.boxes, rest.join('/')))
}

/** A sample as a reader of the file sees it, times in units. */
export interface ReadSample {
  readonly trackId: number
  readonly decodeTime: number
  readonly duration: number
  readonly offset: number
  readonly keyFrame: boolean
  readonly data: Uint8Array
}

/** The samples of all fragments, read by the letter of ISO/IEC 14496-12 §8.8. */
export const readSamples = (file: Uint8Array): ReadSample[] => {
  const samples: ReadSample[] = []
  let at = 0
  for (const { type, content, boxes } of readBoxes(file)) {
    if (type === 'moof') {
      for (const traf of boxes.filter((box) => box.type === 'traf'))
        samples.push(...readTraf(traf.boxes, file, at))
    }
    at += 8 + content.length
  }
  return samples
}

const readTraf = (boxes: readonly ReadBox[], file: Uint8Array, moof: number): ReadSample[] => {
  const content = (type: string): ByteReader => {
    const box = boxes.find((each) => each.type === type)
    if (box === undefined) throw new Error(`no ${type}`)
    return new ByteReader(box.content)
  }
  const tfhd = content('tfhd')
  const tfFlags = tfhd.u32() & 0xffffff
  const trackId = tfhd.u32()
  const duration = (tfFlags & 8) !== 0 ? tfhd.u32() : 0
  const size = (tfFlags & 16) !== 0 ? tfhd.u32() : 0
  const flags = (tfFlags & 32) !== 0 ? tfhd.u32() : 0
  const tfdt = content('tfdt')
  tfdt.skip(4)
  let decodeTime = tfdt.u32() * 2 ** 32 + tfdt.u32()
  const trun = content('trun')
  const trFlags = trun.u32() & 0xffffff
  const count = trun.u32()
  let at = moof + trun.u32()
  const first = (trFlags & 4) !== 0 ? trun.u32() : undefined
  return Array.from({ length: count }, (_, i) => {
    const sampleDuration = (trFlags & 0x100) !== 0 ? trun.u32() : duration
    const sampleSize = (trFlags & 0x200) !== 0 ? trun.u32() : size
    const sampleFlags = (trFlags & 0x400) !== 0 ? trun.u32() : i === 0 && first !== undefined ? first : flags
    const offset = (trFlags & 0x800) !== 0 ? trun.u32() | 0 : 0
    const sample = {
      trackId,
      decodeTime,
      duration: sampleDuration,
      offset,
      keyFrame: (sampleFlags & 0x10000) === 0,
      data: file.subarray(at, at + sampleSize),
    }
    decodeTime += sampleDuration
    at += sampleSize
    return sample
  })
}
