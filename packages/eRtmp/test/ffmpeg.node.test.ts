// What we write, FFmpeg reads: without a warning, and the same packets. Needs an FFmpeg that knows Enhanced RTMP v2;
// scripts/install-real-clients.sh installs one.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { decodeFlv, encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { indexFlv, readFlvFile } from '@rtmp/flv/file'
import { fromHex, readRepoFile, readRepoJson } from '@rtmp/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ColorInfo,
  decodeVideoMessage,
  encodeColorInfo,
  encodeMultichannelConfig,
  encodeVideoMessage,
  type ExVideoMessage,
  flvRules,
  fromMediaFrame,
  joinTracks,
  type MediaFrame,
  toMediaFrames,
} from '../src/index.ts'
import { decodeVvcConfig, encodeVvcConfig } from '../src/records.ts'

// Programs take their time on a busy machine.

const run = promisify(execFile)
const newer = join(process.env['RTMP_NEWER_ROOT'] ?? '/var/cache/rtmp-ts/newer', 'newer-run')
const available = existsSync(newer)
if (!available)
  console.log(`skipped: no FFmpeg with Enhanced RTMP v2 (${newer}); see scripts/install-real-clients.sh`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ertmp-ffmpeg-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Written {
  readonly kind: 'audio' | 'video'
  readonly timestamp: number
  readonly payload: Uint8Array
}

interface Probe {
  readonly streams: readonly Record<string, unknown>[]
  readonly packets: readonly {
    readonly stream_index: number
    readonly pts: number
    readonly dts: number
    readonly size: string
    readonly flags: string
    readonly data_hash: string
    readonly side_data_list?: readonly Record<string, unknown>[]
  }[]
}

/** Writes a file of these messages and has FFmpeg read it; any other complaint than the expected one fails the test. */
const probe = async (
  messages: readonly Written[],
  options: readonly string[] = [],
  complaint: RegExp = /^$/,
): Promise<Probe> => {
  const tags = messages.map(({ kind, timestamp, payload }) =>
    encodeFlvTag({ typeId: kind === 'audio' ? 8 : 9, timestamp, payload }),
  )
  const path = join(folder, `${Math.random()}.flv`)
  const kinds = new Set(messages.map(({ kind }) => kind))
  const header = encodeFlvHeader({ hasAudio: kinds.has('audio'), hasVideo: kinds.has('video') })
  await writeFile(path, Buffer.concat([header, ...tags]))
  const show = ['-show_streams', '-show_packets', '-show_data_hash', 'crc32', '-of', 'json']
  const { stdout, stderr } = await run(newer, ['ffprobe', '-v', 'warning', ...options, ...show, path], {
    maxBuffer: 1 << 26,
    timeout: 30_000,
  })
  expect(stderr).toMatch(complaint)
  return JSON.parse(stdout) as Probe
}

const framesOf = async (name: string): Promise<MediaFrame[]> => {
  const frames: MediaFrame[] = []
  for (const { typeId, timestamp, payload } of decodeFlv(await readRepoFile(`media/${name}`))) {
    if (typeId === 8 || typeId === 9)
      frames.push(...toMediaFrames(typeId === 8 ? 'audio' : 'video', timestamp, payload))
  }
  return frames
}

const crc = (bytes: Uint8Array): string => `CRC32:${crc32(bytes).toString(16).padStart(8, '0')}`

/** What FFmpeg must see of a track: its coded frames with data. */
const packetsOf = (frames: readonly MediaFrame[]): unknown[] =>
  frames
    .filter(({ type, payload }) => type === 'coded' && payload.length > 0)
    .map(({ pts, dts, payload, keyFrame }) => [pts, dts, payload.length, keyFrame, crc(payload)])

const packetsSeen = ({ packets }: Probe, index: number): unknown[] =>
  packets
    .filter(({ stream_index, size }) => stream_index === index && size !== '0')
    .map(({ pts, dts, size, flags, data_hash }) => [pts, dts, Number(size), flags.startsWith('K'), data_hash])

const codecsSeen = ({ streams }: Probe): unknown[] => streams.map(({ codec_name }) => codec_name)

const message = (frame: MediaFrame, payload: Uint8Array): Written => ({
  kind: frame.kind,
  timestamp: frame.dts,
  payload,
})

const enhanced = (frames: readonly MediaFrame[], multitrack = false): Written[] =>
  frames.map((frame) => message(frame, fromMediaFrame(frame, { form: 'enhanced', multitrack })))

const only = (frames: readonly MediaFrame[], kind: 'audio' | 'video', trackId = 0): MediaFrame[] =>
  frames.filter((frame) => frame.kind === kind && frame.trackId === trackId)

const onTrack = (frames: readonly MediaFrame[], trackId: number): MediaFrame[] =>
  frames.map((frame) => ({ ...frame, trackId }))

const byTime = (...lists: readonly (readonly MediaFrame[])[]): MediaFrame[] =>
  lists.flat().sort((a, b) => a.dts - b.dts)

test.skipIf(!available).each([
  ['h264-aac.flv', ['h264', 'aac']],
  ['h264-mp3.flv', ['h264', 'mp3']],
  ['h264-flac.flv', ['h264', 'flac']],
  ['h264-ac3.flv', ['h264', 'ac3']],
  ['h264-eac3.flv', ['h264', 'eac3']],
  ['hevc-aac.flv', ['hevc', 'aac']],
  ['av1-opus.flv', ['av1', 'opus']],
  ['vp9-opus.flv', ['vp9', 'opus']],
])('%s in enhanced form, and as OneTrack', async (name, codecs) => {
  const frames = await framesOf(name)
  // Metadata in multitrack has a frame type that FFmpeg takes for a frame.
  const withoutMetadata = frames.filter(({ type }) => type !== 'metadata')
  for (const seen of [await probe(enhanced(frames)), await probe(enhanced(withoutMetadata, true))]) {
    expect(codecsSeen(seen)).toEqual(codecs)
    expect(packetsSeen(seen, 0)).toEqual(packetsOf(only(frames, 'video')))
    expect(packetsSeen(seen, 1)).toEqual(packetsOf(only(frames, 'audio')))
  }
})

test.skipIf(!available)('legacy form where there is one, enhanced where not: four tracks', async () => {
  const frames = await framesOf('multitrack-h264-hevc-aac-opus.flv')
  const seen = await probe(
    frames.map((frame) => message(frame, fromMediaFrame({ ...frame, form: undefined } as never))),
  )
  expect(codecsSeen(seen)).toEqual(['h264', 'hevc', 'aac', 'opus'])
  expect(packetsSeen(seen, 0)).toEqual(packetsOf(only(frames, 'video', 0)))
  expect(packetsSeen(seen, 1)).toEqual(packetsOf(only(frames, 'video', 1)))
  expect(packetsSeen(seen, 2)).toEqual(packetsOf(only(frames, 'audio', 0)))
  expect(packetsSeen(seen, 3)).toEqual(packetsOf(only(frames, 'audio', 1)))
})

/** Two video tracks whose frames have the same times and types, joined into one message for each time. */
const joined = (a: readonly MediaFrame[], b: readonly MediaFrame[]): Written[] => {
  const headers = [...a, ...b].filter(({ type }) => type === 'sequenceHeader')
  const written = enhanced(headers, true)
  const second = b.filter(({ type }) => type === 'coded')
  for (const [i, frame] of a.filter(({ type }) => type === 'coded').entries()) {
    const other = second[i]
    if (other?.dts !== frame.dts || other.keyFrame !== frame.keyFrame)
      throw new Error(`frame ${i} has no partner`)
    const parts = [frame, other].map((part) => ({
      trackId: part.trackId,
      payload: fromMediaFrame({ ...part, trackId: 0 }, { form: 'enhanced' }),
    }))
    written.push(message(frame, joinTracks('video', parts)))
  }
  return written
}

test.skipIf(!available)('ManyTracks: two tracks of H.264 in each message', async () => {
  const frames = await framesOf('h264-aac-nobframes.flv')
  const a = only(frames, 'video')
  const b = onTrack(a, 1)
  const seen = await probe(joined(a, b))
  expect(codecsSeen(seen)).toEqual(['h264', 'h264'])
  expect(packetsSeen(seen, 0)).toEqual(packetsOf(a))
  expect(packetsSeen(seen, 1)).toEqual(packetsOf(b))
})

test.skipIf(!available)('ManyTracksManyCodecs: H.264 and HEVC in each message', async () => {
  const a = only(await framesOf('gst-enhanced-h264-aac.flv'), 'video')
  const b = onTrack(only(await framesOf('gst-multitrack0-hevc-aac.flv'), 'video'), 1)
  const seen = await probe(joined(a, b))
  expect(codecsSeen(seen)).toEqual(['h264', 'hevc'])
  expect(packetsSeen(seen, 0)).toEqual(packetsOf(a))
  expect(packetsSeen(seen, 1)).toEqual(packetsOf(b))
})

/** Other light levels than the sample's own bitstream has. */
const HDR10: ColorInfo = {
  colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16, matrixCoefficients: 9 },
  hdrCll: { maxFall: 321, maxCLL: 1234 },
  hdrMdcv: {
    redX: 0.68,
    redY: 0.32,
    greenX: 0.265,
    greenY: 0.69,
    blueX: 0.15,
    blueY: 0.06,
    whitePointX: 0.3127,
    whitePointY: 0.329,
    maxLuminance: 900,
    minLuminance: 0.0001,
  },
}

