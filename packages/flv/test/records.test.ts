import { BitWriter, concat } from '@rtmp/bytes'
import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aacConfig, avcConfig } from '../src/arbitraries.ts'
import {
  aacCodecString,
  aacConfigFromAdts,
  aacObjectTypeName,
  avcCodecString,
  avcConfigFromParameterSets,
  avcLevelName,
  avcProfileName,
  decodeAacConfig,
  decodeAvcConfig,
  decodeAvcSps,
  encodeAacConfig,
  encodeAdtsHeader,
  encodeAvcConfig,
  peekAdtsHeader,
  removeEmulationPrevention,
  stripAdts,
} from '../src/codec.ts'

describe('AVCDecoderConfigurationRecord', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(avcConfig(), (config) => {
        expect(decodeAvcConfig(encodeAvcConfig(config))).toEqual(config)
      }),
    )
  })

  test('cut anywhere it is refused, or was complete without its tail', () => {
    fc.assert(
      fc.property(avcConfig(), fc.nat({ max: 200 }), (config, cut) => {
        const bytes = encodeAvcConfig(config)
        const short = bytes.subarray(0, cut % bytes.length)
        try {
          const read = decodeAvcConfig(short)
          expect(read.sps).toEqual(config.sps)
          expect(read.pps).toEqual(config.pps)
          expect(toHex(encodeAvcConfig(read))).toBe(toHex(short))
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^(TRUNCATED|AVC_CONFIG)$/)
        }
      }),
    )
  })

  test('reserved bits of 0, no SPS, and ranges', () => {
    const config = decodeAvcConfig(fromHex('01 42 c0 1e 03 01 0001 67 01 0001 68'))
    expect(config).toMatchObject({ lengthSize: 4, profile: 66, sps: [fromHex('67')], pps: [fromHex('68')] })
    expect(toHex(encodeAvcConfig(config))).toBe('0142c01effe100016701000168')
    expect(() => decodeAvcConfig(fromHex('01 42 c0 1e ff e0 00'))).toThrow('AVC_CONFIG at byte 5, flv')
    expect(() => encodeAvcConfig({ ...config, lengthSize: 5 })).toThrow('FLV_FIELD_RANGE at lengthSize')
    expect(() => encodeAvcConfig({ ...config, sps: [] })).toThrow('FLV_FIELD_RANGE at sps.length')
  })

  test('codec strings, profiles and levels', () => {
    expect(avcCodecString({ profile: 100, compatibility: 0, level: 31 })).toBe('avc1.64001f')
    expect(avcCodecString({ profile: 66, compatibility: 0xe0, level: 10 })).toBe('avc1.42e00a')
    const profiles = [
      [66, 0, 'Baseline'],
      [66, 0x40, 'Constrained Baseline'],
      [77, 0, 'Main'],
      [100, 0, 'High'],
      [100, 0x08, 'Progressive High'],
      [100, 0x0c, 'Constrained High'],
      [110, 0x10, 'High 10 Intra'],
      [122, 0, 'High 4:2:2'],
      [244, 0x10, 'High 4:4:4 Predictive Intra'],
      [1, 0, 'unknown'],
    ] as const
    for (const [profile, flags, name] of profiles) expect(avcProfileName(profile, flags)).toBe(name)
    expect(avcLevelName(31)).toBe('3.1')
    expect(avcLevelName(40)).toBe('4')
    expect(avcLevelName(9)).toBe('1b')
    expect(avcLevelName(11, 66, 0x10)).toBe('1b')
    expect(avcLevelName(11, 100, 0x10)).toBe('1.1')
  })
})

// A sequence parameter set, written by H.264 §7.3.2.1.1 bit by bit.
const spsArbitrary = fc.record(
  {
    profile: fc.constantFrom(66, 77, 100, 122, 244),
    level: fc.constantFrom(10, 31, 40, 51),
    chromaFormat: fc.nat({ max: 3 }),
    separatePlanes: fc.boolean(),
    depth: fc.integer({ min: 8, max: 14 }),
    scaling: fc.boolean(),
    orderType: fc.nat({ max: 2 }),
    widthInMacroblocks: fc.integer({ min: 1, max: 300 }),
    heightInMapUnits: fc.integer({ min: 1, max: 200 }),
    progressive: fc.boolean(),
    crop: fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 })),
    aspect: fc.constantFrom<readonly [number, number] | number>(0, 1, 14, 16, [40, 33], [0, 5]),
    timing: fc.option(
      fc.tuple(fc.integer({ min: 1, max: 0xffffffff }), fc.integer({ min: 1, max: 0xffffffff })),
      { nil: undefined },
    ),
    colors: fc.option(fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.nat({ max: 255 })), {
      nil: undefined,
    }),
  },
  { noNullPrototype: true },
)
type Sps = typeof spsArbitrary extends fc.Arbitrary<infer T> ? T : never

