import { metadataOfTag } from './flv-file.ts'
import { type FlvTag, TAG_OVERHEAD } from './tag.ts'

/** Bytes to write over those at a position of a file. */
export interface FlvPatch {
  /** Of the first byte to overwrite, from the file's beginning. */
  readonly position: number
  /** As many as they take the place of: the file keeps its length. */
  readonly bytes: Uint8Array
}

/**
 * How to correct numbers of an onMetaData tag in place, without moving anything: for a recording whose metadata were
 * written with `duration: 0` before anybody knew. Numbers the tag does not have are left out.
 *
 * @param tag - The tag as read, or as written with its `offset`.
 * @param numbers - By their names on the wire, `{ duration: 12.5, filesize: 48000 }`.
 */
export const patchMetadata = (
  tag: Pick<FlvTag, 'payload' | 'offset' | 'typeId'>,
  numbers: Readonly<Record<string, number>>,
): FlvPatch[] => {
  const patches: FlvPatch[] = []
  for (const [name, value] of Object.entries(numbers)) {
    const at = numberAt(tag, name)
    if (at === undefined) continue
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value)
    patches.push({ position: tag.offset + TAG_OVERHEAD - 4 + at, bytes })
  }
  return patches
}

/** Where the eight bytes of a numeric property of onMetaData are inside the payload. */
const numberAt = (tag: Pick<FlvTag, 'payload' | 'typeId'>, name: string): number | undefined => {
  const { payload } = tag
  const key = Uint8Array.of(0, name.length, ...Array.from(name, (letter) => letter.charCodeAt(0)), 0)
  for (let at = 0; at + key.length + 8 <= payload.length; at++) {
    if (!key.every((byte, i) => payload[at + i] === byte)) continue
    // The same bytes may stand inside a text or a nested object: see whether a change arrives where it should.
    const probe = payload.slice()
    const start = at + key.length
    probe.set([0x40, 0x5e, 0xdd, 0x2f, 0x1a, 0x9f, 0xbe, 0x77], start)
    const properties = metadataOfTag({ typeId: tag.typeId, timestamp: 0, payload: probe })?.properties
    if (properties?.[name] === PROBE) return start
  }
  return undefined
}

/** 0x405edd2f1a9fbe77: a number nobody has as a duration. */
const PROBE = 123.456
