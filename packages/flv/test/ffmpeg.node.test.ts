// What we write, FFmpeg reads: without a word on its error output, and with the same packets. Skipped, and says so,
// where there is no FFmpeg.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRepoFile } from '@rtmp/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeFlv,
  encodeAacPacket,
  encodeAvcPacket,
  type FlvTag,
  type FlvTagInit,
  isKeyFrame,
  isSequenceHeaderTag,
  TagType,
} from '../src/index.ts'
import {
  annexBNalUnits,
  avcConfigFromParameterSets,
  encodeAacConfig,
  encodeAvcConfig,
  isAvcIdr,
  isAvcParameterSet,
  joinNalUnits,
} from '../src/codec.ts'
import { concatFlv, appendFlv, indexFlv, readFlvFile, seekFlv } from '../src/file.ts'
import { addSetDataFrame, encodeMetadata, encodeScriptData } from '../src/script.ts'
import { fileOf } from './tags.ts'

// Programs take their time on a busy machine.

const FFMPEG = 'ffmpeg'
const version = ((): string | undefined => {
  try {
    return execFileSync(FFMPEG, ['-version'], { encoding: 'utf8' }).split('\n')[0]
  } catch {
    return undefined
  }
})()
if (version === undefined) console.log('FFmpeg is not installed: what it makes of our files is not tested')

interface Packet {
  readonly codec_type: string
  readonly pts_time: string
  readonly dts_time: string
  readonly size: string
  readonly flags: string
}