const escape = (bytes: Uint8Array): Uint8Array => {
  const out: number[] = []
  let zeros = 0
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3)
      zeros = 0
    }
    out.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Uint8Array.from(out)
}

const writeSps = (sps: Sps): Uint8Array => {
  const writer = new BitWriter()
  writer.u(0x67, 8)
  writer.u(sps.profile, 8)
  writer.u(0, 8)
  writer.u(sps.level, 8)
  writer.ue(0)
  if (sps.profile >= 100) {
    writer.ue(sps.chromaFormat)
    if (sps.chromaFormat === 3) writer.flag(sps.separatePlanes)
    writer.ue(sps.depth - 8)
    writer.ue(sps.depth - 8)
    writer.flag(false)
    writer.flag(sps.scaling)
    if (sps.scaling) {
      for (let list = 0; list < (sps.chromaFormat === 3 ? 12 : 8); list++) {
        writer.flag(list % 2 === 0)
        if (list === 0) for (let i = 0; i < 16; i++) writer.se((i % 3) - 1)
        else if (list % 2 === 0) writer.se(-8) // next scale 0: the rest of the list is inherited
      }
    }
  }
  writer.ue(4)
  writer.ue(sps.orderType)
  if (sps.orderType === 0) writer.ue(2)
  if (sps.orderType === 1) {
    writer.flag(true)
    writer.se(-3)
    writer.se(5)
    writer.ue(2)
    writer.se(1)
    writer.se(-1)
  }
  writer.ue(3)
  writer.flag(false)
  writer.ue(sps.widthInMacroblocks - 1)
  writer.ue(sps.heightInMapUnits - 1)
  writer.flag(sps.progressive)
  if (!sps.progressive) writer.flag(true)
  writer.flag(true)
  writer.flag(sps.crop.some((edge) => edge > 0))
  if (sps.crop.some((edge) => edge > 0)) for (const edge of sps.crop) writer.ue(edge)
  writer.flag(true) // vui
  writer.flag(sps.aspect !== 0)
  if (typeof sps.aspect !== 'number') {
    writer.u(255, 8)
    writer.u(sps.aspect[0], 16)
    writer.u(sps.aspect[1], 16)
  } else if (sps.aspect !== 0) writer.u(sps.aspect, 8)
  writer.flag(true)
  writer.flag(false) // overscan
  writer.flag(true)
  writer.u(5, 3)
  writer.flag(true)
  writer.flag(sps.colors !== undefined)
  for (const color of sps.colors ?? []) writer.u(color, 8)
  writer.flag(true)
  writer.ue(1)
  writer.ue(0)
  writer.flag(sps.timing !== undefined)
  for (const count of sps.timing ?? []) writer.u(count, 32)
  if (sps.timing !== undefined) writer.flag(true)
  writer.u(1, 1)
  return escape(writer.finish())
}

