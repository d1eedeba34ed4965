import { ecmaArray } from '@rtmp/amf0'
import { concat } from '@rtmp/bytes'
import { MEDIA_FILES, readRepoFile, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFlv, TagType } from '../src/index.ts'
import { metadataOfTag } from '../src/file.ts'
import {
  addSetDataFrame,
  decodeScriptData,
  decodeScriptTree,
  encodeMetadata,
  encodeScriptData,
  encodeScriptTree,
  findKeyframe,
  metadataCodec,
  metadataOf,
  metadataProperties,
  readKeyframeIndex,
  readMetadata,
  readScriptEvent,
  stripSetDataFrame,
} from '../src/script.ts'
import { differenceAt } from './same-bytes.ts'

describe.each(MEDIA_FILES)('media/%s.flv', (name) => {
  test('script data are read, typed, and written back to the same bytes', async () => {
    const script = decodeFlv(await readRepoFile(`media/${name}.flv`)).filter((tag) => tag.typeId === 18)
    expect(script.length).toBeGreaterThan(0)
    for (const { payload } of script) {
      expect(differenceAt(encodeScriptTree(decodeScriptTree(payload)), payload)).toBe(-1)
      const metadata = metadataOf(decodeScriptData(payload))
      expect(metadata?.encoder ?? '').toMatch(/^(Lavf|GStreamer|$)/)
      // Nothing is lost: every property comes back, in its order.
      const again = metadataOf(decodeScriptData(encodeMetadata(metadata ?? {})))
      expect(Object.entries(again?.properties ?? {})).toEqual(Object.entries(metadata?.properties ?? {}))
    }
  })
})

describe('script data', () => {
  test('the AMF3 form has a selector in front, and is read with and without', () => {
    const values = [{ a: 1 }]
    const plain = encodeScriptData('onText', values)
    const selected = encodeScriptData('onText', values, TagType.scriptAmf3)
    expect(selected).toEqual(concat([Uint8Array.of(0), plain]))
    for (const bytes of [plain, selected]) {
      expect(decodeScriptData(bytes, TagType.scriptAmf3)).toEqual({ name: 'onText', values })
      expect(encodeScriptTree(decodeScriptTree(bytes, TagType.scriptAmf3))).toEqual(bytes)
    }
  })

  test('@setDataFrame is put before the name and cut off again', () => {
    const payload = encodeMetadata({ width: 10 })
    const published = addSetDataFrame(payload)
    expect(decodeScriptData(published).name).toBe('@setDataFrame')
    expect(stripSetDataFrame(published)).toEqual(payload)
    expect(stripSetDataFrame(payload)).toBe(payload)
    expect(stripSetDataFrame(new Uint8Array(3)).length).toBe(3)
  })

  test('what has no name, or is cut off, is a typed error; as metadata it is none', () => {
    const numbers = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0)
    expect(() => decodeScriptData(numbers)).toThrow('FLV_SCRIPT at byte 0, flv')
    expect(() => decodeScriptData(new Uint8Array(0))).toThrow('FLV_SCRIPT')
    const tag = { typeId: 18, timestamp: 0 }
    expect(metadataOfTag({ ...tag, payload: numbers })).toBeUndefined()
    expect(metadataOfTag({ ...tag, payload: Uint8Array.of(2, 0, 90) })).toBeUndefined()
    expect(metadataOfTag({ ...tag, payload: encodeScriptData('onCuePoint', [{}]) })).toBeUndefined()
    expect(metadataOfTag({ ...tag, payload: encodeMetadata({ width: 2 }) })).toMatchObject({ width: 2 })
  })
})

