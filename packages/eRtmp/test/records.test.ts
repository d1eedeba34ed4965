import { fromHex, readRepoJson, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { type MediaFrame } from '../src/index.ts'
import {
  av1CodecString,
  codecFacts,
  decodeAc3Frame,
  decodeAv1Config,
  decodeAv1SequenceHeader,
  decodeFlacStreamInfo,
  decodeHevcConfig,
  decodeHevcSps,
  decodeMp3Frame,
  decodeOpusHead,
  decodeVpConfig,
  decodeVvcConfig,
  decodeVvcSps,
  encodeAv1Config,
  encodeFlacStreamInfo,
  encodeHevcConfig,
  encodeOpusHead,
  encodeVpConfig,
  encodeVvcConfig,
  type HevcConfig,
  hevcCodecString,
  hevcNalUnit,
  vp8FrameSize,
  vp9FrameSize,
  vpCodecString,
  type VvcConfig,
  VvcNalType,
  vvcCodecString,
  vvcNalUnit,
} from '../src/records.ts'

interface RecordVector {
  readonly name: string
  readonly codec: string
  readonly hex: string
  readonly facts: {
    readonly width?: number
    readonly height?: number
    readonly profile?: string
    readonly frameRate?: string
    readonly pixFmt?: string
    readonly sampleRate?: number
    readonly channels?: number
    readonly bitDepth?: number
  }
}

const records = await readRepoJson<RecordVector[]>('vectors/ertmp/records.json')

const headerFrame = (codec: string, payload: Uint8Array): MediaFrame => ({
  kind: 'video',
  trackId: 0,
  codec,
  type: 'sequenceHeader',
  dts: 0,
  pts: 0,
  nanoOffset: 0,
  keyFrame: false,
  payload,
  form: 'enhanced',
  headerByte: 0x90,
})

const depthOf = (pixFmt: string): number => Number(/(10|12)le$/.exec(pixFmt)?.[1] ?? 8)

test.each(records)('$name says what ffprobe says', ({ codec, hex, facts: expected }) => {
  const facts = codecFacts(headerFrame(codec, fromHex(hex)))
  const { width, height, sampleRate, channels, profile, frameRate, pixFmt, bitDepth } = expected
  expect(facts?.codec).toBe(codec)
  if (pixFmt !== undefined) expect(facts?.bitDepth).toBe(depthOf(pixFmt))
  if (profile !== undefined) expect(facts?.profile).toBe(profile === 'Rext' ? 'Range Extensions' : profile)
  // rav1e writes a record without a sequence header: it is in the first frame.
  if (width !== undefined && hex.length > 8) expect([facts?.width, facts?.height]).toEqual([width, height])
  if (sampleRate !== undefined) expect([facts?.sampleRate, facts?.channels]).toEqual([sampleRate, channels])
  if (bitDepth) expect(facts?.bitDepth).toBe(bitDepth)
  if (frameRate !== undefined && facts?.frameRate !== undefined) {
    const [numerator, denominator] = frameRate.split('/').map(Number)
    expect(facts.frameRate).toBeCloseTo((numerator ?? 0) / (denominator ?? 1), 3)
  }
})

const rebuilt: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  hevc: (bytes) => encodeHevcConfig(decodeHevcConfig(bytes)),
  vvc: (bytes) => encodeVvcConfig(decodeVvcConfig(bytes)),
  av1: (bytes) => encodeAv1Config(decodeAv1Config(bytes)),
  opus: (bytes) => encodeOpusHead(decodeOpusHead(bytes)),
  flac: (bytes) => encodeFlacStreamInfo(decodeFlacStreamInfo(bytes)),
}

test.each(records.filter(({ codec }) => codec in rebuilt))(
  '$name is built again byte for byte',
  ({ codec, hex }) => {
    expect(toHex((rebuilt[codec] as (bytes: Uint8Array) => Uint8Array)(fromHex(hex)))).toBe(hex)
  },
)

