import { describe, expect, test } from 'vitest'
import { sameMedia } from '../src/wire/coded-media.ts'
import { bytesOf } from '../src/wire/hex.ts'

const SPS = '00000004 6742C00C'
const SLICE = '00000003 65888A'
const audio = (hex: string) => ({ typeId: 8, payload: bytesOf(hex) })
const video = (hex: string) => ({ typeId: 9, payload: bytesOf(hex) })

describe('the same coded media', () => {
  test.each([
    ['the same bytes', video('17 00 000000 01'), video('17 00 000000 01')],
    [
      'a key frame, and it behind its parameter sets',
      video(`17 01 000000 ${SLICE}`),
      video(`17 01 000000 00000002 0910 ${SPS} ${SLICE}`),
    ],
    ['H.264 in both forms', video(`17 01 000000 ${SLICE}`), video(`81 61766331 000000 ${SLICE}`)],
    [
      'HEVC with and without offset',
      video('91 68766331 000000 00000003 2601AF'),
      video('93 68766331 00000003 2601AF'),
    ],
    [
      'HEVC of one track in both forms',
      video('91 68766331 000000 00000003 2601AF'),
      video('96 01 68766331 00 000000 00000003 2601AF'),
    ],
    ['AAC in both forms', audio('AF 01 0102'), audio('91 6D703461 0102')],
  ])('%s', (_, one, other) => {
    expect(sameMedia(one, other)).toBe(true)
    expect(sameMedia(other, one)).toBe(true)
  })

  test.each([
    ['another slice', video(`17 01 000000 ${SLICE}`), video('17 01 000000 00000003 65888B')],
    ['a slice less', video(`17 01 000000 ${SLICE} ${SLICE}`), video(`17 01 000000 ${SLICE}`)],
    ['sequence headers with other bytes', video('17 00 000000 01'), video('17 00 000000 02')],
    [
      'another track',
      video('96 01 68766331 01 000000 00000003 2601AF'),
      video('91 68766331 000000 00000003 2601AF'),
    ],
    ['another codec', audio('91 4F707573 0102'), audio('91 6D703461 0102')],
    ['sound and a picture', audio('AF 01 0102'), video('AF 01 0102')],
    [
      'a NAL unit that is longer than the message',
      video('17 01 000000 000000FF 65'),
      video('17 01 000000 000000FE 65'),
    ],
  ])('not %s', (_, one, other) => {
    expect(sameMedia(one, other)).toBe(false)
  })
})
