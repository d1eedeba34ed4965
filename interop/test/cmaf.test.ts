// Fragmented MP4 as @rtmp/cmaf writes it, read by FFmpeg and GStreamer: times, sizes and hashes of the source, and the
// configurations that FFmpeg itself writes. Chromium and mp4box.js: packages/cmaf/test.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { CmafWriter, type CmafWriterOptions, type TakeOptions } from '@rtmp/cmaf'
import { encodeColorInfo, type MediaFrame, toMediaFrames } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { describe, expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer } from '../src/clients/gstreamer.ts'
import { mediaFile, repositoryFile } from '../src/media.ts'
import { type Packet, SHOW_TRACKS, type Track, tracksShown } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { crcOf, MODERN_SAMPLES, packetOf, tracksOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'

const framesOf = async (name: string): Promise<MediaFrame[]> =>
  decodeFlv(await readFile(mediaFile(`${name}.flv`))).flatMap(({ typeId, timestamp, payload }) => {
    if (typeId === TagType.video) return toMediaFrames('video', timestamp, payload)
    return typeId === TagType.audio ? toMediaFrames('audio', timestamp, payload) : []
  })

/** How a stream is cut. */
interface Cut {
  readonly options?: CmafWriterOptions
  readonly take?: TakeOptions
  /** Frames in a fragment. */
  readonly count?: number
}

/** Writes frames into a file, cut behind every so many; the first init segment only, as FFmpeg reads one. */
const writeMp4 = async (file: string, frames: readonly MediaFrame[], cut: Cut = {}): Promise<void> => {
  const writer = new CmafWriter({ expect: [{ kind: 'audio' }], ...cut.options })
  const pieces = frames.flatMap((frame, i) => {
    writer.push(frame)
    return i % (cut.count ?? 1) === 0 ? writer.take(cut.take) : []
  })
  pieces.push(...writer.finish(cut.take))
  await writeFile(
    file,
    pieces.flatMap((piece) => (piece.kind === 'init' ? [piece.bytes] : piece.slices)),
  )
}

const read = async (reader: Ffmpeg, file: string): Promise<readonly Track[]> => {
  const { status, stdout, stderr } = await reader.probe([...SHOW_TRACKS, file], 30_000)
  expect(stderr.replace(/.*Found duplicated MOOV Atom\. Skipped it\n/g, '')).toBe('')
  expect(status).toBe(0)
  return tracksShown(stdout)
}

/** Codecs whose configuration FFmpeg keeps as RTMP carries it. */
const KEEPS_RECORD = new Set(['h264', 'hevc', 'aac'])

for (const reader of [ffmpeg, newerFfmpeg]) {
  describeWith([reader], `${reader.name} reads fragmented MP4`, () => {
    test.each(MODERN_SAMPLES)('%s, one frame a fragment and a second a fragment', async (name) => {
      const scratch = await Scratch.make()
      const file = scratch.file('out.mp4')
      const frames = await framesOf(name)
      const source = tracksOf(frames)
      for (const count of [1, 75]) {
        await writeMp4(file, frames, { count })
        const found = await read(reader, file)
        expect(found.map(({ codec }) => codec)).toEqual(source.map(([first]) => first?.codec))
        for (const [i, track] of found.entries()) {
          expect(track.packets).toEqual(source[i]?.map(packetOf))
          const header = frames.find(
            ({ type, kind, trackId }) =>
              type === 'sequenceHeader' && kind === track.kind && trackId === source[i]?.[0]?.trackId,
          )
          if (KEEPS_RECORD.has(track.codec)) {
            expect(track.configuration).toBe(crcOf(header?.payload ?? new Uint8Array(0)))
          }
        }
      }
      await scratch.remove()
    })

    test.each(MODERN_SAMPLES)('%s is decoded without a complaint', async (name) => {
      const scratch = await Scratch.make()
      const file = scratch.file('out.mp4')
      await writeMp4(file, await framesOf(name))
      const { status, stderr } = await reader.run(args`-i ${file} -map 0 -f null -`, 60_000).ended
      // The colour that Metadata tells comes behind the first sound: it makes a second init segment, which FFmpeg skips.
      expect(stderr.replace(/.*Found duplicated MOOV Atom\. Skipped it\n/g, '')).toBe('')
      expect(status).toBe(0)
      await scratch.remove()
    })

    test('times far from 0, and an edit list that brings them there', async () => {
      const scratch = await Scratch.make()
      const file = scratch.file('out.mp4')
      const hours = 30 * 86_400_000
      const frames = (await framesOf('h264-aac')).map((frame) => ({
        ...frame,
        dts: frame.dts + hours,
        pts: frame.pts + hours,
      }))
      await writeMp4(file, frames)
      const [video] = await read(reader, file)
      expect(video?.packets).toEqual(tracksOf(frames)[0]?.map(packetOf))
      const first = Math.min(...tracksOf(frames).flatMap((track) => track.map(({ pts }) => pts)))
      await writeMp4(file, frames, { options: { presentFrom: first } })
      const moved = await read(reader, file)
      expect(moved.map(({ packets }) => packets.map(({ pts }) => pts))).toEqual(
        tracksOf(frames).map((track) => track.map(({ pts }) => pts - first)),
      )
      await scratch.remove()
    })

    test('gaps, equal decode times, and pictures shown before they are decoded', async () => {
      const scratch = await Scratch.make()
      const file = scratch.file('out.mp4')
      const frames = (await framesOf('h264-aac-nobframes')).filter(({ kind }) => kind === 'video')
      const odd = frames.map((frame, i) => {
        const dts = frame.dts + 1000 + (i > 50 ? 100_000 : 0) - (i % 5 === 0 ? 40 : 0)
        return { ...frame, dts, pts: frame.type === 'coded' ? dts + (i % 3) * 40 - 40 : dts }
      })
      await writeMp4(file, odd)
      const [video] = await read(reader, file)
      // FFmpeg adds the most negative offset of a track to all its presentation times, whoever wrote the file.
      const late = (packet: Packet): Packet => ({ ...packet, pts: packet.pts + 40 })
      expect(video?.packets).toEqual(tracksOf(odd)[0]?.map(packetOf).map(late))
      await scratch.remove()
    })
  })
}

/** Boxes of a file by name, wherever they stand: found by their names, since only ours and FFmpeg's files are looked at. */
const boxNamed = (file: Uint8Array, name: string): Uint8Array | undefined => {
  const at = Buffer.from(file).indexOf(name, 0, 'latin1')
  if (at < 4) return undefined
  return file.subarray(at - 4, at - 4 + new DataView(file.buffer, file.byteOffset).getUint32(at - 4))
}

describeWith([newerFfmpeg], 'what FFmpeg itself writes', () => {
  // Not vpcC: there FFmpeg writes the colour that its decoder guessed.
  test.each([
    ['h264-aac', ['avcC']],
    ['hevc-aac', ['hvcC']],
    ['av1-opus', ['av1C', 'dOps']],
    ['h264-flac', ['dfLa']],
    ['h264-ac3', ['dac3']],
    ['h264-eac3', ['dec3']],
  ] as const)('%s has the same boxes of configuration: %j', async (name, boxes) => {
    const scratch = await Scratch.make()
    const ours = scratch.file('ours.mp4')
    const theirs = scratch.file('theirs.mp4')
    await writeMp4(ours, await framesOf(name))
    const { stderr } = await newerFfmpeg.run(
      args`-i ${mediaFile(`${name}.flv`)} -c copy -strict -2 ${theirs}`,
      30_000,
    ).ended
    expect(stderr).toBe('')
    for (const box of boxes) {
      const found = boxNamed(await readFile(ours), box)
      expect(found?.length).toBeGreaterThan(8)
      expect(found).toEqual(boxNamed(await readFile(theirs), box))
    }
    await scratch.remove()
  })

  test('reads the record and the packets of VVC', async () => {
    // No program here encodes VVC, so these access units hold a delimiter only.
    const records = JSON.parse(await readFile(repositoryFile('vectors/ertmp/records.json'), 'utf8')) as {
      readonly name: string
      readonly hex: string
    }[]
    const record = Buffer.from(records.find(({ name }) => name === 'vvc-main10')?.hex ?? '', 'hex')
    const [first] = (await framesOf('hevc-aac')).filter(({ kind }) => kind === 'video')
    const vvc = { ...(first as MediaFrame), codec: 'vvc' }
    const coded = [0, 120, 80, 200, 160].map((pts, i): MediaFrame => {
      const payload = Uint8Array.of(0, 0, 0, 3, 0, 0xa1, 0x88 + i)
      return { ...vvc, type: 'coded', dts: i * 40, pts, keyFrame: i === 0, payload }
    })
    const scratch = await Scratch.make()
    const file = scratch.file('out.mp4')
    await writeMp4(file, [{ ...vvc, payload: record }, ...coded])
    const { stdout } = await newerFfmpeg.probe(['-fflags', 'noparse', ...SHOW_TRACKS, file])
    const [track] = tracksShown(stdout)
    expect(track).toMatchObject({
      codec: 'vvc',
      // Version and flags are the box's: FFmpeg takes them off.
      configuration: crcOf(record),
    })
    expect(track?.packets).toEqual(coded.map(packetOf))
    await scratch.remove()
  })

  test('reads the colour and light that Metadata tells', async () => {
    const scratch = await Scratch.make()
    const file = scratch.file('out.mp4')
    const payload = encodeColorInfo({
      colorConfig: { colorPrimaries: 9, transferCharacteristics: 18, matrixCoefficients: 9 },
      hdrCll: { maxCLL: 1234, maxFall: 321 },
      hdrMdcv: {
        redX: 0.68,
        redY: 0.32,
        greenX: 0.265,
        greenY: 0.69,
        maxLuminance: 1500,
        minLuminance: 0.01,
      },
    })
    const frames = (await framesOf('av1-opus')).map((frame) =>
      frame.type === 'metadata' ? { ...frame, payload } : frame,
    )
    await writeMp4(file, frames)
    const { stdout } = await newerFfmpeg.probe(args`-show_streams -of json ${file}`)
    const [video] = (JSON.parse(stdout) as { streams: readonly Record<string, unknown>[] }).streams
    expect(video).toMatchObject({
      color_transfer: 'arib-std-b67',
      color_primaries: 'bt2020',
      color_space: 'bt2020nc',
    })
    expect(video?.['side_data_list']).toMatchObject([
      { side_data_type: 'Mastering display metadata', red_x: '34000/50000', max_luminance: '15000000/10000' },
      { side_data_type: 'Content light level metadata', max_content: 1234, max_average: 321 },
    ])
    await scratch.remove()
  })
})

describeWith([gstreamer], 'GStreamer reads fragmented MP4', () => {
  test.each(MODERN_SAMPLES)('%s', async (name) => {
    const scratch = await Scratch.make()
    const file = scratch.file('out.mp4')
    const frames = await framesOf(name)
    const counts = { audio: 0, video: 0 }
    for (const track of tracksOf(frames)) {
      const kind = track[0]?.kind ?? 'video'
      // One track a file: qtdemux numbers its pads by kind, in the order of the tracks.
      await writeMp4(file, frames)
      const pad = `d.${kind}_${counts[kind]++}`
      const { stdout, stderr, status } = await gstreamer.run(
        args`filesrc location=${file} ! qtdemux name=d ${pad} ! queue ! checksumsink hash=md5 sync=false`,
        30_000,
      ).ended
      expect([status, stderr]).toEqual([0, ''])
      const found = [...stdout.matchAll(/^(\d+):(\d\d):(\d\d)\.(\d{3})\d{6} ([0-9a-f]{32})$/gm)].map(
        ([, h, m, s, ms, md5]) => [((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000 + Number(ms), md5],
      )
      expect(found).toEqual(
        track.map(({ pts, payload }) => [pts, createHash('md5').update(payload).digest('hex')]),
      )
    }
    await scratch.remove()
  })
})

describe('the list of samples', () => {
  test('names files that are there', async () => {
    for (const name of MODERN_SAMPLES) expect((await framesOf(name)).length).toBeGreaterThan(0)
  })
})
