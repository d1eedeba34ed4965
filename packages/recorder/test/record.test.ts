import { crc32 } from 'node:zlib'
import { flvRules, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { readFlvFile } from '@rtmp/flv/file'
import { MEDIA_FILES } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { messagesOf, recorded } from './support/recorded.ts'

interface Packet {
  readonly typeId: number
  readonly time: number
  readonly hash: number
}

const frames = (messages: readonly MediaMessage[]): Packet[] => {
  const coded = messages.filter((message) => message.isCoded)
  const first = Math.min(...coded.slice(0, 20).map(({ timestamp }) => timestamp))
  return coded.map(({ typeId, timestamp, payload }) => ({
    typeId,
    time: timestamp - first,
    hash: crc32(payload),
  }))
}

const tagsOf = (bytes: Uint8Array): MediaMessage[] =>
  decodeFlv(bytes, { damaged: 'strict' }).map(
    ({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload),
  )

describe('FLV', () => {
  test.each(MEDIA_FILES)('%s: every frame as it came, with true flags, duration and index', async (name) => {
    const messages = await messagesOf(name.replace('.flv', ''))
    const { files, paths, events } = await recorded(messages, { newHeaders: 'inFile' })
    expect(paths).toEqual(['out/live/show/1.flv'])
    const bytes = files.bytesOf('out/live/show/1.flv')
    expect(frames(tagsOf(bytes))).toEqual(frames(messages))
    const { header, metadata, facts } = readFlvFile(bytes, flvRules)
    expect(header).toMatchObject({ hasAudio: facts.hasAudio, hasVideo: facts.hasVideo })
    // What the facts count as a frame of its own at the end is the end of a sequence.
    expect(metadata?.duration).toBeGreaterThan(facts.lastTime / 1000 - 0.05)
    expect(metadata?.duration).toBeLessThanOrEqual(facts.duration / 1000)
    expect(metadata?.fileSize).toBe(bytes.length)
    // Of several video tracks, the index goes by the first.
    const tracks = tagsOf(bytes).flatMap(({ keyFrame, track }) => (keyFrame ? [track] : []))
    const places = facts.keyframes.filePositions.filter((_, i) => tracks[i] === Math.min(...tracks))
    if (places.length > 1) expect(metadata?.keyframes?.filePositions).toEqual(places)
    expect(events.at(-1)).toMatchObject({ kind: 'ended', reason: 'sourceEnded', files: 1, missedMs: 0 })
  })
})

test('a stream is split at key frames, each file with headers, and nothing is missing or there twice', async () => {
  const messages = await messagesOf('h264-aac')
  const { files, paths } = await recorded(messages, { splitMs: 1000 })
  expect(paths.length).toBeGreaterThan(2)
  const parts = paths.map((path) => tagsOf(files.bytesOf(path)))
  const hashes = (all: readonly MediaMessage[]): number[] =>
    all.filter(({ isCoded }) => isCoded).map(({ payload }) => crc32(payload))
  expect(parts.flatMap(hashes)).toEqual(hashes(messages))
  for (const part of parts) {
    expect(part[0]?.typeId).toBe(TagType.script)
    const firstFrame = part.findIndex(({ isCoded }) => isCoded)
    expect(part.slice(0, firstFrame).filter(({ isHeader }) => isHeader)).toHaveLength(2)
    expect(part.find((one) => one.isVideo && one.isCoded)?.keyFrame).toBe(true)
    const times = part.filter(({ isCoded }) => isCoded).map(({ timestamp }) => timestamp)
    expect(Math.min(...times)).toBeLessThan(50)
  }
})

// FFmpeg ends FLAC with the same header, completed, and a frame of no bytes.
describe('a header at the end that only an empty frame follows', () => {
  test.each(['flv', 'fmp4'] as const)('begins no file of its own (%s)', async (format) => {
    const messages = await messagesOf('h264-flac')
    const headers = messages.filter(({ typeId, payload }) => typeId === 8 && payload[0] === 0x90)
    expect(headers).toHaveLength(2)
    const { files, paths } = await recorded(messages, { format })
    expect(paths).toEqual([`out/live/show/1.${format === 'flv' ? 'flv' : 'mp4'}`])
    if (format === 'fmp4') return
    const tags = tagsOf(files.bytesOf(paths[0] ?? '')).filter(({ typeId }) => typeId === 8)
    expect(tags.filter(({ payload }) => payload[0] === 0x90).map(({ payload }) => crc32(payload))).toEqual(
      headers.map(({ payload }) => crc32(payload)),
    )
  })
})