test.skipIf(!available)('HDR metadata reaches the stream', async () => {
  const video = only(await framesOf('hevc-hdr10-aac.flv'), 'video')
  const frames = video.map((frame) =>
    frame.type === 'metadata' ? { ...frame, payload: encodeColorInfo(HDR10) } : frame,
  )
  const seen = await probe(enhanced(frames))
  expect(packetsSeen(seen, 0)).toEqual(packetsOf(video))
  expect(seen.streams[0]).toMatchObject({
    color_primaries: 'bt2020',
    color_transfer: 'smpte2084',
    color_space: 'bt2020nc',
  })
  const sideData = seen.streams[0]?.['side_data_list'] as readonly Record<string, unknown>[]
  const light = sideData.find(({ side_data_type }) => side_data_type === 'Content light level metadata')
  expect(light).toMatchObject({ max_content: 1234, max_average: 321 })
  const display = sideData.find(({ side_data_type }) => side_data_type === 'Mastering display metadata')
  const ratio = (value: unknown): number => {
    const [numerator, denominator] = String(value).split('/').map(Number)
    return (numerator ?? 0) / (denominator ?? 1)
  }
  expect(ratio(display?.['red_x'])).toBeCloseTo(0.68, 3)
  expect(ratio(display?.['white_point_y'])).toBeCloseTo(0.329, 3)
  expect(ratio(display?.['max_luminance'])).toBeCloseTo(900, 0)
  expect(ratio(display?.['min_luminance'])).toBeCloseTo(0.0001, 4)
})