test('every HEVC record and the AV1 record with constant timing have a frame rate', () => {
  const rates = records.filter(
    ({ codec, hex }) => codecFacts(headerFrame(codec, fromHex(hex)))?.frameRate !== undefined,
  )
  expect(rates.map(({ name }) => name).filter((name) => !name.startsWith('h264'))).toEqual([
    ...records.filter(({ codec }) => codec === 'hevc').map(({ name }) => name),
    'av1-aom-timing',
  ])
})

const hevc: HevcConfig = {
  configurationVersion: 1,
  profileSpace: 0,
  highTier: false,
  profileIdc: 1,
  profileCompatibility: 0x60000000,
  constraints: 0xb00000000000,
  levelIdc: 93,
  minSpatialSegmentation: 0,
  parallelismType: 0,
  chromaFormat: 1,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
  averageFrameRate: 0,
  constantFrameRate: 0,
  temporalLayers: 1,
  temporalIdNested: true,
  lengthSize: 4,
  arrays: [],
}

test('codec strings of HEVC', () => {
  // The examples of ISO/IEC 14496-15, annex E.
  expect(hevcCodecString(hevc)).toBe('hvc1.1.6.L93.B0')
  expect(
    hevcCodecString({
      ...hevc,
      profileSpace: 1,
      profileIdc: 2,
      profileCompatibility: 0x20000000,
      levelIdc: 120,
    }),
  ).toBe('hvc1.A2.4.L120.B0')
  expect(hevcCodecString({ ...hevc, highTier: true, constraints: 0xb0000c000000 })).toBe(
    'hvc1.1.6.H93.B0.0.C',
  )
  expect(hevcCodecString({ ...hevc, constraints: 0 })).toBe('hvc1.1.6.L93')
  expect(hevcCodecString({ ...hevc, constraints: 1 })).toBe('hvc1.1.6.L93.0.0.0.0.0.1')
})

test('HEVC records that are incomplete', () => {
  expect(hevcNalUnit(hevc, 33)).toBeUndefined()
  const facts = codecFacts(headerFrame('hevc', encodeHevcConfig({ ...hevc, averageFrameRate: 6400 })))
  expect(facts).toMatchObject({ codecString: 'hvc1.1.6.L93.B0', level: '3.1' })
  expect(facts?.width).toBeUndefined()
  expect(decodeHevcConfig(encodeHevcConfig({ ...hevc, configurationVersion: 0 })).configurationVersion).toBe(
    0,
  )
  expect(() => decodeHevcConfig(encodeHevcConfig({ ...hevc, configurationVersion: 2 }))).toThrow(
    expect.objectContaining({ code: 'HEVC_CONFIG' }),
  )
  expect(() => decodeHevcSps(fromHex('4201'))).toThrow(
    expect.objectContaining({ code: 'TRUNCATED', phase: 'ertmp' }),
  )
})

const vvcRecord = (name: string): Uint8Array =>
  fromHex(records.find((record) => record.name === name)?.hex ?? '')

test('codec strings and levels of VVC', () => {
  const config = decodeVvcConfig(vvcRecord('vvc-main10'))
  expect(config).toMatchObject({ lengthSize: 4, stream: { maxWidth: 128, maxHeight: 128, bitDepth: 10 } })
  expect(vvcCodecString(config)).toBe('vvc1.1.L0.CQA')
  const at31 = (constraints: string): string => {
    const stream = config.stream as NonNullable<VvcConfig['stream']>
    const ptl = { ...stream.ptl, levelIdc: 51, highTier: true, constraints: fromHex(constraints) }
    return vvcCodecString({ ...config, stream: { ...stream, ptl } })
  }
  // Base32 of the constraints, without the zero bytes at their end.
  expect([at31('8000'), at31('00'), at31('c00f'), at31('ffffffffff')]).toEqual([
    'vvc1.1.H51.CQA',
    'vvc1.1.H51',
    'vvc1.1.H51.CYAHQ',
    'vvc1.1.H51.C77777777',
  ])
  expect(codecFacts(headerFrame('vvc', vvcRecord('vvc-sublayers')))).toMatchObject({ level: '6.2' })
  expect(codecFacts(headerFrame('vvc', vvcRecord('vvc-multilayer')))).toMatchObject({ level: '3.1' })
})

