import type { MediaFrame } from '@rtmp/e-rtmp'
import { encodeColorInfo } from '@rtmp/e-rtmp'
import { isUsageError } from '@rtmp/bytes'
import { fromHex, readRepoJson, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import {
  type CmafPiece,
  CmafWriter,
  type CmafWriterOptions,
  describeTrack,
  type InitPiece,
} from '../src/index.ts'
import { boxesAt, readBoxes, readSamples } from './support/read-mp4.ts'
import { codedOf, cutEvery, framesOf, joined } from './support/stream.ts'

const video = await framesOf('h264-aac').then((frames) => frames.filter(({ kind }) => kind === 'video'))
const header = video.find(({ type }) => type === 'sequenceHeader') as MediaFrame
const pictures = codedOf(video, 'video', 0)

const at = (frame: MediaFrame, dts: number, offset = 0): MediaFrame => ({ ...frame, dts, pts: dts + offset })
const picture = (dts: number, offset = 0): MediaFrame => at(pictures[0] as MediaFrame, dts, offset)

/** Decode and presentation times of what is written, each fragment by itself. */
const times = (frames: readonly MediaFrame[], options: CmafWriterOptions = {}, count = 1): number[][] =>
  readSamples(joined(cutEvery(count, frames, new CmafWriter(options)))).map(({ decodeTime, offset }) => [
    decodeTime,
    decodeTime + offset,
  ])

const kinds = (pieces: readonly CmafPiece[]): string[] => pieces.map(({ kind }) => kind)

describe('time', () => {
  test('goes on where 32-bit timestamps begin anew, however it is cut', () => {
    const frames = [header, picture(0xffffffe0, 80), picture(0xfffffff8), picture(0x10, 40), picture(0x38)]
    const wanted = [
      [0xffffffe0, 0xffffffe0 + 80],
      [0xfffffff8, 0xfffffff8],
      [0x1_0000_0010, 0x1_0000_0010 + 40],
      [0x1_0000_0038, 0x1_0000_0038],
    ]
    expect(times(frames)).toEqual(wanted)
    expect(times(frames, {}, 100)).toEqual(wanted)
  })

  test('is one for all tracks: sound before the wrap and pictures behind it stand side by side', async () => {
    const audio = (await framesOf('h264-aac')).filter(({ kind }) => kind === 'audio')
    const sounds = codedOf(audio, 'audio', 0)
    const frames = [
      header,
      audio.find(({ type }) => type === 'sequenceHeader') as MediaFrame,
      at(sounds[0] as MediaFrame, 0xfffffff0),
      picture(0x08),
      at(sounds[1] as MediaFrame, 0x05),
    ]
    expect(times(frames, {}, 100)).toEqual([
      [0x1_0000_0008, 0x1_0000_0008],
      [0xfffffff0, 0xfffffff0],
      [0x1_0000_0005, 0x1_0000_0005],
    ])
  })

  test('takes times that are unwrapped already', () => {
    expect(times([header, picture(2 ** 40), picture(2 ** 40 + 40)])).toEqual([
      [2 ** 40, 2 ** 40],
      [2 ** 40 + 40, 2 ** 40 + 40],
    ])
  })

  test('keeps gaps', () => {
    expect(times([header, picture(0), picture(40), picture(60_040)], {}, 100)).toEqual([
      [0, 0],
      [40, 40],
      [60_040, 60_040],
    ])
  })

  test('keeps gaps that are longer than a duration can be', () => {
    const frames = [header, picture(0), picture(5_000_000), picture(5_000_040)]
    const pieces = cutEvery(100, frames, new CmafWriter({ timescale: 1_000_000 }))
    expect(kinds(pieces)).toEqual(['init', 'fragment', 'fragment'])
    expect(readSamples(joined(pieces)).map(({ decodeTime }) => decodeTime)).toEqual([0, 5e9, 5.00004e9])
  })

  test('keeps negative composition offsets, and equal decode times', () => {
    expect(
      times([header, picture(100, -60), picture(100, 40), picture(100, 0), picture(140, 0)], {}, 100),
    ).toEqual([
      [100, 40],
      [100, 140],
      [100, 100],
      [140, 140],
    ])
  })

  test('that goes back a little is decoded with the frame before, and shown when it says', () => {
    const frames = [header, picture(100), picture(90), picture(95, 40), picture(130)]
    const wanted = [
      [100, 100],
      [100, 90],
      [100, 135],
      [130, 130],
    ]
    expect(times(frames)).toEqual(wanted)
    expect(times(frames, {}, 100)).toEqual(wanted)
  })

  test('of sound that goes back a little is heard as it is decoded', async () => {
    const audio = (await framesOf('h264-aac')).filter(({ kind }) => kind === 'audio')
    const [first, second, third] = codedOf(audio, 'audio', 0) as [MediaFrame, MediaFrame, MediaFrame]
    expect(times([audio[0] as MediaFrame, at(first, 100), at(second, 99), at(third, 140)])).toEqual([
      [100, 100],
      [100, 100],
      [140, 140],
    ])
  })

  test('that goes back far begins a fragment of its own, with the time it says', () => {
    const writer = new CmafWriter()
    const pieces = cutEvery(100, [header, picture(50_000), picture(50_040), picture(0), picture(40)], writer)
    expect(kinds(pieces)).toEqual(['init', 'fragment', 'fragment'])
    expect(readSamples(joined(pieces)).map(({ decodeTime }) => decodeTime)).toEqual([50_000, 50_040, 0, 40])
  })

  test('in microseconds keeps the nanoseconds of E-RTMP', () => {
    const frames = [header, { ...picture(40, 80), nanoOffset: 500_250 }]
    const [sample] = readSamples(joined(cutEvery(1, frames, new CmafWriter({ timescale: 1_000_000 }))))
    expect(sample?.decodeTime).toBe(40_000)
    expect(sample?.offset).toBe(80_500)
  })

  test('wants a timescale of whole milliseconds', () => {
    for (const timescale of [0, 999, 1500, 2_000_000_000, Number.NaN]) {
      let thrown: unknown
      try {
        new CmafWriter({ timescale })
      } catch (error) {
        thrown = error
      }
      expect(isUsageError(thrown)).toBe(true)
    }
  })
})

describe('durations', () => {
  const lasts = (frames: readonly MediaFrame[], options: CmafWriterOptions = {}): number[] =>
    readSamples(joined(cutEvery(1, frames, new CmafWriter(options)))).map(({ duration }) => duration)

  test('of a picture alone: as its headers say, then as the last one came', () => {
    expect(lasts([header, picture(0), picture(33), picture(66), picture(166)])).toEqual([40, 33, 33, 100])
  })

  test('are exact when the last frame is held until the next has come', () => {
    const frames = [header, picture(0), picture(33), picture(133), picture(166)]
    expect(lasts(frames, { holdLast: true })).toEqual([33, 100, 33, 33])
    const writer = new CmafWriter({ holdLast: true })
    writer.push(header)
    writer.push(picture(0))
    expect(writer.take()).toEqual([])
    writer.push(picture(40))
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
    expect(writer.hasPending).toBe(true)
    expect(kinds(writer.finish())).toEqual(['fragment'])
    expect(writer.hasPending).toBe(false)
  })
})

describe('headers', () => {
  test('that have not come yet: frames are dropped and counted', () => {
    const writer = new CmafWriter()
    writer.push(picture(0))
    writer.push(picture(40))
    expect(writer.take()).toEqual([])
    expect(writer.dropped.beforeHeader).toBe(2)
    writer.push(header)
    writer.push(picture(80))
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
  })

  test('that come again unchanged make no new init segment; one that differs makes one, behind what was pending', async () => {
    const other = (await framesOf('h264-aac-nobframes')).find(
      ({ kind, type }) => kind === 'video' && type === 'sequenceHeader',
    ) as MediaFrame
    const writer = new CmafWriter()
    for (const frame of [header, picture(0), header, picture(40), other, picture(80), header, picture(120)]) {
      writer.push(frame)
    }
    const pieces = writer.take()
    expect(kinds(pieces)).toEqual(['init', 'fragment', 'init', 'fragment', 'init', 'fragment'])
    const counts = pieces.map((piece) => (piece.kind === 'fragment' ? piece.tracks[0]?.samples : 0))
    expect(counts).toEqual([0, 2, 0, 1, 0, 1])
    const entries = pieces.flatMap((piece) =>
      piece.kind === 'init' ? [piece.tracks[0]?.config.sampleEntry] : [],
    )
    expect(entries[0]).toEqual(entries[2])
    expect(entries[0]).not.toEqual(entries[1])
  })

  test('that are broken are told, and the old one stays', () => {
    const faults: string[] = []
    const writer = new CmafWriter({ onFault: ({ code }) => faults.push(code) })
    for (const frame of [
      header,
      picture(0),
      { ...header, payload: header.payload.subarray(0, 9) },
      picture(40),
    ]) {
      writer.push(frame)
    }
    expect(faults).toEqual(['TRUNCATED'])
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
  })

  test('of another codec on the same track make a new init segment', async () => {
    const hevc = (await framesOf('hevc-aac')).filter(({ kind }) => kind === 'video')
    const pieces = cutEvery(
      1000,
      [header, picture(0), ...hevc.map((frame) => at(frame, frame.dts + 5000))],
      new CmafWriter(),
    )
    expect(
      pieces.filter((piece): piece is InitPiece => piece.kind === 'init').map(({ mimeType }) => mimeType),
    ).toEqual(['video/mp4; codecs="avc1.64000d"', 'video/mp4; codecs="hvc1.1.6.L60.90"'])
  })

  test('of VVC are written with version and flags in front, whether they came so or not', async () => {
    const records = await readRepoJson<{ name: string; hex: string }[]>('vectors/ertmp/records.json')
    const record = fromHex(records.find(({ name }) => name === 'vvc-main10')?.hex ?? '')
    for (const payload of [record, Uint8Array.of(0, 0, 0, 0, ...record)]) {
      const config = describeTrack({ header: { ...header, codec: 'vvc', payload } })
      expect(config).toMatchObject({ codecString: 'vvc1.1.L0.CQA', width: 128, height: 128 })
      expect(toHex(config?.sampleEntry ?? payload)).toContain(`7676634300000000${toHex(record)}`)
    }
  })

  test('without parameter sets are of type hev1, for streams that carry them in their frames', async () => {
    const hevc = (await framesOf('hevc-aac')).filter(({ kind }) => kind === 'video')
    const whole = hevc.find(({ type }) => type === 'sequenceHeader') as MediaFrame
    // The record of x265 has VPS, SPS, PPS and SEI: keep what is before the arrays and the SPS alone.
    const arrays = whole.payload.subarray(23)
    const vps = 5 + ((arrays[3] ?? 0) << 8) + (arrays[4] ?? 0)
    const sps = 5 + ((arrays[vps + 3] ?? 0) << 8) + (arrays[vps + 4] ?? 0)
    const payload = Uint8Array.of(...whole.payload.subarray(0, 22), 1, ...arrays.subarray(vps, vps + sps))
    const writer = new CmafWriter()
    writer.push({ ...whole, payload })
    expect(writer.tracks[0]?.config.codecString).toBe('hev1.1.6.L60.90')
  })
})

describe('tracks', () => {
  test('whose codec has no place in MP4 are told once and counted', async () => {
    const faults: string[] = []
    const writer = new CmafWriter({ onFault: ({ message }) => faults.push(message) })
    const pieces = cutEvery(1, await framesOf('legacy-flashsv-pcm'), writer)
    expect(pieces).toEqual([])
    expect(faults.length).toBe(2)
    expect(faults[0]).toContain('Screen video has no place in fragmented MP4')
    expect(writer.dropped.unsupported).toBe(32)
  })

  test('that are new in mid-stream come with a new init segment', async () => {
    const audio = (await framesOf('h264-aac')).filter(({ kind }) => kind === 'audio')
    const pieces = cutEvery(1, [header, picture(0), picture(40), ...audio.slice(0, 2)], new CmafWriter())
    expect(kinds(pieces)).toEqual(['init', 'fragment', 'fragment', 'init', 'fragment'])
    expect((pieces[3] as InitPiece).tracks.map(({ id }) => id)).toEqual([1, 2])
  })

  test('that are announced are waited for, not for ever', async () => {
    const audio = (await framesOf('h264-aac')).filter(({ kind }) => kind === 'audio')
    const sequenceHeader = audio.find(({ type }) => type === 'sequenceHeader') as MediaFrame
    const writer = new CmafWriter({ patience: 500 })
    for (const frame of [header, sequenceHeader, picture(0), picture(499)]) {
      writer.push(frame)
      expect(writer.take()).toEqual([])
    }
    writer.push(picture(500))
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
    const other = new CmafWriter({ expect: [{ kind: 'audio', trackId: 3 }] })
    other.push(header)
    other.push(picture(0))
    expect(other.take()).toEqual([])
    expect(kinds(other.finish())).toEqual(['init', 'fragment'])
  })

  test('of sound without records follow their frames: another rate is another init segment', async () => {
    const sounds = codedOf(await framesOf('h264-mp3'), 'audio', 0)
    // The same frames, said to be of 48 kHz.
    const faster = sounds.slice(0, 3).map((frame) => {
      const payload = frame.payload.slice()
      payload[2] = ((payload[2] ?? 0) & ~0x0c) | 0x04
      return { ...frame, payload }
    })
    const writer = new CmafWriter()
    const pieces = cutEvery(100, [...sounds.slice(0, 3), ...faster], writer)
    expect(kinds(pieces)).toEqual(['init', 'fragment', 'init', 'fragment'])
    expect(writer.tracks[0]?.config.sampleRate).toBe(48_000)
    writer.push({ ...(sounds[0] as MediaFrame), payload: Uint8Array.of(1, 2, 3) })
    expect(writer.dropped.broken).toBe(1)
  })

  test('without any frame of data, and without a frame at all, write nothing', () => {
    const writer = new CmafWriter()
    writer.push(header)
    writer.push({ ...picture(0), payload: new Uint8Array(0) })
    expect(writer.finish()).toEqual([])
    expect(writer.dropped.empty).toBe(1)
  })

  test('that have fallen silent hold nothing back when another header comes', async () => {
    const frames = await framesOf('h264-aac')
    const sequenceHeader = frames.find(({ kind, type }) => kind === 'audio' && type === 'sequenceHeader')
    const other = (await framesOf('h264-aac-nobframes')).find(
      ({ kind, type }) => kind === 'video' && type === 'sequenceHeader',
    )
    const writer = new CmafWriter()
    for (const frame of [header, sequenceHeader, picture(0), codedOf(frames, 'audio', 0)[0]]) {
      writer.push(frame as MediaFrame)
    }
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
    writer.push(other as MediaFrame)
    writer.push(picture(40))
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
  })

  test('are chosen by kind and number', async () => {
    const frames = await framesOf('multitrack-h264x2-aacx2')
    const writer = new CmafWriter({ accept: ({ kind, trackId }) => kind === 'video' && trackId === 1 })
    const pieces = cutEvery(20, frames, writer)
    expect(
      (pieces[0] as InitPiece).tracks.map(({ trackId, config }) => [trackId, config.width, config.height]),
    ).toEqual([[1, 160, 90]])
    expect(readSamples(joined(pieces)).length).toBe(codedOf(frames, 'video', 1).length)
  })
})

describe('what is told of fragments', () => {
  test('where they begin and end, and whether decoding can start there', () => {
    const writer = new CmafWriter()
    cutEvery(1000, video, writer)
    const pieces: CmafPiece[] = []
    const again = new CmafWriter()
    for (const frame of video) {
      if (frame.keyFrame) pieces.push(...again.take())
      again.push(frame)
    }
    pieces.push(...again.finish())
    const fragments = pieces.flatMap((piece) => (piece.kind === 'fragment' ? [piece] : []))
    expect(
      fragments.map(({ start, end, independent, sequenceNumber }) => [
        start,
        end,
        independent,
        sequenceNumber,
      ]),
    ).toEqual([
      [0, 1000, true, 1],
      [1000, 2000, true, 2],
      [2000, 3000, true, 3],
      [3000, 4000, true, 4],
    ])
    for (const { slices, byteLength } of fragments) {
      expect(slices.reduce((sum, { length }) => sum + length, 0)).toBe(byteLength)
    }
    const dependent = new CmafWriter()
    dependent.push(header)
    dependent.push(pictures[1] as MediaFrame)
    expect(dependent.take().at(-1)).toMatchObject({ kind: 'fragment', independent: false })
  })
})

describe('colour', () => {
  const colour = (payload: Uint8Array, codec = 'h264'): MediaFrame => ({
    ...header,
    type: 'metadata',
    codec,
    payload,
  })
  const hdr = encodeColorInfo({
    colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16, matrixCoefficients: 9 },
    hdrCll: { maxFall: 400, maxCLL: 1000 },
    hdrMdcv: {
      redX: 0.68,
      redY: 0.32,
      greenX: 0.265,
      greenY: 0.69,
      blueX: 0.15,
      blueY: 0.06,
      whitePointX: 0.3127,
      whitePointY: 0.329,
      maxLuminance: 1000,
      minLuminance: 0.0001,
    },
  })

  test('of Metadata is in the sample entry, and another one makes a new init segment', () => {
    const writer = new CmafWriter()
    for (const frame of [
      header,
      colour(hdr),
      picture(0),
      colour(hdr),
      picture(40),
      colour(encodeColorInfo(null)),
      picture(80),
    ]) {
      writer.push(frame)
    }
    const pieces = writer.take()
    expect(kinds(pieces)).toEqual(['init', 'fragment', 'init', 'fragment'])
    const entry = (piece: CmafPiece | undefined): string =>
      String.fromCharCode(...((piece as InitPiece).tracks[0]?.config.sampleEntry ?? []))
    expect(entry(pieces[0])).toContain('colrnclx\0\x09\0\x10\0\x09\0')
    // Green, blue, red, white in 0.00002; 1000 and 0.0001 cd/m²; 1000 and 400.
    expect(entry(pieces[0])).toContain(
      'mdcv\x33\xc2\x86\xc4\x1d\x4c\x0b\xb8\x84\xd0\x3e\x80\x3d\x13\x40\x42\0\x98\x96\x80\0\0\0\x01',
    )
    expect(entry(pieces[0])).toContain('clli\x03\xe8\x01\x90')
    expect(entry(pieces[2])).not.toContain('colr')
  })

  test('that comes between key frames of VP9 keeps the size that a key frame told', async () => {
    const frames = (await framesOf('vp9-opus')).filter(({ kind }) => kind === 'video')
    const writer = new CmafWriter()
    for (const frame of frames.slice(0, 10)) writer.push(frame)
    writer.push(colour(hdr, 'vp9'))
    for (const frame of frames.slice(10, 20)) writer.push(frame)
    expect(kinds(writer.take())).toEqual(['init', 'fragment', 'init', 'fragment'])
    expect(writer.tracks[0]?.config).toMatchObject({ width: 320, height: 180 })
    expect(writer.dropped.beforeHeader).toBe(0)
  })

  test('that says nothing which MP4 can say makes no new init segment', () => {
    const writer = new CmafWriter()
    for (const frame of [
      header,
      picture(0),
      colour(encodeColorInfo({ colorConfig: { bitDepth: 8 } })),
      picture(40),
    ]) {
      writer.push(frame)
    }
    expect(kinds(writer.take())).toEqual(['init', 'fragment'])
  })

  test('of another codec without a track number goes to the track of that codec', async () => {
    const frames = await framesOf('multitrack-h264-hevc-aac-opus')
    const writer = new CmafWriter()
    for (const frame of frames) {
      writer.push(frame.type === 'metadata' ? { ...frame, payload: hdr } : frame)
    }
    const coloured = writer.tracks.map(({ config }) =>
      new TextDecoder('latin1').decode(config.sampleEntry).includes('colr'),
    )
    expect(coloured).toEqual([false, false, true, false])
  })
})

