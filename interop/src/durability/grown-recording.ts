// A recording as a crash finds it: while it grows.
import { readFile } from 'node:fs/promises'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { record } from '@rtmp/recorder'
import { mediaFile } from '../media.ts'

/** How often the sample is recorded, one behind the other. */
const ROUNDS = 3

/** Of pictures and sound together. */
export const FRAMES_A_SECOND = 72

/** A recording as it is while it grows, and where frames in it are whole. */
interface Grown {
  readonly bytes: Uint8Array
  /** Behind each tag or fragment: the position, and how many frames are whole then. */
  readonly places: readonly { readonly end: number; readonly frames: number }[]
  /** From and behind the `moof` boxes. */
  readonly indexes: readonly (readonly [from: number, to: number])[]
}

async function* source(): AsyncGenerator<MediaMessage> {
  const tags = decodeFlv(await readFile(mediaFile('h264-aac.flv')))
  const length = 4052
  for (let round = 0; round < ROUNDS; round++) {
    for (const { typeId, timestamp, payload } of tags) {
      if (typeId === TagType.script) continue
      const message = new MediaMessage(typeId, timestamp + round * length, payload)
      if (round === 0 || message.isCoded) yield message
    }
  }
}

/** As it is on the disk before it is finished. */
export const grown = async (folder: string, format: 'flv' | 'fmp4'): Promise<Grown> => {
  let bytes = new Uint8Array(0)
  async function* watched(): AsyncGenerator<MediaMessage> {
    yield* source()
    // What is gathered goes to the disk within half a second.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    bytes = new Uint8Array(await readFile(recording.file ?? ''))
  }
  const recording = record(watched(), { file: `${folder}/whole.{ext}`, path: 'x', format })
  await recording.ended
  return format === 'flv' ? { bytes, places: tagEnds(bytes), indexes: [] } : { bytes, ...fragmentsIn(bytes) }
}

const tagEnds = (bytes: Uint8Array): Grown['places'] => {
  let frames = 0
  return decodeFlv(bytes).map(({ typeId, timestamp, payload, offset }) => {
    if (new MediaMessage(typeId, timestamp, payload).isCoded) frames += 1
    return { end: offset + 15 + payload.length, frames }
  })
}

/** By the boxes, and `trun`'s sample counts: not by what is to be judged. */
const fragmentsIn = (bytes: Uint8Array): Pick<Grown, 'places' | 'indexes'> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const places: { end: number; frames: number }[] = []
  const indexes: [number, number][] = []
  let frames = 0
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at)
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1')
    if (type === 'moof') {
      indexes.push([at, at + size])
      const box = Buffer.from(bytes.subarray(at, at + size))
      for (let found = box.indexOf('trun'); found >= 0; found = box.indexOf('trun', found + 4))
        frames += box.readUInt32BE(found + 8)
    }
    at += size
    if (type === 'mdat') places.push({ end: at, frames })
  }
  return { places, indexes }
}
