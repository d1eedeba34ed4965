import { decodeAmf0, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { fromHex } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { fourCcToNumber, type MetadataReader, readableMetadata } from '../src/index.ts'

const hvc1 = fourCcToNumber('hvc1')
const mp4a = fourCcToNumber('mp4a')

const whole = {
  title: 't',
  videocodecid: hvc1,
  width: 1920,
  height: 1080,
  audiocodecid: mp4a,
  audiosamplerate: 48_000,
  videoTrackIdInfoMap: { 1: { width: 640, videocodecid: fourCcToNumber('av01') }, 2: { width: 320 } },
  audioTrackIdInfoMap: { 1: { channels: 2 } },
}

const reader = (multitrack: boolean, ...fourCcs: readonly string[]): MetadataReader => ({
  multitrack,
  reads: (_, fourCc) => fourCcs.includes(fourCc),
})

/** What such a reader gets; `undefined` where it gets it as it is. */
const read = (properties: Record<string, unknown>, by: MetadataReader, ...more: unknown[]): unknown => {
  const payload = readableMetadata(encodeAmf0(['onMetaData', ecmaArray(properties), ...more]), by)
  return payload && decodeAmf0(payload).slice(1)
}

describe('metadata for a reader', () => {
  it('stays as it is where all is read, and where it speaks of no track', () => {
    expect(read(whole, reader(true, 'hvc1', 'mp4a', 'av01'))).toBeUndefined()
    expect(read({ width: 1, videocodecid: 7, audiocodecid: 'mp4a' }, reader(false))).toBeUndefined()
  })

  it('loses the tracks that are not sent', () => {
    const { videoTrackIdInfoMap, audioTrackIdInfoMap, ...main } = whole
    expect(read(whole, reader(false, 'hvc1', 'mp4a', 'av01'), 'more')).toEqual([main, 'more'])
    expect(read(whole, reader(true, 'hvc1', 'mp4a'))).toEqual([
      { ...main, videoTrackIdInfoMap: { 2: videoTrackIdInfoMap[2] }, audioTrackIdInfoMap },
    ])
  })

  it('loses a codec that is not read, or names it as the legacy form does', () => {
    expect(read(whole, reader(false))).toEqual([{ title: 't', audiocodecid: 10, audiosamplerate: 48_000 }])
    expect(read({ videocodecid: fourCcToNumber('avc1'), width: 2 }, reader(true))).toEqual([
      { videocodecid: 7, width: 2 },
    ])
  })

  it('leaves alone what is no metadata, and what cannot be read', () => {
    const by = reader(false)
    expect(readableMetadata(encodeAmf0(['onCuePoint', whole]), by)).toBeUndefined()
    expect(readableMetadata(encodeAmf0(['onMetaData']), by)).toBeUndefined()
    expect(readableMetadata(encodeAmf0(['onMetaData', 1, whole]), by)).toBeUndefined()
    for (const hex of ['', '02', '02000a6f6e4d65746144617461', 'ff']) {
      expect(readableMetadata(fromHex(hex), by)).toBeUndefined()
    }
  })
})