describe('sequence parameter sets', () => {
  test('what is written bit by bit is read', () => {
    fc.assert(
      fc.property(spsArbitrary, (sps) => {
        const high = sps.profile >= 100
        const chroma = high ? sps.chromaFormat : 1
        const separate = high && sps.chromaFormat === 3 && sps.separatePlanes
        const unitX = !separate && (chroma === 1 || chroma === 2) ? 2 : 1
        const unitY = (!separate && chroma === 1 ? 2 : 1) * (sps.progressive ? 1 : 2)
        const [left, right, top, bottom] = sps.crop
        const width = sps.widthInMacroblocks * 16 - unitX * (left + right)
        const height = sps.heightInMapUnits * (sps.progressive ? 16 : 32) - unitY * (top + bottom)
        const read = decodeAvcSps(writeSps(sps))
        expect(read).toMatchObject({ profile: sps.profile, level: sps.level, width, height, refFrames: 3 })
        expect(read).toMatchObject({ chromaFormat: chroma, bitDepthLuma: high ? sps.depth : 8 })
        expect(read.vui?.colorPrimaries).toBe(sps.colors?.[0])
        expect(read.vui?.matrixCoefficients).toBe(sps.colors?.[2])
        expect(read.vui?.fullRange).toBe(true)
        const rate = sps.timing === undefined ? undefined : sps.timing[1] / (2 * sps.timing[0])
        expect(read.vui?.frameRate).toBe(rate)
        const ratios: Record<string, unknown> = { 0: undefined, 1: [1, 1], 14: [4, 3], 16: [2, 1] }
        const ratio = typeof sps.aspect === 'number' ? ratios[sps.aspect] : sps.aspect
        expect(read.vui?.sampleAspectRatio).toEqual(sps.aspect.toString() === '0,5' ? undefined : ratio)
      }),
    )
  })

  test('an interlaced 1080i set of a broadcast encoder', () => {
    // Worked by hand from the syntax: High, level 4, 1920 × 1088 coded, 8 lines cropped, fields allowed.
    const sps = writeSps({
      profile: 100,
      level: 40,
      chromaFormat: 1,
      separatePlanes: false,
      depth: 8,
      scaling: false,
      orderType: 0,
      widthInMacroblocks: 120,
      heightInMapUnits: 34,
      progressive: false,
      crop: [0, 0, 0, 2],
      aspect: 1,
      timing: [1001, 60000],
      colors: [1, 1, 1],
    } as Sps)
    expect(decodeAvcSps(sps)).toMatchObject({ width: 1920, height: 1080, progressive: false })
    expect(decodeAvcSps(sps).vui?.frameRate).toBeCloseTo(29.97, 2)
  })

  test('x264 of media/h264-aac.flv, 320 × 180', () => {
    const sps = fromHex('6764000dacd941419f9f011000000300100000030320f1429960')
    expect(decodeAvcSps(sps)).toEqual({
      profile: 100,
      compatibility: 0,
      level: 13,
      id: 0,
      chromaFormat: 1,
      bitDepthLuma: 8,
      bitDepthChroma: 8,
      refFrames: 4,
      progressive: true,
      width: 320,
      height: 180,
      vui: { sampleAspectRatio: [1, 1], fixedFrameRate: false, frameRate: 25 },
    })
  })

  test('any bytes are read or refused with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const { width, height } = decodeAvcSps(concat([Uint8Array.of(0x67), bytes]))
          expect(Math.min(width, height)).toBeGreaterThan(0)
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^(TRUNCATED|EXP_GOLOMB_TOO_LONG|AVC_SPS)$/)
        }
      }),
    )
    expect(() => decodeAvcSps(fromHex('68'))).toThrow('AVC_SPS')
    expect(() => decodeAvcSps(new Uint8Array(0))).toThrow('AVC_SPS')
  })

  test('a record made of parameter sets', () => {
    const sps = fromHex('6764000dacd941419f9f011000000300100000030320f1429960')
    const config = avcConfigFromParameterSets([sps], [fromHex('68')])
    expect(config).toMatchObject({
      profile: 100,
      level: 13,
      highProfile: { chromaFormat: 1, bitDepthLuma: 8 },
    })
    expect(decodeAvcConfig(encodeAvcConfig(config))).toEqual(config)
    expect(() => avcConfigFromParameterSets([], [])).toThrow('FLV_FIELD_RANGE at sps.length')
  })

  test('emulation prevention', () => {
    expect(toHex(removeEmulationPrevention(fromHex('00000300000301000003')))).toBe('00000000010000')
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 2, 3, 4), { maxLength: 40 }), (bytes) => {
        expect([...removeEmulationPrevention(escape(Uint8Array.from(bytes)))]).toEqual(bytes)
      }),
    )
  })
})