test('VVC records that leave out what is optional', () => {
  const config = decodeVvcConfig(vvcRecord('vvc-main10'))
  const bare = encodeVvcConfig({ ...config, stream: undefined })
  // The SPS says it all.
  expect(codecFacts(headerFrame('vvc', bare))).toEqual({
    codec: 'vvc',
    codecString: 'vvc1',
    profile: 'Main 10',
    level: '0.0',
    width: 128,
    height: 128,
    bitDepth: 10,
  })
  const stated = { ...config, stream: { ...config.stream, averageFrameRate: 6400 }, arrays: [] } as VvcConfig
  expect(codecFacts(headerFrame('vvc', encodeVvcConfig(stated)))).toMatchObject({ width: 128, frameRate: 25 })
  // As the box has it in MP4: version and flags in front.
  expect(decodeVvcConfig(fromHex(`00000000 ${toHex(bare)}`))).toEqual(decodeVvcConfig(bare))
  expect(() => decodeVvcConfig(fromHex('01'))).toThrow(expect.objectContaining({ code: 'VVC_CONFIG' }))
  expect(() => decodeVvcConfig(fromHex('ff 0015 5f 00 02 00'))).toThrow(
    expect.objectContaining({ code: 'VVC_CONFIG' }),
  )
  expect(() => decodeVvcConfig(fromHex('fe 01 8f 0001 0004 0079'))).toThrow(
    expect.objectContaining({ code: 'TRUNCATED', phase: 'ertmp' }),
  )
  expect(() => decodeVvcSps(fromHex('0079'))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }))
})

test('the frame rate of VVC stands behind everything else in the SPS', () => {
  // H.266 §7.3.2.4: sps_timing_hrd_params_present_flag is followed by field_seq, VUI and extension flags, all 0, and the
  // stop bit. Set it, and put num_units_in_tick and time_scale behind it.
  for (const name of ['vvc-main10', 'vvc-multilayer', 'vvc-sublayers']) {
    const sps = vvcNalUnit(decodeVvcConfig(vvcRecord(name)), VvcNalType.sps) as Uint8Array
    const bits = [...sps].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    const flag = bits.lastIndexOf('1') - 4
    const u32 = (value: number): string => value.toString(2).padStart(32, '0')
    const timed = `${bits.slice(0, flag)}1${u32(0x01010101)}${u32(0x1e1e1e1e)}1`.replace(/1$/, '10000000')
    const bytes = Uint8Array.from(timed.match(/.{8}/g) ?? [], (text) => Number.parseInt(text, 2))
    // Numbers without two bytes of zeros, which would need emulation prevention.
    expect(decodeVvcSps(sps).frameRate).toBeUndefined()
    expect(decodeVvcSps(bytes).frameRate).toBe(30)
  }
})

test('VP records in their two forms', () => {
  // FFmpeg 8.1 (ff8-wire); the same without version and flags.
  const config = decodeVpConfig(fromHex('01000000 01 0a 87 02 02 02 0000'))
  expect(config).toMatchObject({ profile: 1, level: 10, bitDepth: 8, chromaSubsampling: 3, fullRange: true })
  expect(decodeVpConfig(fromHex('01 0a 87 02 02 02 0000'))).toEqual(config)
  expect(toHex(encodeVpConfig(config))).toBe('01000000010a870202020000')
  expect(vpCodecString('vp09', config)).toBe('vp09.01.10.08.03.02.02.02.01')
  const usual = decodeVpConfig(fromHex('00 0a 82 01 01 01 0000'))
  expect(vpCodecString('vp09', usual)).toBe('vp09.00.10.08')
  expect(vpCodecString('vp08', usual)).toBe('vp08.00.10.08')
  expect(() => decodeVpConfig(fromHex('04 0a 82 01 01 01 0000'))).toThrow(
    expect.objectContaining({ code: 'VP_CONFIG' }),
  )
})

