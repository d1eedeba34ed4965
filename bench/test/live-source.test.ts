import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChunkReader } from '@rtmp/chunk'
import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { nalUnits } from '@rtmp/flv/codec'
import { expect, test } from 'vitest'
import { avcRecord, greyPicture } from '../src/server/grey-picture.ts'
import { AUDIO_STAMP, LiveSource, sequenceHeaders, VIDEO_STAMP } from '../src/server/live-source.ts'
import { stampMs, stampSequence } from '../src/server/stamp.ts'

const SECONDS = 4

/** The messages of a source, as a reader of chunks takes them. */
const messagesOf = (scale: number) => {
  const reader = new ChunkReader()
  // Set Chunk Size as the load generator sends it before its media.
  reader.push(Uint8Array.of(2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0x10, 0))
  for (const bytes of sequenceHeaders()) reader.push(bytes)
  const source = new LiveSource(scale)
  while (source.dueAt < SECONDS * 1000) reader.push(source.next(1234.567))
  const messages = []
  for (let message = reader.read(); message !== undefined; message = reader.read())
    if (message.typeId === 8 || message.typeId === 9) messages.push(message)
  return messages
}

test.each([0.5, 1, 10])('a frame is a stamp, a picture and filler, at scale %d', (scale) => {
  const [, , ...media] = messagesOf(scale)
  const stampOf = ({ typeId, payload }: (typeof media)[number]) =>
    stampSequence(payload, typeId === 9 ? VIDEO_STAMP : AUDIO_STAMP)
  expect(media.map(stampOf)).toEqual(media.map((_, count) => count))
  const video = media.filter(({ typeId }) => typeId === 9)
  expect(video).toHaveLength(SECONDS * 30)
  video.forEach(({ payload }, count) => {
    const types = nalUnits(payload.subarray(5), 4).map((unit) => (unit[0] ?? 0) & 31)
    expect(types).toEqual([6, count % 60 === 0 ? 5 : 1, 12])
    expect(stampMs(payload, VIDEO_STAMP)).toBe(1234.567)
  })
})

test('nothing in a picture looks like a start code', () => {
  for (const bytes of [avcRecord().subarray(8), ...Array.from({ length: 17 }, (_, i) => greyPicture(i))])
    expect(Buffer.from(bytes).toString('hex')).not.toMatch(/^(..)*0000/)
})

test('FFmpeg decodes every picture, and sees no reordering', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-source-'))
  try {
    const tags = messagesOf(1)
      .filter(({ typeId }) => typeId === 9)
      .map((message) => encodeFlvTag(message))
    const file = join(folder, 'grey.flv')
    writeFileSync(file, Buffer.concat([encodeFlvHeader(), ...tags]))
    const shown = execFileSync(
      'ffprobe',
      [
        '-v',
        'error',
        '-err_detect',
        'explode',
        '-count_frames',
        '-show_entries',
        'stream=nb_read_frames,width,height,has_b_frames,profile',
        '-of',
        'json',
        file,
      ],
      { encoding: 'utf8' },
    )
    expect(JSON.parse(shown).streams).toEqual([
      { profile: 'Constrained Baseline', width: 320, height: 180, has_b_frames: 0, nb_read_frames: '120' },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