describe('AudioSpecificConfig', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(aacConfig(), (config) => {
        expect(decodeAacConfig(encodeAacConfig(config))).toEqual(config)
      }),
    )
  })

  // FFmpeg, faac, fdk-aac and the specification's tables.
  test.each([
    ['1210', { objectType: 2, sampleRate: 44100, channels: 2 }, 'mp4a.40.2'],
    ['1190', { objectType: 2, sampleRate: 48000, channels: 2 }, 'mp4a.40.2'],
    [
      '120856e500',
      { objectType: 2, sampleRate: 44100, channels: 1, extension: { signalling: 'compatible', sbr: false } },
      'mp4a.40.2',
    ],
    [
      '139056e5a0',
      {
        objectType: 2,
        sampleRate: 22050,
        channels: 2,
        extension: { signalling: 'compatible', sbr: true, sampleRate: 44100 },
      },
      'mp4a.40.5',
    ],
    [
      '138856e5a54880',
      { extension: { signalling: 'compatible', sbr: true, ps: true, sampleRate: 44100 }, channels: 1 },
      'mp4a.40.29',
    ],
    [
      '2b920800',
      {
        objectType: 2,
        sampleRate: 22050,
        channels: 2,
        extension: { signalling: 'hierarchical', sbr: true, ps: false, sampleRate: 44100 },
      },
      'mp4a.40.5',
    ],
    [
      'eb8a0800',
      { sampleRate: 22050, channels: 1, extension: { signalling: 'hierarchical', sbr: true, ps: true } },
      'mp4a.40.29',
    ],
    ['1780 2ee008', { objectType: 2, sampleRate: 24000, channelConfiguration: 1 }, 'mp4a.40.2'],
    ['b98880', { objectType: 23, sampleRate: 48000, frameLength: 512 }, 'mp4a.40.23'],
    ['11b8', { sampleRate: 48000, channels: 8, channelConfiguration: 7 }, 'mp4a.40.2'],
  ])('%s, as encoders and tables have it', (hex, config, codec) => {
    const read = decodeAacConfig(fromHex(hex))
    expect(read).toMatchObject(config)
    expect(aacCodecString(read)).toBe(codec)
  })

  test('a layout in a program config element: front pair, back pair, centre, low frequency', () => {
    const writer = new BitWriter()
    for (const [value, bits] of [
      [2, 5],
      [3, 4],
      [0, 4],
      [0, 3],
    ] as const)
      writer.u(value, bits)
    // element_instance_tag, object_type, rate; front 2, side 0, back 1, lfe 1, data 0, coupling 0; no mixdowns
    for (const [value, bits] of [
      [0, 4],
      [1, 2],
      [3, 4],
      [2, 4],
      [0, 4],
      [1, 4],
      [1, 2],
      [0, 3],
      [0, 4],
      [0, 3],
    ] as const)
      writer.u(value, bits)
    for (const [pair, tag] of [
      [0, 0],
      [1, 0],
      [1, 1],
    ] as const) {
      writer.u(pair, 1)
      writer.u(tag, 4)
    }
    writer.u(0, 4)
    writer.u(0, (8 - (writer.length % 8)) % 8)
    writer.u(2, 8)
    writer.u(0x4142, 16)
    const config = decodeAacConfig(writer.finish())
    expect(config).toMatchObject({ channelConfiguration: 0, channels: 6, sampleRate: 48000 })
  })

  test('refusals', () => {
    expect(() => decodeAacConfig(fromHex('16 90'))).toThrow('AAC_CONFIG')
    expect(() => decodeAacConfig(fromHex('12'))).toThrow('TRUNCATED')
    expect(() => decodeAacConfig(new Uint8Array(0))).toThrow('TRUNCATED')
    const config = { objectType: 2, sampleRate: 48000, channelConfiguration: 2 }
    expect(() => encodeAacConfig({ ...config, objectType: 42 })).toThrow('FLV_FIELD_RANGE at objectType')
    expect(() => encodeAacConfig({ ...config, channelConfiguration: 0 })).toThrow('channelConfiguration')
    expect(() => encodeAacConfig({ ...config, sampleRate: 2 ** 24 })).toThrow('FLV_FIELD_RANGE at sampleRate')
    expect(() => encodeAacConfig({ ...config, frameLength: 512 })).toThrow('FLV_FIELD_RANGE at frameLength')
    expect(toHex(encodeAacConfig(config))).toBe('1190')
    expect([2, 5, 29, 42, 60].map(aacObjectTypeName)).toEqual([
      'AAC LC',
      'HE-AAC',
      'HE-AAC v2',
      'xHE-AAC',
      'unknown',
    ])
  })
})

describe('ADTS', () => {
  const config = { objectType: 2, sampleRate: 44100, channelConfiguration: 2 }

  test('a header as every AAC encoder writes it, and back', () => {
    const header = encodeAdtsHeader(config, 371)
    expect(toHex(header)).toBe('fff150802f5ffc')
    expect(peekAdtsHeader(header)).toEqual({ ...config, headerSize: 7, frameSize: 378 })
    expect(toHex(aacConfigFromAdts(header))).toBe('1210')
    expect(() => encodeAdtsHeader({ ...config, sampleRate: 44101 }, 1)).toThrow('sampleRate')
    expect(() => encodeAdtsHeader(config, 8185)).toThrow('dataSize')
    expect(() => aacConfigFromAdts(fromHex('00'))).toThrow('AAC_ADTS')
  })

  test('is stripped where it is valid, and only there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (data) => {
        expect(stripAdts(concat([encodeAdtsHeader(config, data.length), data]))).toEqual(data)
        const raw = concat([Uint8Array.of(0x21), data])
        expect(stripAdts(raw)).toBe(raw)
      }),
    )
    const wrongLength = concat([encodeAdtsHeader(config, 20), new Uint8Array(10)])
    expect(stripAdts(wrongLength)).toBe(wrongLength)
    // With a CRC, the header has nine bytes.
    expect(stripAdts(fromHex('fff0508001 7ffc beef aabb'))).toEqual(fromHex('aabb'))
  })
})