test.skipIf(!available)(
  'ModEx: nanoseconds, unknown types, long sizes and chains leave the packets alone',
  async () => {
    const frames = await framesOf('hevc-aac.flv')
    const video = only(frames, 'video').filter(({ type }) => type !== 'metadata')
    const written = video.map((frame, i): Written => {
      if (i % 3 === 0) return message(frame, fromMediaFrame({ ...frame, nanoOffset: 500_000 }))
      const decoded = decodeVideoMessage(fromMediaFrame(frame)) as ExVideoMessage
      const data = new Uint8Array(i % 3 === 1 ? 5 : 300)
      const entry = { type: 9, data }
      return message(frame, encodeVideoMessage({ ...decoded, modEx: i % 3 === 1 ? [entry] : [entry, entry] }))
    })
    const seen = await probe(written)
    expect(codecsSeen(seen)).toEqual(['hevc'])
    expect(packetsSeen(seen, 0)).toEqual(packetsOf(video))
  },
)

test.skipIf(!available)('VVC: the codec, the record and the packets', async () => {
  // No program here encodes VVC, so these access units hold a delimiter only and are not parsed.
  const common = { kind: 'video', trackId: 0, codec: 'vvc', nanoOffset: 0, form: 'enhanced' } as const
  const record = Uint8Array.of(0xfe, 0)
  const header = {
    ...common,
    type: 'sequenceHeader',
    dts: 0,
    pts: 0,
    keyFrame: false,
    payload: record,
  } as const
  const coded = [0, 120, 80, 200, 160].map((pts, i): MediaFrame => {
    const payload = Uint8Array.of(0, 0, 0, 3, 0, 0xa1, 0x88 + i)
    const keyFrame = i === 0
    return {
      ...common,
      type: 'coded',
      dts: i * 40,
      pts,
      keyFrame,
      payload,
      headerByte: keyFrame ? 0x90 : 0xa0,
    }
  })
  const frames = [{ ...header, headerByte: 0x90 }, ...coded]
  const seen = await probe(enhanced(frames), ['-fflags', 'noparse'], /unspecified size/)
  expect(codecsSeen(seen)).toEqual(['vvc'])
  expect(seen.streams[0]).toMatchObject({ extradata_size: 2 })
  expect(packetsSeen(seen, 0)).toEqual(packetsOf(frames))
})

