import { decodeAmf0, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { expect, test } from 'vitest'
import { buildTrackInfoMaps, fourCcToNumber, parseTrackInfoMaps } from '../src/index.ts'

// The example of E-RTMP v2, "Enhancing onMetaData".
const video = new Map([
  [1, { width: 1024, height: 768, videodatarate: 2000, videocodecid: fourCcToNumber('av01') }],
  [2, { width: 3840, height: 2160, videodatarate: 30000, videocodecid: fourCcToNumber('avc1') }],
])
const audio = new Map([
  [1, { audiodatarate: 256, channels: 2, samplerate: 44100, audiocodecid: fourCcToNumber('Opus') }],
])

test('maps survive the way through onMetaData', () => {
  const bytes = encodeAmf0([
    'onMetaData',
    ecmaArray({ width: 1280, ...buildTrackInfoMaps({ video, audio }) }),
  ])
  expect(parseTrackInfoMaps(decodeAmf0(bytes)[1])).toEqual({ video, audio })
  expect(buildTrackInfoMaps({ video: new Map() })).toEqual({})
})

test('what is no track is left out', () => {
  const odd = {
    videoTrackIdInfoMap: { 1: { width: 1 }, 256: {}, '-1': {}, x: {}, 2: 7, 3: null },
    audioTrackIdInfoMap: 5,
  }
  expect(parseTrackInfoMaps(odd)).toEqual({ video: new Map([[1, { width: 1 }]]), audio: new Map() })
  expect(parseTrackInfoMaps(undefined)).toEqual({ video: new Map(), audio: new Map() })
})
