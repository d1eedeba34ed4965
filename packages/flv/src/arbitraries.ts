/**
 * fast-check arbitraries of FLV values, for tests of programs that read or write FLV.
 *
 * @packageDocumentation
 */
import fc from 'fast-check'
import type { AacConfig } from './aac-config.ts'
import { AAC_SAMPLE_RATES } from './aac-tables.ts'
import type { AudioBody } from './audio-body.ts'
import type { AvcConfig } from './avc-config.ts'
import type { FlvHeader } from './file-header.ts'
import { SoundFormat } from './sound-format.ts'
import { type FlvTagInit, TagType } from './tag.ts'
import type { VideoBody } from './video-body.ts'

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const plain = { noNullPrototype: true } as const

/** File headers, with DataOffset up to 40. */
export const flvHeader = (): fc.Arbitrary<FlvHeader> =>
  fc.record(
    {
      version: fc.constant(1),
      hasAudio: fc.boolean(),
      hasVideo: fc.boolean(),
      reservedFlags: fc.constant(0),
      dataOffset: fc.integer({ min: 9, max: 40 }),
    },
    plain,
  )

/** Tags of the four known types with payloads of any bytes. */
export const flvTag = (maxPayload = 300): fc.Arbitrary<Required<FlvTagInit>> =>
  fc.record(
    {
      typeId: fc.constantFrom(TagType.audio, TagType.video, TagType.script, TagType.scriptAmf3),
      timestamp: fc.nat({ max: 0xffffffff }),
      payload: bytes(maxPayload),
      streamId: fc.constant(0),
      filtered: fc.boolean(),
    },
    plain,
  )

/** Audio bodies of every legacy kind. */
export const audioBody = (maxData = 60): fc.Arbitrary<AudioBody> => {
  const details = {
    soundRate: fc.nat({ max: 3 }),
    soundSize: fc.nat({ max: 1 }),
    soundType: fc.nat({ max: 1 }),
  }
  const formats = Object.values(SoundFormat).filter((format) => format !== 9 && format !== 10)
  return fc.oneof(
    fc.constant<AudioBody>({ kind: 'silence' }),
    fc.record(
      {
        kind: fc.constant('sound' as const),
        soundFormat: fc.constantFrom(...formats),
        ...details,
        data: bytes(maxData),
      },
      plain,
    ),
    fc.record(
      {
        kind: fc.constant('aac' as const),
        soundFormat: fc.constant(SoundFormat.aac),
        ...details,
        aacPacketType: fc.nat({ max: 255 }),
        data: bytes(maxData),
      },
      plain,
    ),
    fc.record(
      {
        kind: fc.constant('extendedAudio' as const),
        payload: bytes(maxData).map((rest) => Uint8Array.of(0x90, ...rest)),
      },
      plain,
    ),
  )
}

/** Video bodies of every legacy kind, the non-standard codec 12 among them. */
export const videoBody = (maxData = 60): fc.Arbitrary<VideoBody> =>
  fc.oneof(
    fc.constant<VideoBody>({ kind: 'empty' }),
    fc.record(
      {
        kind: fc.constant('picture' as const),
        frameType: fc.constantFrom(0, 1, 2, 3, 4, 6, 7),
        codecId: fc.nat({ max: 15 }).filter((id) => id !== 7 && id !== 12),
        data: bytes(maxData),
      },
      plain,
    ),
    fc.record(
      {
        kind: fc.constant('command' as const),
        frameType: fc.constant(5 as const),
        codecId: fc.nat({ max: 15 }),
        command: fc.nat({ max: 255 }),
        data: bytes(4),
      },
      plain,
    ),
    fc.record(
      {
        kind: fc.constant('avc' as const),
        frameType: fc.constantFrom(0, 1, 2, 3, 4, 6, 7),
        codecId: fc.constantFrom(7, 12),
        avcPacketType: fc.nat({ max: 255 }),
        compositionTime: fc.integer({ min: -0x800000, max: 0x7fffff }),
        data: bytes(maxData),
      },
      plain,
    ),
    fc.record(
      {
        kind: fc.constant('extendedVideo' as const),
        payload: bytes(maxData).map((rest) => Uint8Array.of(0x80, ...rest)),
      },
      plain,
    ),
  )

/** AVC configuration records with parameter sets of any bytes. */
export const avcConfig = (): fc.Arbitrary<AvcConfig> => {
  const units = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array[]> =>
    fc.array(bytes(20), { minLength, maxLength })
  const base = {
    version: fc.constant(1),
    compatibility: fc.nat({ max: 255 }),
    level: fc.nat({ max: 255 }),
    lengthSize: fc.constantFrom(1, 2, 4),
    sps: units(1, 3),
    pps: units(0, 3),
  }
  const highProfile = fc.record(
    {
      chromaFormat: fc.nat({ max: 3 }),
      bitDepthLuma: fc.integer({ min: 8, max: 15 }),
      bitDepthChroma: fc.integer({ min: 8, max: 15 }),
      spsExtensions: units(0, 2),
    },
    plain,
  )
  return fc.oneof(
    fc.record({ ...base, profile: fc.constantFrom(66, 77, 88, 100, 110) }, plain),
    fc.record({ ...base, profile: fc.constantFrom(100, 110, 122, 244), highProfile }, plain),
  )
}

/** AudioSpecificConfigs, with and without SBR and PS, with listed and explicit sample rates. */
export const aacConfig = (): fc.Arbitrary<AacConfig> => {
  const sampleRate = fc.oneof(fc.constantFrom(...AAC_SAMPLE_RATES), fc.integer({ min: 1, max: 0xffffff }))
  const base = {
    objectType: fc.integer({ min: 1, max: 4 }),
    sampleRate,
    frameLength: fc.constantFrom(1024, 960),
  }
  const channels = fc.constantFrom(
    ...[1, 2, 3, 4, 5, 6].map((count) => ({ channelConfiguration: count, channels: count })),
    { channelConfiguration: 7, channels: 8 },
  )
  const extension = fc.oneof(
    fc.record(
      {
        signalling: fc.constant('hierarchical' as const),
        sbr: fc.constant(true),
        ps: fc.boolean(),
        sampleRate,
      },
      plain,
    ),
    fc.constant({ signalling: 'compatible' as const, sbr: false }),
    fc.record({ signalling: fc.constant('compatible' as const), sbr: fc.constant(true), sampleRate }, plain),
    fc.record(
      {
        signalling: fc.constant('compatible' as const),
        sbr: fc.constant(true),
        ps: fc.boolean(),
        sampleRate,
      },
      plain,
    ),
  )
  return fc
    .tuple(
      fc.record(base, plain),
      channels,
      fc.option(extension, { nil: undefined }),
      fc.option(fc.nat({ max: 0x3fff }), { nil: undefined }),
    )
    .map(([common, layout, sbr, coreCoderDelay]) => ({
      ...common,
      ...layout,
      ...(coreCoderDelay === undefined ? {} : { coreCoderDelay }),
      ...(sbr === undefined ? {} : { extension: sbr }),
    }))
}