test.skipIf(!available)('channel layouts reach the stream', async () => {
  const frames = only(await framesOf('audio-opus51-flac-aac.flv'), 'audio')
  const withConfig = frames.map((frame) =>
    frame.type === 'multichannelConfig'
      ? {
          ...frame,
          payload: encodeMultichannelConfig({
            channelOrder: 'custom',
            channelCount: 6,
            channels: [0, 2, 1, 4, 5, 3],
          }),
        }
      : frame,
  )
  const seen = await probe(enhanced(withConfig))
  expect(seen.streams[0]).toMatchObject({ codec_name: 'opus', channels: 6 })
  expect(packetsSeen(seen, 0)).toEqual(packetsOf(frames))
})

test.skipIf(!available)('audio tracks on their ids, in any order in time', async () => {
  const frames = await framesOf('audio-opus51-flac-aac.flv')
  const seen = await probe(enhanced(byTime(frames), true))
  expect(codecsSeen(seen)).toEqual(['opus', 'flac', 'aac'])
  for (const trackId of [0, 1, 2]) {
    expect(packetsSeen(seen, trackId)).toEqual(packetsOf(only(frames, 'audio', trackId)))
  }
})

test.skipIf(!available)(
  'VVC: the record and frame that FFmpeg wrote, taken apart and written again',
  async () => {
    const vectors = await readRepoJson<{ name: string; hex: string }[]>('vectors/ertmp/captured.json')
    const written = vectors.filter(({ name }) => name.startsWith('video vvc')).map(({ hex }) => fromHex(hex))
    const [header, coded] = written.map((payload) => toMediaFrames('video', 0, payload)[0] as MediaFrame)
    if (header === undefined || coded === undefined) throw new Error('no vectors of VVC')
    const record = encodeVvcConfig(decodeVvcConfig(header.payload))
    const frames = [
      { ...header, payload: record },
      coded,
      { ...coded, dts: 40, pts: 120 },
      { ...coded, dts: 80, pts: 80 },
    ]
    const seen = await probe(enhanced(frames), [], /(^$|vvc)/)
    expect(seen.streams).toMatchObject([{ codec_name: 'vvc', width: 128, height: 128 }])
    expect(packetsSeen(seen, 0)).toEqual(packetsOf(frames))
  },
)

test.skipIf(!available).each(['hevc-aac.flv', 'av1-opus.flv', 'vp9-opus.flv'])(
  '%s, indexed: FFmpeg seeks by the index to the key frame we say',
  async (name) => {
    const indexed = indexFlv(await readRepoFile(`media/${name}`), flvRules)
    const path = join(folder, `indexed-${name}`)
    await writeFile(path, indexed)
    const { keyframes } = readFlvFile(indexed, flvRules).facts
    const seconds = keyframes.times.at(-1) ?? 0
    expect(keyframes.times.length).toBeGreaterThan(1)
    const show = ['-select_streams', 'v', '-show_entries', 'packet=dts_time,flags,pos', '-of', 'json']
    const { stdout } = await run(newer, [
      'ffprobe',
      '-v',
      'error',
      '-read_intervals',
      `${seconds}%+#1`,
      ...show,
      path,
    ])
    const [packet] = (JSON.parse(stdout) as { packets: { dts_time: string; flags: string; pos: string }[] })
      .packets
    expect(packet?.flags.startsWith('K')).toBe(true)
    expect(Number(packet?.pos)).toBe(keyframes.filePositions.at(-1))
  },
)