describe.skipIf(version === undefined)(`read by ${version}`, () => {
  let folder = ''
  let movie: Uint8Array

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flv-'))
    movie = await readRepoFile('media/h264-aac.flv')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (program: string, args: readonly string[]): { out: string; err: string } => {
    const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 })
    expect(status, stderr).toBe(0)
    return { out: stdout, err: stderr }
  }

  const save = (bytes: Uint8Array): string => {
    const path = join(folder, `${Math.random().toString(36).slice(2)}.flv`)
    writeFileSync(path, bytes)
    return path
  }

  /** Decodes everything; FFmpeg must have nothing to say about it. */
  const demandClean = (path: string, ...before: string[]): void => {
    const { err } = run(FFMPEG, ['-v', 'warning', ...before, '-i', path, '-f', 'null', '-'])
    // Speex has no channel layout anywhere; that is no fault of the file.
    expect(err.replace(/^Guessed Channel Layout.*\n/m, '')).toBe('')
  }

  const packets = (path: string, ...more: string[]): Packet[] => {
    const show = ['-show_entries', 'packet=codec_type,pts_time,dts_time,size,flags']
    const { out, err } = run('ffprobe', ['-v', 'warning', ...show, '-of', 'json', ...more, path])
    // It has no name for streams of script data.
    expect(err.replace(/^Unsupported codec with id 0 .*\n/m, '')).toBe('')
    return (JSON.parse(out) as { packets: Packet[] }).packets
  }

  /** Tags as ffprobe should show them. */
  const expected = (tags: readonly FlvTagInit[]): string[] =>
    tags
      .filter(({ typeId, payload }) =>
        typeId === TagType.video ? payload[1] === 1 : typeId === TagType.audio,
      )
      .filter((tag) => !isSequenceHeaderTag(tag))
      .map(({ typeId, payload, timestamp }) => {
        const key = typeId === TagType.audio || isKeyFrame(payload)
        const header = typeId === TagType.audio ? 2 : 5
        return `${typeId === TagType.audio ? 'audio' : 'video'} ${timestamp} ${payload.length - header} ${key}`
      })

  const shown = (path: string): string[] =>
    packets(path).map(
      ({ codec_type, dts_time, size, flags }) =>
        `${codec_type} ${Math.round(Number(dts_time) * 1000)} ${size} ${flags.startsWith('K')}`,
    )

  const decoded = (bytes: Uint8Array): FlvTag[] => decodeFlv(bytes, { damaged: 'strict' })

  test('files that were indexed, concatenated and appended to', () => {
    const more = decoded(movie).slice(3)
    for (const bytes of [
      indexFlv(movie),
      indexFlv(indexFlv(movie)),
      concatFlv([movie, movie]),
      indexFlv(appendFlv(movie.subarray(0, -30), more)),
    ]) {
      const path = save(bytes)
      demandClean(path)
      expect(shown(path)).toEqual(expected(decoded(bytes)))
    }
  })

  test('our duration, and the index it seeks by', () => {
    const bytes = indexFlv(concatFlv([movie, movie, movie]))
    const path = save(bytes)
    const { out } = run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      path,
    ])
    expect(Number(out)).toBeCloseTo(readFlvFile(bytes).facts.duration / 1000, 3)
    const point = seekFlv(bytes, 7300)
    const first = packets(path, '-read_intervals', '7.3%+#1', '-select_streams', 'v')[0]
    expect(Math.round(Number(first?.dts_time) * 1000)).toBe(point?.timestamp)
    expect(first?.flags).toMatch(/^K/)
    demandClean(path, '-ss', '7.3')
  })

  test('a file built from raw streams: Annex B and AAC that FFmpeg encoded', () => {
    const h264 = join(folder, 'raw.h264')
    run(FFMPEG, [
      '-v',
      'error',
      '-i',
      save(movie),
      '-c',
      'copy',
      '-bsf:v',
      'h264_mp4toannexb',
      '-f',
      'h264',
      h264,
    ])
    const raw = new Uint8Array(readFileSync(h264))
    const units = annexBNalUnits(raw)
    const sps = units.filter((unit) => ((unit[0] as number) & 31) === 7).slice(0, 1)
    const pps = units.filter((unit) => ((unit[0] as number) & 31) === 8).slice(0, 1)
    const config = encodeAvcConfig(avcConfigFromParameterSets(sps, pps))
    const original = decoded(movie).filter((tag) => tag.typeId === TagType.video && tag.payload[1] === 1)
    expect(config).toEqual(decoded(movie)[1]?.payload.subarray(5))
    const slices = units.filter((unit) => !isAvcParameterSet(unit) && ((unit[0] as number) & 31) <= 5)
    const pictures = slices.map((slice, i): FlvTagInit => {
      const offset =
        ((original[i] as FlvTag).payload[3] as number) * 256 + ((original[i] as FlvTag).payload[4] as number)
      const payload = encodeAvcPacket(1, joinNalUnits([slice]), isAvcIdr(slice), offset)
      return { typeId: TagType.video, timestamp: i * 40, payload }
    })
    expect(pictures.length).toBe(original.length)
    const sounds = decoded(movie).filter((tag) => tag.typeId === TagType.audio && tag.payload[1] === 1)
    const aac = encodeAacConfig({ objectType: 2, sampleRate: 48000, channelConfiguration: 1 })
    const script = (payload: Uint8Array): FlvTagInit => ({ typeId: TagType.script, timestamp: 0, payload })
    const bytes = fileOf([
      script(encodeMetadata({ width: 320, height: 180, frameRate: 25, duration: 4, encoder: '@rtmp/flv' })),
      { typeId: TagType.video, timestamp: 0, payload: encodeAvcPacket(0, config) },
      { typeId: TagType.audio, timestamp: 0, payload: encodeAacPacket(0, aac) },
      ...[...pictures, ...sounds].sort((a, b) => a.timestamp - b.timestamp),
      { typeId: TagType.video, timestamp: 4080, payload: encodeAvcPacket(2, new Uint8Array(0)) },
    ])
    const path = save(bytes)
    demandClean(path)
    expect(shown(path)).toEqual(expected(decoded(bytes)))
    const { out } = run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format_tags=encoder',
      '-of',
      'csv=p=0',
      path,
    ])
    expect(out.trim()).toBe('@rtmp/flv')
  })

  test.each([
    'legacy-flv1-mp3',
    'legacy-speex',
    'legacy-nellymoser',
    'legacy-adpcm',
    'legacy-flashsv-pcm',
    'h264-mp3',
  ])('media/%s.flv, taken apart, put together and indexed', async (name) => {
    const bytes = indexFlv(await readRepoFile(`media/${name}.flv`))
    const path = save(bytes)
    demandClean(path)
    const frames = decoded(bytes).filter(
      (tag) => tag.typeId !== TagType.script && !isSequenceHeaderTag(tag) && tag.payload.length > 0,
    )
    const ends = frames.filter(({ payload }) => payload[0] === 0x17 && payload[1] === 2)
    expect(packets(path).length).toBe(frames.length - ends.length)
  })

  test('tags between the frames that FFmpeg does not know do it no harm', () => {
    const tags = decoded(movie)
    const odd: FlvTagInit[] = [
      {
        typeId: TagType.script,
        timestamp: 400,
        payload: encodeScriptData('onCuePoint', [{ name: 'x', time: 0.4 }]),
      },
      {
        typeId: TagType.script,
        timestamp: 400,
        payload: addSetDataFrame(encodeScriptData('onPrivate', [{}])),
      },
      { typeId: TagType.audio, timestamp: 400, payload: new Uint8Array(0) },
    ]
    const bytes = fileOf([...tags.slice(0, 40), ...odd, ...tags.slice(40)])
    const path = save(bytes)
    const frames = shown(path).filter((line) => /^(audio|video)/.test(line))
    expect(frames).toEqual(expected(tags))
  })
})
