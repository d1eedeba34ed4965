// Every sample of media/, read back by mp4box.js: times, sizes, bytes and key frames are those of the source, however it
// is cut.
import type { MediaFrame } from '@rtmp/e-rtmp'
import { createFile, Log, MP4BoxBuffer, type Sample } from 'mp4box'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type CmafPiece, CmafWriter, type InitPiece } from '../src/index.ts'
import { codedOf, cutEvery, framesOf, joined, SAMPLES } from './support/stream.ts'

// It reads on behind the end of dfLa, FFmpeg's too, and says so.
beforeAll(() => {
  vi.spyOn(Log, 'error').mockImplementation(() => {})
  vi.spyOn(Log, 'warn').mockImplementation(() => {})
})

interface Found {
  readonly codec: string
  readonly samples: Sample[]
}

/** The tracks of a file by id, as mp4box.js finds them. */
const readByMp4box = (file: Uint8Array<ArrayBuffer>): Map<number, Found> => {
  const reader = createFile()
  const found = new Map<number, Found>()
  reader.onError = (module, message) => {
    throw new Error(`${module}: ${message}`)
  }
  reader.onReady = ({ tracks }) => {
    for (const { id, codec } of tracks) {
      found.set(id, { codec, samples: [] })
      reader.setExtractionOptions(id, null, { nbSamples: 1 })
    }
    reader.start()
  }
  reader.onSamples = (id, _, samples) => {
    found.get(id)?.samples.push(...samples)
  }
  reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(file.buffer, 0))
  reader.flush()
  return found
}

/** FNV-1a: enough to tell a changed byte, and quick to compare. */
const hash = (bytes: Uint8Array): number =>
  bytes.reduce((value, byte) => Math.imul(value ^ byte, 0x01000193) >>> 0, 0x811c9dc5)

const asTold = ({ dts, pts, payload, keyFrame }: MediaFrame): unknown => ({
  dts,
  pts,
  size: payload.length,
  hash: hash(payload),
  keyFrame,
})

const asFound = ({ dts, cts, size, data, is_sync: keyFrame }: Sample): unknown => ({
  dts,
  pts: cts,
  size,
  hash: hash(data === undefined ? new Uint8Array(0) : new Uint8Array(data)),
  keyFrame,
})

describe.each(SAMPLES)('%s', (name) => {
  // One frame a fragment, a few, all in one.
  test.each([1, 7, 10_000])('cut behind every %i frames, mp4box.js reads the source', async (count) => {
    const frames = await framesOf(name)
    const faults: unknown[] = []
    // It takes the decode time of the first fragment only, and adds up durations from there: so they must be exact.
    const writer = new CmafWriter({
      expect: [{ kind: 'audio' }],
      holdLast: true,
      onFault: (fault) => faults.push(fault),
    })
    const pieces = cutEvery(count, frames, writer)
    expect(faults).toEqual([])
    const init = pieces[0] as InitPiece
    expect(init.kind).toBe('init')
    const found = readByMp4box(joined(pieces))
    expect([...found.keys()]).toEqual(init.tracks.map(({ id }) => id))
    for (const { id, trackId, config } of init.tracks) {
      const source = codedOf(frames, config.kind, trackId)
      const samples = found.get(id)?.samples ?? []
      expect(source.length).toBeGreaterThan(40)
      expect(samples.map(asFound)).toEqual(source.map(asTold))
    }
  })
})

test('codec strings are those of RFC 6381, and what mp4box.js makes of the sample entries', async () => {
  const names = new Map<string, string>()
  for (const name of SAMPLES) {
    const pieces = cutEvery(10_000, await framesOf(name), new CmafWriter({ expect: [{ kind: 'audio' }] }))
    const init = pieces[0] as InitPiece
    names.set(name, init.mimeType)
    const found = readByMp4box(joined(pieces))
    for (const { id, config } of init.tracks) {
      const theirs = found.get(id)?.codec ?? ''
      // mp4box.js writes objectTypeIndication without regard to case, and short forms of VP9 as it has them.
      expect(theirs.toLowerCase().slice(0, 4)).toBe(config.codecString.toLowerCase().slice(0, 4))
      if (config.codec === 'h264' || config.codec === 'hevc' || config.codec === 'aac') {
        expect(theirs).toBe(config.codecString)
      }
    }
  }
  expect(Object.fromEntries(names)).toEqual({
    'aac-only': 'audio/mp4; codecs="mp4a.40.2"',
    'audio-opus51-flac-aac': 'audio/mp4; codecs="Opus,fLaC,mp4a.40.2"',
    'av1-opus': 'video/mp4; codecs="av01.0.00M.08,Opus"',
    'gst-enhanced-h264-aac': 'video/mp4; codecs="avc1.64000c,mp4a.40.2"',
    'gst-multitrack-h264-hevc-aacx2': 'video/mp4; codecs="avc1.64000c,mp4a.40.2,hvc1.1.6.L30.90,mp4a.40.2"',
    'gst-multitrack0-hevc-aac': 'video/mp4; codecs="hvc1.1.6.L60.90,mp4a.40.2"',
    'h264-aac': 'video/mp4; codecs="avc1.64000d,mp4a.40.2"',
    'h264-aac-nobframes': 'video/mp4; codecs="avc1.64000d,mp4a.40.2"',
    'h264-aac-ts-rollover': 'video/mp4; codecs="avc1.64000d,mp4a.40.2"',
    'h264-ac3': 'video/mp4; codecs="avc1.64000d,ac-3"',
    'h264-eac3': 'video/mp4; codecs="avc1.64000d,ec-3"',
    'h264-flac': 'video/mp4; codecs="avc1.64000d,fLaC"',
    'h264-mp3': 'video/mp4; codecs="avc1.64000d,mp4a.6B"',
    'h264-opus': 'video/mp4; codecs="avc1.64000d,Opus"',
    'hevc-aac': 'video/mp4; codecs="hvc1.1.6.L60.90,mp4a.40.2"',
    'hevc-hdr10-aac': 'video/mp4; codecs="hvc1.2.4.L60.90,mp4a.40.2"',
    'multitrack-h264-hevc-aac-opus': 'video/mp4; codecs="avc1.64000d,mp4a.40.2,hvc1.1.6.L60.90,Opus"',
    'multitrack-h264x2-aacx2': 'video/mp4; codecs="avc1.64000d,mp4a.40.2,avc1.64000d,mp4a.40.2"',
    'vp9-opus': 'video/mp4; codecs="vp09.00.11.08.01.02.02.02.00,Opus"',
  })
})

test('mp4box.js finds the time of production and the segment type', async () => {
  const writer = new CmafWriter()
  const [init, fragment] = cutAll(writer, await framesOf('h264-aac'))
  expect(fragment?.kind).toBe('fragment')
  const reader = createFile()
  const file = joined([init, fragment].filter((piece) => piece !== undefined))
  reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(file.buffer, 0))
  expect(reader.boxes.map(({ type }) => type)).toEqual(['ftyp', 'moov', 'styp', 'prft', 'moof', 'mdat'])
  expect(reader.boxes[3]).toMatchObject({
    ref_track_id: 1,
    ntp_timestamp: 3_997_209_600 * 2 ** 32 + 2 ** 31,
    media_time: 80,
  })
})

const cutAll = (writer: CmafWriter, frames: readonly MediaFrame[]): CmafPiece[] => {
  for (const frame of frames) writer.push(frame)
  // Half a second after 2026-09-01 00:00:00.
  return writer.finish({ producedAt: 1_788_220_800_500, segmentStart: true })
}