describe('the file', () => {
  test('has an edit list only when asked for one', () => {
    const list = (options: CmafWriterOptions): number[] => {
      const [init] = cutEvery(1, video, new CmafWriter(options))
      const found = boxesAt(readBoxes((init as InitPiece).bytes), 'moov/trak/edts/elst')
      return found.map(({ content }) => new DataView(content.buffer, content.byteOffset).getUint32(20))
    }
    expect(list({})).toEqual([])
    expect(list({ presentFrom: 12_345 })).toEqual([12_345])
    expect(list({ presentFrom: 12_345, timescale: 90_000 })).toEqual([1_111_050])
    expect(list({ presentFrom: 'first' })).toEqual([(pictures[0] as MediaFrame).pts])
  })

  test('has the time of production before a fragment, as NTP and as media time', () => {
    const writer = new CmafWriter()
    writer.push(header)
    writer.push(picture(40, 80))
    const fragment = writer.take({ producedAt: 1500, segmentStart: true })[1]
    const boxes = readBoxes(joined(fragment === undefined ? [] : [fragment]))
    expect(boxes.map(({ type }) => type)).toEqual(['styp', 'prft', 'moof', 'mdat'])
    const view = new DataView(boxes[1]?.content.slice().buffer ?? new ArrayBuffer(0))
    expect(view.getUint32(4)).toBe(1)
    expect(view.getUint32(8)).toBe(2_208_988_801)
    expect(view.getUint32(12)).toBe(0x80000000)
    expect(view.getBigUint64(16)).toBe(120n)
  })
})