describe('onMetaData', () => {
  test('fields have one type, whatever encoders write', () => {
    const properties = {
      framerate: '25.00',
      width: 1920,
      height: 'tall',
      stereo: 1,
      hasVideo: true,
      videocodecid: 'avc1',
      audiocodecid: 10,
      fileSize: 12,
      custom: [1, 'two', { three: 3 }],
      __proto__x: 1,
    }
    const metadata = readMetadata(properties, (kind, fourCc) => (fourCc === 'avc1' ? 'h264' : kind))
    expect(metadata).toMatchObject({ frameRate: 25, width: 1920, stereo: true, hasVideo: true, fileSize: 12 })
    expect(metadata.height).toBeUndefined()
    expect(metadata.videoCodec).toEqual({ fourCc: 'avc1', name: 'h264' })
    expect(metadata.audioCodec).toEqual({ id: 10, name: 'aac' })
    expect(metadataProperties(metadata)).toEqual(properties)
  })

  test('changed fields keep their place, their name on the wire and all others', () => {
    const metadata = readMetadata({ first: 1, fileSize: 12, framerate: '25', last: 2 })
    const changed = metadataProperties({ ...metadata, fileSize: 99, width: 640 })
    expect(Object.entries(changed)).toEqual([
      ['first', 1],
      ['fileSize', 99],
      ['framerate', '25'],
      ['last', 2],
      ['width', 640],
    ])
  })

  test('names of Object.prototype are no properties', () => {
    const metadata = readMetadata({ constructor: 'x', duration: 1 })
    expect(metadata.duration).toBe(1)
    expect(metadataProperties(metadata)['constructor']).toBe('x')
    expect(readMetadata({}).keyframes).toBeUndefined()
  })

  test.each([null, undefined, 5, 'text', [1], true])('%j in its place gives an empty view', (value) => {
    expect(readMetadata(value)).toEqual({ properties: {} })
  })

  test('codec ids in every form seen', () => {
    const names = (kind: 'audio' | 'video', fourCc: string): string | undefined =>
      kind === 'video' && fourCc === 'hvc1' ? 'hevc' : undefined
    expect(metadataCodec(7, 'video')).toEqual({ id: 7, name: 'h264' })
    expect(metadataCodec(7, 'audio')).toEqual({ id: 7, name: 'pcm_alaw' })
    expect(metadataCodec(12, 'video')).toEqual({ id: 12, name: 'hevc' })
    expect(metadataCodec(1752589105, 'video', names)).toEqual({ fourCc: 'hvc1', name: 'hevc' }) // FFmpeg
    expect(metadataCodec(828601960, 'video', names)).toEqual({ fourCc: 'hvc1', name: 'hevc' }) // GStreamer, reversed
    expect(metadataCodec('hvc1', 'video', names)).toEqual({ fourCc: 'hvc1', name: 'hevc' })
    expect(metadataCodec('hvc1', 'audio', names)).toEqual({ fourCc: 'hvc1', name: 'unknown' })
    // Names of FourCCs are not known here unless they are given.
    expect(metadataCodec(1752589105, 'video')).toEqual({ fourCc: 'hvc1', name: 'unknown' })
    expect(metadataCodec('constructor', 'video')).toEqual({ fourCc: 'constructor', name: 'unknown' })
    expect(metadataCodec(0x41424344, 'video', names)).toEqual({ fourCc: 'ABCD', name: 'unknown' })
    expect(metadataCodec(1000, 'video')).toEqual({ id: 1000, name: 'unknown' })
    expect([-1, 1.5, Number.NaN, {}, null].map((id) => metadataCodec(id, 'video'))).toEqual(
      Array(5).fill(undefined),
    )
  })

  test('is an ECMA array on the wire', () => {
    expect(toHex(encodeMetadata({ width: 1 }))).toBe(
      '02000a6f6e4d65746144617461' + '0800000001' + '00057769647468003ff0000000000000' + '000009',
    )
  })
})

describe('keyframe index', () => {
  test('comes back from onMetaData', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 20 }), (entries) => {
        const keyframes = {
          times: entries.map(([time]) => time / 1000),
          filePositions: entries.map(([, position]) => position),
        }
        expect(metadataOf(decodeScriptData(encodeMetadata({ keyframes })))?.keyframes).toEqual(keyframes)
      }),
    )
  })

  test('is a hint: what cannot be is left out', () => {
    const index = readKeyframeIndex({
      times: [0, 'x', 2, -1, 4, 5],
      filepositions: [13, 14, Number.NaN, 20, 99],
    })
    expect(index).toEqual({ times: [0, 4], filePositions: [13, 99] })
    for (const value of [null, 1, {}, { times: [1] }, { times: [], filepositions: [] }]) {
      expect(readKeyframeIndex(value)).toBeUndefined()
    }
  })

  test('the last one at or before a time, or else the first', () => {
    const index = { times: [1, 2, 3, 2.5], filePositions: [10, 20, 30, 25] }
    const at = (seconds: number, size?: number): number | undefined =>
      findKeyframe(index, seconds, size)?.time
    expect([0, 1, 1.5, 2.7, 3, 100].map((seconds) => at(seconds))).toEqual([1, 1, 1, 2.5, 3, 3])
    expect(at(100, 26)).toBe(2.5)
    expect(findKeyframe({ times: [], filePositions: [] }, 1)).toBeUndefined()
  })
})

describe('script events', () => {
  const event = (name: string, value: unknown): unknown =>
    readScriptEvent(decodeScriptData(encodeScriptData(name, [value])))

  test('what is known by its name', () => {
    expect(event('onMetaData', ecmaArray({ width: 3 }))).toMatchObject({
      kind: 'metadata',
      metadata: { width: 3 },
    })
    expect(
      event('onCuePoint', { name: 'ad', time: '12.5', type: 'event', parameters: { id: 7 } }),
    ).toMatchObject({
      kind: 'cuePoint',
      name: 'ad',
      time: 12.5,
      type: 'event',
      parameters: { id: 7 },
    })
    expect(event('onTextData', { text: 'Hi', language: 'en', trackid: 2 })).toMatchObject({
      kind: 'text',
      text: 'Hi',
      language: 'en',
      trackId: 2,
    })
    expect(event('onCaptionInfo', { type: 'WebVTT', data: 'x' })).toMatchObject({
      kind: 'caption',
      type: 'WebVTT',
    })
    expect(event('onCaption', { type: '708', data: 'AA==' })).toMatchObject({ kind: 'caption', data: 'AA==' })
    expect(event('onFI', { sd: '21-11-2026', st: '10:58:03:12' })).toMatchObject({
      kind: 'timecode',
      date: '21-11-2026',
      time: '10:58:03:12',
    })
    expect(event('onXMPData', { liveXML: '<x/>' })).toEqual({ kind: 'xmp', xml: '<x/>' })
    expect(event('onCuepointSCTE35', { cue: '/DA=' })).toEqual({
      kind: 'scte35',
      properties: { cue: '/DA=' },
    })
  })

  test('what is not, or has another form', () => {
    for (const [name, value] of [
      ['onPrivate', {}],
      ['onTextData', {}],
      ['onCuePoint', 5],
      ['onXMPData', {}],
      ['onFI', null],
    ]) {
      expect(event(name as string, value)).toEqual({ kind: 'other' })
    }
    expect(event('onCuePoint', {})).toEqual({ kind: 'cuePoint', name: '', properties: {} })
  })
})
