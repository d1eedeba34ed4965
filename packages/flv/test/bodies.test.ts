import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { audioBody, videoBody } from '../src/arbitraries.ts'
import {
  AacPacketType,
  AvcPacketType,
  type AvcBody,
  decodeAudioBody,
  decodeAudioTagHeader,
  decodeVideoBody,
  decodeVideoTagHeader,
  encodeAacPacket,
  encodeAudioBody,
  encodeAvcPacket,
  encodeVideoBody,
  isAudioSequenceHeader,
  isEndOfSequence,
  isExtendedAudio,
  isExtendedVideo,
  isKeyFrame,
  isVideoCommand,
  isVideoSequenceHeader,
  soundChannels,
  soundFormatName,
  soundSampleRate,
  videoCodecName,
} from '../src/index.ts'

describe('audio bodies', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(audioBody(), (body) => {
        expect(decodeAudioBody(encodeAudioBody(body))).toEqual(body)
      }),
    )
  })

  test('any bytes are typed and written back, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        if (payload.length === 1 && (payload[0] as number) >> 4 === 10) {
          expect(() => decodeAudioBody(payload)).toThrow('FLV_BODY_TRUNCATED')
        } else expect(encodeAudioBody(decodeAudioBody(payload))).toEqual(payload)
      }),
    )
  })

  // FLV §E.4.2.1: format, rate, size, type; then the name, Hz and channels they stand for.
  test.each([
    ['00', 0, 0, 0, 0, 'pcm_u8', 5512, 1],
    ['02', 0, 0, 1, 0, 'pcm_s16le', 5512, 1],
    ['17', 1, 1, 1, 1, 'adpcm_swf', 11025, 2],
    ['2f', 2, 3, 1, 1, 'mp3', 44100, 2],
    ['3a', 3, 2, 1, 0, 'pcm_s16le', 22050, 1],
    ['42', 4, 0, 1, 0, 'nellymoser', 16000, 1],
    ['57', 5, 1, 1, 1, 'nellymoser', 8000, 1],
    ['6a', 6, 2, 1, 0, 'nellymoser', 22050, 1],
    ['72', 7, 0, 1, 0, 'pcm_alaw', 8000, 1],
    ['82', 8, 0, 1, 0, 'pcm_mulaw', 8000, 1],
    ['b2', 11, 0, 1, 0, 'speex', 16000, 1],
    ['c0', 12, 0, 0, 0, 'unknown', 5512, 1],
    ['d0', 13, 0, 0, 0, 'unknown', 5512, 1],
    ['e2', 14, 0, 1, 0, 'mp3', 8000, 1],
    ['f0', 15, 0, 0, 0, 'unknown', 5512, 1],
  ])('%s', (hex, soundFormat, soundRate, soundSize, soundType, name, rate, channels) => {
    const header = decodeAudioTagHeader(fromHex(hex))
    expect(header).toEqual({ soundFormat, soundRate, soundSize, soundType })
    expect(soundFormatName(soundFormat, soundSize)).toBe(name)
    expect(soundSampleRate(soundFormat, soundRate)).toBe(rate)
    expect(soundChannels(soundFormat, soundType)).toBe(channels)
  })

  test('AAC packets begin with af, whatever the real format', () => {
    expect(toHex(encodeAacPacket(AacPacketType.sequenceHeader, fromHex('1210')))).toBe('af001210')
    expect(toHex(encodeAacPacket(AacPacketType.raw, fromHex('21')))).toBe('af0121')
    expect(decodeAudioTagHeader(fromHex('af00'))).toMatchObject({ soundFormat: 10, aacPacketType: 0 })
  })

  test('silence, extended headers and refusals', () => {
    expect(decodeAudioBody(new Uint8Array(0))).toEqual({ kind: 'silence' })
    expect(decodeAudioBody(fromHex('91'))).toEqual({ kind: 'extendedAudio', payload: fromHex('91') })
    expect(() => decodeAudioTagHeader(new Uint8Array(0))).toThrow('FLV_BODY_TRUNCATED at byte 0, flv')
    const sound = {
      kind: 'sound',
      soundRate: 0,
      soundSize: 0,
      soundType: 0,
      data: new Uint8Array(0),
    } as const
    expect(() => encodeAudioBody({ ...sound, soundFormat: 16 })).toThrow('FLV_FIELD_RANGE at soundFormat')
    expect(() => encodeAudioBody({ ...sound, soundFormat: 10 })).toThrow('FLV_FIELD_RANGE at soundFormat')
  })
})

