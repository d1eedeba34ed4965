import { expect, test } from 'vitest'
import {
  AUDIO_FOUR_CCS,
  codecNameOf,
  codecTitle,
  fourCcFromNumber,
  fourCcOf,
  fourCcToNumber,
  isFourCc,
  legacyIdOf,
  VIDEO_FOUR_CCS,
} from '../src/index.ts'
import { AUDIO_CODECS, FACTS_READERS, VIDEO_CODECS } from '../src/codecs/list.ts'

// E-RTMP v2, VideoFourCc and AudioFourCc.
const NUMBERS: Readonly<Record<string, number>> = {
  vp08: 1987063864,
  vp09: 1987063865,
  av01: 1635135537,
  avc1: 1635148593,
  hvc1: 1752589105,
  vvc1: 1987470129,
  'ac-3': 1633889587,
  'ec-3': 1700998451,
  Opus: 1332770163,
  '.mp3': 778924083,
  fLaC: 1716281667,
  mp4a: 1836069985,
}

test('FourCCs as numbers and back', () => {
  expect([...VIDEO_FOUR_CCS, ...AUDIO_FOUR_CCS].sort()).toEqual(Object.keys(NUMBERS).sort())
  for (const [text, number] of Object.entries(NUMBERS)) {
    expect(fourCcToNumber(text)).toBe(number)
    expect(fourCcFromNumber(number)).toBe(text)
  }
  for (const number of [0, 0xffffffff, 0x80ff0001])
    expect(fourCcToNumber(fourCcFromNumber(number))).toBe(number)
  expect(isFourCc('\u0000\u00ff\n1')).toBe(true)
  expect(['abc', 'abcde', 'ab\u0100d', ''].some(isFourCc)).toBe(false)
})

test('every codec has one name for both forms', () => {
  for (const [kind, fourCcs] of [
    ['video', VIDEO_FOUR_CCS],
    ['audio', AUDIO_FOUR_CCS],
  ] as const) {
    for (const fourCc of fourCcs) {
      const name = codecNameOf(kind, fourCc)
      expect(name).not.toContain('fourCc:')
      expect(fourCcOf(kind, name)).toBe(fourCc)
      expect(fourCcOf(kind, fourCc)).toBe(fourCc)
      expect(codecTitle(kind, name)).not.toBe(name)
    }
  }
  expect(codecNameOf('audio', 'hvc1')).toBe('fourCc:hvc1')
  expect(codecNameOf('video', 'h264')).toBe('fourCc:h264')
  expect(fourCcOf('video', 'fourCc:h264')).toBe('h264')
  expect(fourCcOf('video', 'flv1')).toBeUndefined()
  expect(codecTitle('audio', 'speex')).toBe('speex')
  expect([legacyIdOf('video', 'h264'), legacyIdOf('audio', 'aac'), legacyIdOf('audio', 'mp3')]).toEqual([
    7, 10, 2,
  ])
  expect(legacyIdOf('video', 'hevc')).toBeUndefined()
})

test('every codec with a FourCC tells its facts, in a record or in its frames', () => {
  for (const { name, fourCc } of [...VIDEO_CODECS, ...AUDIO_CODECS]) {
    if (fourCc !== undefined) expect(Object.keys(FACTS_READERS[name] ?? {}), name).not.toEqual([])
  }
})
