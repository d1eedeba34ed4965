// FLV files that are broken in the ways in which they are found.
import { readFile } from 'node:fs/promises'
import { decodeFlv, encodeFlvHeader, encodeFlvTag, type FlvTagInit } from '@rtmp/flv'
import { mediaFile } from './media.ts'

const whole = new Uint8Array(await readFile(mediaFile('h264-aac.flv')))
const tags = decodeFlv(whole)
const HEADER = encodeFlvHeader({ hasAudio: true, hasVideo: true })

const fileOf = (all: readonly FlvTagInit[]): Buffer => Buffer.concat([HEADER, ...all.map(encodeFlvTag)])
const timed = (time: (tag: FlvTagInit, index: number) => number): Buffer =>
  fileOf(tags.map((tag, i) => ({ ...tag, timestamp: time(tag, i) >>> 0 })))
const isVideo = ({ typeId }: FlvTagInit): boolean => typeId === 9
/** Where a tag stands that is in the middle of the file. */
const middle = tags[Math.floor(tags.length / 2)]?.offset ?? 0

/** Bytes at a place are others. */
const overwritten = (at: number, bytes: Uint8Array): Buffer => {
  const changed = Buffer.from(whole)
  changed.set(bytes, at)
  return changed
}
const inserted = (at: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at)])

const noise = (size: number, seed: number): Uint8Array => {
  let state = seed
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

/** Broken files, and how much of the four seconds is to be there when they have been repaired, in seconds. */
export const BROKEN_FLV: readonly (readonly [
  name: string,
  bytes: Uint8Array,
  atLeast: number,
  atMost: number,
])[] = [
  ['zeros behind its end', Buffer.concat([whole, Buffer.alloc(65_536)]), 3.9, 4.2],
  ['a hole of two megabytes of zeros', inserted(middle, Buffer.alloc(2 * 1024 * 1024)), 3.9, 4.2],
  ['three kilobytes that are others', overwritten(middle + 5, noise(3000, 1)), 3.8, 4.2],
  ['noise before its header', Buffer.concat([noise(5000, 2), whole]), 3.9, 4.2],
  ['an end within a tag', whole.subarray(0, middle + 20), 1.8, 2.4],
  ['no file header', whole.subarray(13), 3.9, 4.2],
  ['two files, one behind the other', Buffer.concat([whole, whole]), 7.8, 8.4],
  ['two streams in one file', Buffer.concat([whole, whole.subarray(13)]), 7.8, 8.4],
  [
    'times of 24 bits that wrap',
    timed(({ timestamp }) => (timestamp + 0xffffff - 2000) & 0xffffff),
    3.9,
    4.2,
  ],
  ['times that wrap at 32 bits', timed(({ timestamp }) => timestamp + 2 ** 32 - 2000), 3.9, 4.2],
  [
    'a jump of half an hour',
    timed(({ timestamp }) => (timestamp < 2000 ? timestamp : timestamp + 1_800_000)),
    3.8,
    5,
  ],
  [
    'a step of fifty seconds back',
    timed(({ timestamp }) => (timestamp < 2000 ? timestamp + 50_000 : timestamp)),
    3.8,
    5,
  ],
  [
    'sound an hour behind its pictures',
    timed((tag) => tag.timestamp + (isVideo(tag) ? 0 : 3_600_000)),
    3.8,
    4.4,
  ],
  [
    'empty tags, and metadata that say nothing true',
    fileOf(tags.flatMap((tag, i) => (i % 10 === 5 ? [{ ...tag, payload: new Uint8Array(0) }, tag] : [tag]))),
    3.9,
    4.2,
  ],
  [
    'tags of unknown kinds',
    fileOf(
      tags.flatMap((tag, i) => (i % 7 === 3 ? [{ ...tag, typeId: 31, payload: noise(50, i) }, tag] : [tag])),
    ),
    3.9,
    4.2,
  ],
  ['a tag that says it is shorter', overwritten(middle + 1, Uint8Array.of(0, 0, 9)), 3.8, 4.2],
  ['noise every ten kilobytes', noisyEvery(10_000), 2, 4.2],
]

function noisyEvery(step: number): Buffer {
  const changed = Buffer.from(whole)
  for (let at = step; at + 40 < changed.length; at += step) changed.set(noise(40, at), at)
  return changed
}