describe('video bodies', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(videoBody(), (body) => {
        expect(decodeVideoBody(encodeVideoBody(body, { nonStandard: true }))).toEqual(body)
      }),
    )
  })

  // FLV-AVC-02: composition time is signed.
  test.each([
    ['17010000c8', 200],
    ['1701fffff6', -10],
    ['1701800000', -8_388_608],
    ['17017fffff', 8_388_607],
  ])('composition time of %s', (hex, compositionTime) => {
    const body = decodeVideoBody(fromHex(hex)) as AvcBody
    expect(body.compositionTime).toBe(compositionTime)
    expect(toHex(encodeVideoBody(body))).toBe(hex)
    expect(toHex(encodeAvcPacket(AvcPacketType.nalu, new Uint8Array(0), true, compositionTime))).toBe(hex)
  })

  test('an AVC end of sequence, with and without its composition time', () => {
    expect(toHex(encodeAvcPacket(AvcPacketType.endOfSequence, new Uint8Array(0)))).toBe('1702000000')
    for (const hex of ['1702', '170200', '1702000000']) {
      expect(decodeVideoBody(fromHex(hex))).toMatchObject({
        kind: 'avc',
        avcPacketType: 2,
        compositionTime: 0,
      })
    }
    expect(() => decodeVideoBody(fromHex('17010000'))).toThrow('FLV_BODY_TRUNCATED at byte 4')
    expect(() => decodeVideoBody(fromHex('17'))).toThrow('FLV_BODY_TRUNCATED at byte 1')
  })

  test('command frames of every codec', () => {
    expect(decodeVideoBody(fromHex('5200'))).toMatchObject({ kind: 'command', codecId: 2, command: 0 })
    expect(decodeVideoBody(fromHex('5701'))).toMatchObject({ kind: 'command', codecId: 7, command: 1 })
    expect(() => decodeVideoBody(fromHex('57'))).toThrow('FLV_BODY_TRUNCATED')
    expect(decodeVideoTagHeader(fromHex('57'))).toEqual({ frameType: 5, codecId: 7 })
  })

  test('HEVC in codec id 12 is read as AVC is, and written on request only', () => {
    const payload = fromHex('1c01000028 00000002 2601')
    const body = decodeVideoBody(payload)
    expect(body).toMatchObject({ kind: 'avc', codecId: 12, compositionTime: 40 })
    expect(() => encodeVideoBody(body)).toThrow('FLV_NON_STANDARD at codecId')
    expect(encodeVideoBody(body, { nonStandard: true })).toEqual(payload)
  })

  test('empty, extended, and a kind that does not fit its codec', () => {
    expect(decodeVideoBody(new Uint8Array(0))).toEqual({ kind: 'empty' })
    expect(decodeVideoBody(fromHex('90'))).toEqual({ kind: 'extendedVideo', payload: fromHex('90') })
    const data = new Uint8Array(0)
    expect(() => encodeVideoBody({ kind: 'picture', frameType: 1, codecId: 7, data })).toThrow('codecId')
  })

  test('names', () => {
    const names = [2, 3, 4, 5, 6, 7, 8, 9, 12, 13].map(videoCodecName)
    expect(names).toEqual([
      'flv1',
      'flashsv',
      'vp6f',
      'vp6a',
      'flashsv2',
      'h264',
      'h263',
      'mpeg4',
      'hevc',
      'unknown',
    ])
  })
})

describe('predicates', () => {
  const video = (hex: string): string => {
    const payload = fromHex(hex)
    const said = {
      key: isKeyFrame(payload),
      header: isVideoSequenceHeader(payload),
      end: isEndOfSequence(payload),
      command: isVideoCommand(payload),
      extended: isExtendedVideo(payload),
    }
    return Object.entries(said)
      .filter(([, yes]) => yes)
      .map(([name]) => name)
      .join()
  }

  test.each([
    ['', ''],
    ['17', ''],
    ['1700', 'header'],
    ['170000000001', 'header'],
    ['1701000000', 'key'],
    ['2701000000', ''],
    ['1702000000', 'end'],
    ['1702', 'end'],
    ['4701000000', 'key'],
    ['1c01000000', 'key'],
    ['1c00000000', 'header'],
    ['12', 'key'],
    ['22', ''],
    ['32', ''],
    ['5700', 'command'],
    ['5200', 'command'],
    ['90', 'extended'],
    ['d0', 'extended'],
  ])('video %s: %s', (hex, said) => {
    expect(video(hex)).toBe(said)
  })

  test('audio', () => {
    expect(
      ['', 'af', 'af00', 'af01', 'a200', '2f00', '9000'].map((hex) => isAudioSequenceHeader(fromHex(hex))),
    ).toEqual([false, false, true, false, true, false, false])
    expect(['', 'af', '90', '95'].map((hex) => isExtendedAudio(fromHex(hex)))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})
