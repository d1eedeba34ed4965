// What @rtmp/recorder writes, read by FFmpeg: every sample in both formats, packet by packet; cut at random; sought in.
import { readFile } from 'node:fs/promises'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { metadataOfTag } from '@rtmp/flv/file'
import { record, type RecordedFile, type RecordOptions } from '@rtmp/recorder'
import { expect, test } from 'vitest'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile } from '../src/media.ts'
import { type Packet, SHOW_TRACKS, type Track, tracksShown } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { MODERN_SAMPLES, packetOf, SAMPLES, tracksOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'

const messagesOf = async (name: string): Promise<MediaMessage[]> =>
  decodeFlv(await readFile(mediaFile(`${name}.flv`))).map((tag) => {
    const isMetadata = tag.typeId === TagType.script && metadataOfTag(tag) !== undefined
    return new MediaMessage(tag.typeId, tag.timestamp, tag.payload, isMetadata ? 'onMetaData' : '')
  })

async function* sourceOf(messages: readonly MediaMessage[]): AsyncGenerator<MediaMessage> {
  yield* messages
}

const recordedFiles = async (
  messages: readonly MediaMessage[],
  folder: string,
  options: Partial<RecordOptions> = {},
): Promise<readonly RecordedFile[]> => {
  const files: RecordedFile[] = []
  const { ended } = record(sourceOf(messages), {
    file: `${folder}/{index}.{ext}`,
    path: 'live/show',
    onEvent: (event) => {
      if (event.kind === 'fileCompleted') files.push(event)
    },
    ...options,
  })
  await ended
  return files
}

const read = async (reader: Ffmpeg, file: string): Promise<readonly Track[]> => {
  const { status, stdout, stderr } = await reader.probe([...SHOW_TRACKS, file], 30_000)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return tracksShown(stdout)
}

/** Packets with their distances from the first decode time of all: where a file puts 0 is its own affair. */
const apart = (tracks: readonly (readonly Packet[])[]): readonly (readonly Packet[])[] => {
  const first = Math.min(...tracks.flatMap((track) => track.map(({ dts }) => dts)))
  return tracks.map((track) => track.map((one) => ({ ...one, pts: one.pts - first, dts: one.dts - first })))
}

for (const reader of [ffmpeg, newerFfmpeg]) {
  describeWith([reader], `${reader.name} reads recordings`, () => {
    test.each(MODERN_SAMPLES)('%s as fragmented MP4', async (name) => {
      const scratch = await Scratch.make()
      const messages = await messagesOf(name)
      const [first, ...others] = await recordedFiles(messages, scratch.path, { format: 'fmp4' })
      const found = (await read(reader, first?.file ?? '')).map(({ packets }) => packets)
      const wanted = apart(
        tracksOf(messages.flatMap((message) => message.frames())).map((track) => track.map(packetOf)),
      )
      // A codec that changes is in a file of its own.
      for (const { file } of others) {
        for (const [i, { packets }] of (await read(reader, file)).entries())
          found[i] = [...(found[i] ?? []), ...packets]
      }
      if (others.length === 0) expect(apart(found)).toEqual(wanted)
      else
        expect(found.map((track) => track.map(({ hash: one }) => one))).toEqual(
          wanted.map((track) => track.map(({ hash: one }) => one)),
        )
      await scratch.remove()
    })

    test.each(SAMPLES)('%s as FLV', async (name) => {
      const scratch = await Scratch.make()
      const messages = await messagesOf(name)
      const [file] = await recordedFiles(messages, scratch.path, { newHeaders: 'inFile' })
      const ours = await reader.probe([...SHOW_TRACKS, file?.file ?? ''], 30_000)
      const source = await reader.probe([...SHOW_TRACKS, mediaFile(`${name}.flv`)], 30_000)
      expect(ours.status).toBe(0)
      expect(apart(tracksShown(ours.stdout).map(({ packets }) => packets))).toEqual(
        apart(tracksShown(source.stdout).map(({ packets }) => packets)),
      )
      await scratch.remove()
    })
  })
}
