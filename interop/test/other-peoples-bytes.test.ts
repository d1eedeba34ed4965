// Every audio, video and script body that software other than ours wrote: it decodes to typed values and encodes to the
// same bytes. Of the recorded conversations always; of any folder of .flv files that RTMP_SAMPLES names as well, there
// compared with what ffprobe reads. (The specification's authors have some: veovera/enhanced-rtmp, e-rtmp-lab/assets.)
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  decodeAudioMessage,
  decodeVideoMessage,
  encodeAudioMessage,
  encodeVideoMessage,
  type MediaFrame,
  type MediaKind,
  toMediaFrames,
} from '@rtmp/e-rtmp'
import { FlvReader, type FlvTag, FlvWriter, TagType } from '@rtmp/flv'
import { decodeScriptTree, encodeScriptTree } from '@rtmp/flv/script'
import { describe, expect, test } from 'vitest'

import { readConversation } from '../src/chunk-oracle.ts'
import { newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { repositoryFile } from '../src/media.ts'
import { readTracks, type Track } from '../src/packets.ts'
import { describeWith } from './support/describe-with.ts'

/** A body in our words, written again. */
const rewritten = (typeId: number, body: Uint8Array, onFault: () => void): Uint8Array => {
  if (typeId === TagType.audio) return encodeAudioMessage(decodeAudioMessage(body, { onFault }))
  if (typeId === TagType.video) return encodeVideoMessage(decodeVideoMessage(body, { onFault }))
  return encodeScriptTree(decodeScriptTree(body))
}

/** MediaMTX writes enhanced video with the frame type 0, which is reserved: a fault in each of its pictures. */
const FRAME_TYPE_ZERO = /play-from-mediamtx.*s2c/

/** How many bodies there are; fails on the first that is not written as it was. */
const checkBodies = (
  bodies: readonly { readonly typeId: number; readonly body: Uint8Array }[],
  hasFrameTypeZero = false,
): number => {
  let faults = 0
  const known = bodies.filter(({ typeId }) => typeId === 8 || typeId === 9 || typeId === 18)
  for (const { typeId, body } of known) {
    const again = rewritten(typeId, body, () => (faults += 1))
    if (Buffer.compare(again, body) !== 0) throw new Error(`type ${typeId}: ${body.subarray(0, 32).join()}`)
  }
  expect(faults).toBe(hasFrameTypeZero ? known.filter(({ typeId }) => typeId === 9).length : 0)
  return known.length
}

const STREAMS = repositoryFile('vectors/streams')

describe('bodies in recorded conversations', () => {
  const names = readdirSync(STREAMS).filter((name) => name.endsWith('.bin'))

  test('there are some of every program', () => expect(names.length).toBeGreaterThan(30))

  test.for(names)('%s', (name) => {
    const { messages } = readConversation(readFileSync(join(STREAMS, name)))
    const bodies = messages.map(({ type, body }) => ({ typeId: type, body }))
    const count = checkBodies(bodies, FRAME_TYPE_ZERO.test(name))
    // Media go one way: from the one who publishes.
    if (/publish.*c2s|play.*s2c|push.*c2s|pull.*s2c/.test(name)) expect(count).toBeGreaterThan(10)
  })
})

const folder = process.env['RTMP_SAMPLES'] ?? ''
if (folder === '') console.log('skipped: files of RTMP_SAMPLES (set it to a folder of .flv files)')

const framesOf = (tags: readonly FlvTag[]): MediaFrame[] =>
  tags.flatMap(({ typeId, timestamp, payload }) =>
    typeId === TagType.audio || typeId === TagType.video
      ? toMediaFrames(typeId === TagType.audio ? 'audio' : 'video', timestamp, payload)
      : [],
  )

/** Our tracks of a kind, lowest id first, as {@link readTracks} has them. */
const tracksOf = (frames: readonly MediaFrame[], kind: MediaKind): Pick<Track, 'codec' | 'packets'>[] => {
  const coded = frames.filter((frame) => frame.kind === kind && frame.type === 'coded')
  const ids = [...new Set(coded.map(({ trackId }) => trackId))].sort((a, b) => a - b)
  return ids.map((id) => {
    const own = coded.filter(({ trackId, payload }) => trackId === id && payload.length > 0)
    const packets = own.map(({ pts, dts, payload, keyFrame }) => {
      const hash = `CRC32:${crc32(payload).toString(16).padStart(8, '0')}`
      return { pts, dts, bytes: payload.length, key: keyFrame, hash }
    })
    return { codec: own[0]?.codec ?? '', packets }
  })
}

describeWith(folder === '' ? [] : [newerFfmpeg], 'files of RTMP_SAMPLES', () => {
  const names = folder === '' ? [] : readdirSync(folder).filter((name) => name.endsWith('.flv'))
  test.skipIf(folder === '')('there are some', () => expect(names.length).toBeGreaterThan(0))

  test.for(names)('%s', async (name) => {
    const bytes = readFileSync(join(folder, name))
    const reader = new FlvReader({ damaged: 'strict' })
    reader.push(bytes)
    reader.end()
    const tags: FlvTag[] = []
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
    const writer = new FlvWriter({ header: reader.header ?? false })
    expect(Buffer.compare(Buffer.concat(tags.flatMap((tag) => writer.write(tag))), bytes)).toBe(0)
    expect(checkBodies(tags.map(({ typeId, payload }) => ({ typeId, body: payload })))).toBe(tags.length)
    const frames = framesOf(tags)
    const seen = await readTracks(join(folder, name))
    for (const kind of ['video', 'audio'] as const) {
      const theirs = seen.filter((track) => track.kind === kind)
      expect(tracksOf(frames, kind)).toEqual(theirs.map(({ codec, packets }) => ({ codec, packets })))
    }
  })
})
