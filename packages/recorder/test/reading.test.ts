import { crc32 } from 'node:zlib'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { MEDIA_FILES, readRepoFile } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { openRecording, type RecordingReader } from '../src/index.ts'
import { MemoryFiles } from './support/memory-files.ts'
import { messagesOf, recorded } from './support/recorded.ts'

const all = async (reader: RecordingReader): Promise<MediaMessage[]> => {
  const messages: MediaMessage[] = []
  for (let more = await reader.next(); more !== undefined; more = await reader.next()) messages.push(...more)
  return messages
}

/** Frames by track: dts, pts, key and hash. */
const framesOf = (messages: readonly MediaMessage[]): Map<string, object[]> => {
  const tracks = new Map<string, object[]>()
  for (const message of messages.filter(({ isCoded }) => isCoded)) {
    for (const { kind, trackId, codec, dts, pts, keyFrame, payload } of message.frames()) {
      if (payload.length === 0) continue
      const track = `${kind} ${trackId} ${codec}`
      tracks.set(track, [...(tracks.get(track) ?? []), { dts, pts, keyFrame, hash: crc32(payload) }])
    }
  }
  return tracks
}

const headersOf = (messages: readonly MediaMessage[]): Map<string, number> => {
  const headers = new Map<string, number>()
  for (const message of messages) {
    if (!message.isHeader) continue
    for (const { kind, trackId, codec, type, payload } of message.frames())
      if (type === 'sequenceHeader' && payload.length > 0)
        headers.set(`${kind} ${trackId} ${codec}`, crc32(payload))
  }
  return headers
}

const SAMPLES = MEDIA_FILES.filter((name) => !name.includes('51-flac'))

describe('what was recorded is read back', () => {
  test.each(SAMPLES)('%s from FLV, message by message', async (name) => {
    const messages = await messagesOf(name.replace('.flv', ''))
    const { files, paths } = await recorded(messages)
    const reader = await openRecording(files, paths[0] ?? '')
    const read = await all(reader)
    const first = Math.min(
      ...messages
        .filter(({ isCoded }) => isCoded)
        .slice(0, 20)
        .map(({ timestamp }) => timestamp),
    )
    const moved = messages.map((message) => message.at((message.timestamp - first) >>> 0))
    expect(framesOf(read)).toEqual(framesOf(moved))
    expect(headersOf(read)).toEqual(headersOf(messages))
    expect(read[0]?.name).toBe('onMetaData')
  })

  // FFmpeg writes the header of FLAC anew at the end, with a checksum: another file.
  const inMp4 = SAMPLES.filter((name) => !/^legacy-|-flac/.test(name))
  test.each(inMp4)('%s from MP4, frame by frame', async (name) => {
    const messages = await messagesOf(name.replace('.flv', ''))
    const { files, paths } = await recorded(messages, { format: 'fmp4' })
    expect(paths).toHaveLength(1)
    const reader = await openRecording(files, paths[0] ?? '')
    const read = await all(reader)
    const first = Math.min(
      ...messages
        .filter(({ isCoded }) => isCoded)
        .slice(0, 20)
        .map(({ timestamp }) => timestamp),
    )
    const moved = messages.map((message) => message.at((message.timestamp - first) >>> 0))
    expect(framesOf(read)).toEqual(framesOf(moved))
    for (const [track, hash] of headersOf(read)) expect(headersOf(messages).get(track)).toBe(hash)
  })
})

describe.each(['flv', 'fmp4'] as const)('a seek in %s', (format) => {
  test('goes to the last key frame at or before a time, with what a decoder needs first', async () => {
    const messages = await messagesOf('h264-aac')
    // An index with room for three key frames: others are found all the same.
    const { files, paths } = await recorded(messages, { format, indexEntries: 3 })
    const reader = await openRecording(files, paths[0] ?? '')
    const keys = (await all(reader)).filter(({ keyFrame }) => keyFrame).map(({ timestamp }) => timestamp)
    expect(keys.length).toBeGreaterThan(3)
    for (const wanted of [keys[2] ?? 0, (keys[2] ?? 0) + 1, (keys[3] ?? 0) - 1, 0, 1e9, keys[1] ?? 0]) {
      const expected = keys.findLast((time) => time <= wanted) ?? keys[0] ?? 0
      const found = await reader.seek(wanted)
      const rest = await all(reader)
      const video = rest.filter(({ isVideo, isCoded }) => isVideo && isCoded)
      expect(video[0]).toMatchObject({ keyFrame: true, timestamp: expected })
      expect(Math.abs(found - expected)).toBeLessThan(100)
      const firstFrame = rest.findIndex(({ isCoded }) => isCoded)
      expect(rest.slice(0, firstFrame).filter(({ isHeader }) => isHeader).length).toBeGreaterThanOrEqual(2)
    }
  })
})

test('FLV of others, without any index, is sought in too, and a file that is neither is refused', async () => {
  const files = new MemoryFiles()
  await (await files.create('a.flv')).write(await readRepoFile('media/h264-aac.flv'), 0)
  const reader = await openRecording(files, 'a.flv')
  const found = await reader.seek(2500)
  expect(found).toBeGreaterThan(1000)
  expect((await all(reader)).find(({ isVideo, isCoded }) => isVideo && isCoded)?.keyFrame).toBe(true)
  await (await files.create('b.mp4')).write(new Uint8Array([0, 0, 0, 8, 0x66, 0x74, 0x79, 0x70]), 0)
  await expect(openRecording(files, 'b.mp4')).rejects.toThrow()
})