test('sizes of VP8 and VP9 key frames', () => {
  expect(vp8FrameSize(fromHex('100200 9d012a 4001 b440'))).toEqual({ width: 320, height: 180 })
  expect(vp8FrameSize(fromHex('110200'))).toBeUndefined()
  expect(() => vp8FrameSize(fromHex('100200 9d012b 4001 b400'))).toThrow(
    expect.objectContaining({ code: 'VP_FRAME' }),
  )
  // Profile 0, key frame shown: frame marker, sync code, color space 2, 320 × 180.
  expect(vp9FrameSize(fromHex('82 498342 40 13f0 0b30'))).toEqual({ width: 320, height: 180 })
  expect(vp9FrameSize(fromHex('86'))).toBeUndefined()
  expect(vp9FrameSize(fromHex('88'))).toBeUndefined()
  expect(() => vp9FrameSize(fromHex('42'))).toThrow(expect.objectContaining({ code: 'VP_FRAME' }))
})

test('codec strings of AV1', () => {
  const config = decodeAv1Config(fromHex('81 04 0c 00'))
  expect(av1CodecString(config)).toBe('av01.0.04M.08')
  expect(av1CodecString({ ...config, profile: 1, levelIndex: 13, highTier: true, bitDepth: 10 })).toBe(
    'av01.1.13H.10',
  )
  expect(decodeAv1Config(fromHex('81 04 0c 1f')).initialPresentationDelay).toBe(16)
  expect(() => decodeAv1Config(fromHex('0a 0b 00 00'))).toThrow(
    expect.objectContaining({ code: 'AV1_CONFIG' }),
  )
})

test('an AV1 sequence header is found behind other OBUs, or not at all', () => {
  const sequence = records.find(({ name }) => name === 'av1-svt')?.hex.slice(8) ?? ''
  expect(decodeAv1SequenceHeader(fromHex(`1200${sequence}`))).toMatchObject({ width: 640, height: 362 })
  expect(decodeAv1SequenceHeader(fromHex('1200'))).toBeUndefined()
  expect(() => decodeAv1SequenceHeader(fromHex('0a05 00'))).toThrow(
    expect.objectContaining({ code: 'TRUNCATED' }),
  )
  expect(() => decodeAv1SequenceHeader(fromHex('0a ffffffffffffffff'))).toThrow(
    expect.objectContaining({ code: 'AV1_SEQUENCE_HEADER' }),
  )
})

test('AV1 facts from frames, from OBUs in the place of a record, and from a TS descriptor', () => {
  // Starts of key frames in veovera/enhanced-rtmp, e-rtmp-lab/assets; sizes as ffprobe says.
  for (const [hex, width, height] of [
    ['12000a0b00000024cf7f0dbfff3008', 960, 540], // bbb.flv
    ['12000a0b0000000c47fffefffcc020', 512, 512], // mptestsrc.flv
    ['12000a0b00000024cfa70dbfff3008', 980, 540], // testsrc2.flv
  ] as const) {
    const payload = fromHex(hex)
    const frame = { ...headerFrame('av1', payload), keyFrame: true }
    expect(codecFacts({ ...frame, type: 'coded' })).toEqual({ codec: 'av1', width, height })
    expect(codecFacts(frame)).toEqual({ codec: 'av1', width, height })
  }
  const descriptor = {
    ...headerFrame('av1', fromHex('8004 81040c00')),
    type: 'mpeg2TsSequenceHeader' as const,
  }
  expect(codecFacts(descriptor)?.codecString).toBe('av01.0.04M.08')
})

