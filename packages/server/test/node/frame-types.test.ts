import { readFile } from 'node:fs/promises'
import { classifyAudio, classifyVideo, MediaFlags } from '@rtmp/e-rtmp'
import { decodeFlv, type FlvTag, TagType } from '../../../flv/src/index.ts'
import { describe as group, expect, test } from 'vitest'
import { startServer } from './arrange.ts'
import type { LightClient } from './light-client.ts'

// Frame type 0 in every enhanced video frame is what MediaMTX and all that use its library write.

const RETRY = { retryMs: 20, maxRetryMs: 100 } as const

const isCoded = (tag: FlvTag): boolean =>
  tag.typeId === TagType.video && (classifyVideo(tag.payload) & MediaFlags.coded) !== 0

const isKey = (tag: FlvTag): boolean => (classifyVideo(tag.payload) & MediaFlags.keyFrame) !== 0

const HEADER = MediaFlags.sequenceHeader | MediaFlags.metadata | MediaFlags.multichannelConfig

const isHeader = ({ typeId, payload }: { readonly typeId: number; readonly payload: Uint8Array }): boolean =>
  ((typeId === TagType.video ? classifyVideo(payload) : classifyAudio(payload)) & HEADER) !== 0

const untold = (tag: FlvTag): FlvTag => {
  if (!isCoded(tag)) return tag
  const payload = tag.payload.slice()
  payload[0] = (payload[0] ?? 0) & 0x8f
  return { ...tag, payload }
}

const print = ({ typeId, payload }: { readonly typeId: number; readonly payload: Uint8Array }): string =>
  `${typeId} ${Buffer.from(payload).toString('hex')}`

/** Everything from the last key frame on, without headers. */
const lastGroup = (tags: readonly FlvTag[], isStart: (tag: FlvTag) => boolean): string[] =>
  tags
    .slice(tags.findLastIndex(isStart))
    .filter((tag) => !isHeader(tag))
    .map(print)

const frames = ({ media }: LightClient): string[] => media.filter((message) => !isHeader(message)).map(print)

group.each(['hevc-aac.flv', 'vp9-opus.flv', 'av1-opus.flv', 'gst-enhanced-h264-aac.flv', 'h264-aac.flv'])(
  '%s with frame type 0',
  (name) => {
    test('reaches those who watch, join late, push and pull', async () => {
      const file = await readFile(new URL(`../../../../media/${name}`, import.meta.url))
      const told = decodeFlv(file).filter(({ typeId }) => typeId !== TagType.script)
      const tags = told.map(untold)
      const target = await startServer()
      const source = await startServer({
        relays: [{ push: [`rtmp://127.0.0.1:${target.port}/{app}/{streamName}`], ...RETRY }],
      })
      const edge = await startServer({
        relays: [{ pull: `rtmp://127.0.0.1:${source.port}/{app}/{streamName}`, lingerMs: 50, ...RETRY }],
      })
      const publisher = await source.client().open()
      const id = await publisher.publish('key')
      const watcher = await source.client().open()
      await watcher.play('key')
      const pushedTo = await target.client().open()
      await pushedTo.play('key')
      for (const { typeId, timestamp, payload } of tags)
        publisher.send(id, typeId === TagType.audio ? 8 : 9, timestamp, payload)
      const last = tags.at(-1) as FlvTag
      const hasLast = (client: LightClient): boolean =>
        client.media.some((message) => print(message) === print(last))
      await watcher.until('everything', () => hasLast(watcher))
      await pushedTo.until('everything', () => hasLast(pushedTo))
      const firstKey = told.findIndex((tag) => tag.typeId === TagType.video && isKey(tag))
      const video = (texts: readonly string[]): string[] => texts.filter((text) => text.startsWith('9 '))
      const sent = tags
        .slice(firstKey)
        .filter((tag) => !isHeader(tag))
        .map(print)
      expect(video(frames(watcher))).toEqual(video(sent))
      expect(source.server.stats().publishers).toBe(1)
      const stats = source.server.streams[0]
      expect(stats?.publisher?.keyFrames).toBe(
        told.filter((tag) => tag.typeId === TagType.video && isKey(tag)).length,
      )
      const keys = told.map((tag) => tag.typeId === TagType.video && isKey(tag))
      const group = lastGroup(tags, (tag) => keys[tags.indexOf(tag)] === true)
      for (const server of [source, target, edge]) {
        const late = await server.client().open()
        await late.play('key')
        await late.until('the last frame', () => hasLast(late))
        expect(frames(late)).toEqual(group)
      }
    }, 30_000)
  },
)

group('a decoder record that is broken', () => {
  test('does not take the place of a good one for those who join later', async () => {
    const { client } = await startServer()
    const file = await readFile(new URL('../../../../media/hevc-aac.flv', import.meta.url))
    const tags = decodeFlv(file).filter(({ typeId }) => typeId === TagType.video)
    const header = tags.find(isHeader) as FlvTag
    const keys = tags.filter(isKey)
    const publisher = await client().open()
    const id = await publisher.publish('key')
    const watcher = await client().open()
    await watcher.play('key')
    const broken = header.payload.slice(0, 20)
    publisher.send(id, 9, 0, header.payload)
    publisher.send(id, 9, 0, keys[0]?.payload ?? header.payload)
    publisher.send(id, 9, 40, broken)
    publisher.send(id, 9, 1000, keys[1]?.payload ?? header.payload)
    await watcher.until('all of it', () => watcher.media.length === 4)
    expect(print(watcher.media[2] ?? header)).toBe(print({ typeId: 9, payload: broken }))
    const late = await client().open()
    await late.play('key')
    await late.until('header and key frame', () => late.media.length === 2)
    expect(late.media.map(print)).toEqual([header, keys[1] as FlvTag].map(print))
  })
})