test('FLAC in its three forms', () => {
  const bare = records.find(({ name }) => name === 'flac-16')?.hex ?? ''
  const info = decodeFlacStreamInfo(fromHex(bare))
  expect(info).toMatchObject({ sampleRate: 44100, channels: 2, bitsPerSample: 16 })
  expect(decodeFlacStreamInfo(fromHex(`80000022${bare}`))).toEqual(info)
  expect(decodeFlacStreamInfo(fromHex(`664c614380000022${bare}`))).toEqual(info)
  expect(decodeFlacStreamInfo(fromHex(`664c614300000022${bare}84000004 00000000`))).toEqual(info)
  expect(toHex(encodeFlacStreamInfo(info, 'stream'))).toBe(`664c614380000022${bare}`)
  expect(() => decodeFlacStreamInfo(fromHex(`664c614384000022${bare}`))).toThrow(
    expect.objectContaining({ code: 'FLAC_STREAM_INFO' }),
  )
  expect(() => decodeFlacStreamInfo(fromHex('664c6143'))).toThrow(
    expect.objectContaining({ code: 'TRUNCATED' }),
  )
})

test('Opus headers that are none', () => {
  const head = '4f70757348656164 01 02 3801 80bb0000 0000 00'
  expect(decodeOpusHead(fromHex(head))).toMatchObject({ channels: 2, preSkip: 312, inputSampleRate: 48000 })
  for (const bad of [
    head.replace('4f', '4e'),
    head.replace(' 01 02', ' 10 02'),
    head.replace(' 01 02', ' 01 00'),
  ]) {
    expect(() => decodeOpusHead(fromHex(bad))).toThrow(expect.objectContaining({ code: 'OPUS_HEAD' }))
  }
  expect(() => decodeOpusHead(fromHex(head.slice(0, -3)))).toThrow(
    expect.objectContaining({ code: 'TRUNCATED' }),
  )
})

test.each([
  // ATSC A/52: 48 kHz, 448 kbit/s, 3/2 with LFE.
  ['0b77 0000 1e 40 e1 00', { codec: 'ac3', sampleRate: 48000, channels: 6, frameSize: 1792, samples: 1536 }],
  // 44.1 kHz, 192 kbit/s, the longer of the two sizes, 2/0.
  ['0b77 0000 55 40 40 00', { codec: 'ac3', sampleRate: 44100, channels: 2, frameSize: 836, samples: 1536 }],
  ['0b77 02ff 3f 80 00', { codec: 'eac3', sampleRate: 48000, channels: 6, frameSize: 1536, samples: 1536 }],
  // Half rate: fscod 3, fscod2 0.
  ['0b77 00ff c5 80 00', { codec: 'eac3', sampleRate: 24000, channels: 3, frameSize: 512, samples: 1536 }],
])('AC-3 header %s', (hex, expected) => {
  expect(decodeAc3Frame(fromHex(hex))).toEqual(expected)
})

test.each([
  '0b78 0000 1e 40 e1 00',
  '0b77 0000 de 40 e1 00',
  '0b77 0000 3f 40 e1 00',
  '0b77 0000 1e ff e1 00',
])('AC-3 header %s is refused', (hex) => {
  expect(() => decodeAc3Frame(fromHex(hex))).toThrow(expect.objectContaining({ code: 'AC3_FRAME' }))
})

test.each([
  ['fffb9064', { codec: 'mp3', sampleRate: 44100, channels: 2, frameSize: 417, samples: 1152 }],
  ['fffb92c4', { codec: 'mp3', sampleRate: 44100, channels: 1, frameSize: 418, samples: 1152 }],
  ['fff340c4', { codec: 'mp3', sampleRate: 22050, channels: 1, frameSize: 104, samples: 576 }],
  ['ffe348c4', { codec: 'mp3', sampleRate: 8000, channels: 1, frameSize: 288, samples: 576 }],
])('MP3 header %s', (hex, expected) => {
  expect(decodeMp3Frame(fromHex(hex))).toEqual(expected)
})

test.each(['00fb9064', 'fffd9064', 'ffeb9064', 'fffbf064', 'fffb9c64'])('MP3 header %s is refused', (hex) => {
  expect(() => decodeMp3Frame(fromHex(hex))).toThrow(expect.objectContaining({ code: 'MP3_FRAME' }))
})
