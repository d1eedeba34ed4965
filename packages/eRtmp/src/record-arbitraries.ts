import fc from 'fast-check'
import type { Av1Config } from './codecs/av1.ts'
import type { FlacStreamInfo } from './codecs/flac.ts'
import type { HevcConfig } from './codecs/hevc.ts'
import type { OpusHead } from './codecs/opus.ts'
import type { VpConfig } from './codecs/vp-config.ts'
import type { VvcConfig } from './codecs/vvc.ts'

const noNullPrototype = { noNullPrototype: true }
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const u8 = fc.nat({ max: 255 })

/** An HEVC configuration record; its NAL units are random bytes. */
export const hevcConfig = (): fc.Arbitrary<HevcConfig> =>
  fc.record(
    {
      configurationVersion: fc.constant(1),
      profileSpace: fc.nat({ max: 3 }),
      highTier: fc.boolean(),
      profileIdc: fc.nat({ max: 31 }),
      profileCompatibility: fc.nat({ max: 0xffffffff }),
      constraints: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      levelIdc: u8,
      minSpatialSegmentation: fc.nat({ max: 0xfff }),
      parallelismType: fc.nat({ max: 3 }),
      chromaFormat: fc.nat({ max: 3 }),
      bitDepthLuma: fc.integer({ min: 8, max: 15 }),
      bitDepthChroma: fc.integer({ min: 8, max: 15 }),
      averageFrameRate: fc.nat({ max: 0xffff }),
      constantFrameRate: fc.nat({ max: 3 }),
      temporalLayers: fc.nat({ max: 7 }),
      temporalIdNested: fc.boolean(),
      lengthSize: fc.integer({ min: 1, max: 4 }),
      arrays: fc.array(
        fc.record(
          {
            complete: fc.boolean(),
            nalType: fc.nat({ max: 63 }),
            nalUnits: fc.array(bytes(30), { maxLength: 3 }),
          },
          noNullPrototype,
        ),
        { maxLength: 4 },
      ),
    },
    noNullPrototype,
  )

/** A VVC configuration record, with or without what it says of the stream; its NAL units are random bytes. */
export const vvcConfig = (): fc.Arbitrary<VvcConfig> => {
  const sublayers = fc.nat({ max: 7 }).chain((count) =>
    fc.record(
      {
        count: fc.constant(count),
        flags: count > 1 ? u8 : fc.constant(0),
      },
      noNullPrototype,
    ),
  )
  const stream = sublayers.chain(({ count, flags }) => {
    const levels = flags.toString(2).replaceAll('0', '').length
    return fc.record(
      {
        olsIndex: fc.nat({ max: 511 }),
        sublayers: fc.constant(count),
        constantFrameRate: fc.nat({ max: 3 }),
        chromaFormat: fc.nat({ max: 3 }),
        bitDepth: fc.integer({ min: 8, max: 15 }),
        ptl: fc.record(
          {
            profileIdc: fc.nat({ max: 127 }),
            highTier: fc.boolean(),
            levelIdc: u8,
            constraints: fc.uint8Array({ minLength: 1, maxLength: 63 }),
            sublayerLevelFlags: fc.constant(flags),
            sublayerLevels: fc.array(u8, { minLength: levels, maxLength: levels }),
            subProfiles: fc.array(fc.nat({ max: 0xffffffff }), { maxLength: 3 }),
          },
          noNullPrototype,
        ),
        maxWidth: fc.nat({ max: 0xffff }),
        maxHeight: fc.nat({ max: 0xffff }),
        averageFrameRate: fc.nat({ max: 0xffff }),
      },
      noNullPrototype,
    )
  })
  const arrays = fc.nat({ max: 31 }).chain((nalType) => {
    // Of decoding capability and operating point there is one each, and no count.
    const single = nalType === 12 || nalType === 13
    const nalUnits = fc.array(bytes(30), { minLength: single ? 1 : 0, maxLength: single ? 1 : 3 })
    return fc.record({ complete: fc.boolean(), nalType: fc.constant(nalType), nalUnits }, noNullPrototype)
  })
  return fc.record(
    {
      lengthSize: fc.integer({ min: 1, max: 4 }),
      stream: fc.option(stream, { nil: undefined }),
      arrays: fc.array(arrays, { maxLength: 4 }),
    },
    noNullPrototype,
  )
}

/** An AV1 configuration record; its OBUs are random bytes. */
export const av1Config = (): fc.Arbitrary<Av1Config> =>
  fc.record(
    {
      profile: fc.nat({ max: 7 }),
      levelIndex: fc.nat({ max: 31 }),
      highTier: fc.boolean(),
      bitDepth: fc.constantFrom(8, 10, 12),
      monochrome: fc.boolean(),
      chromaSubsamplingX: fc.nat({ max: 1 }),
      chromaSubsamplingY: fc.nat({ max: 1 }),
      chromaSamplePosition: fc.nat({ max: 3 }),
      initialPresentationDelay: fc.option(fc.integer({ min: 1, max: 16 }), { nil: undefined }),
      configObus: bytes(30),
    },
    noNullPrototype,
  )

/** A VP8 or VP9 configuration record. */
export const vpConfig = (): fc.Arbitrary<VpConfig> =>
  fc.record(
    {
      profile: fc.nat({ max: 3 }),
      level: u8,
      bitDepth: fc.constantFrom(8, 10, 12),
      chromaSubsampling: fc.nat({ max: 7 }),
      fullRange: fc.boolean(),
      colorPrimaries: u8,
      transferCharacteristics: u8,
      matrixCoefficients: u8,
      initializationData: bytes(6),
    },
    noNullPrototype,
  )

/** An identification header of Opus, with or without a channel mapping. */
export const opusHead = (): fc.Arbitrary<OpusHead> =>
  fc.tuple(fc.integer({ min: 1, max: 8 }), fc.boolean()).chain(([channels, mapped]) =>
    fc.record(
      {
        version: fc.nat({ max: 15 }),
        channels: fc.constant(channels),
        preSkip: fc.nat({ max: 0xffff }),
        inputSampleRate: fc.nat({ max: 0xffffffff }),
        outputGain: fc.integer({ min: -0x8000, max: 0x7fff }),
        mappingFamily: mapped ? fc.integer({ min: 1, max: 255 }) : fc.constant(0),
        mapping: mapped
          ? fc.record(
              {
                streams: u8,
                coupledStreams: u8,
                channelMapping: fc.array(u8, { minLength: channels, maxLength: channels }),
              },
              noNullPrototype,
            )
          : fc.constant(undefined),
      },
      noNullPrototype,
    ),
  )

/** STREAMINFO of FLAC. */
export const flacStreamInfo = (): fc.Arbitrary<FlacStreamInfo> =>
  fc.record(
    {
      minBlockSize: fc.nat({ max: 0xffff }),
      maxBlockSize: fc.nat({ max: 0xffff }),
      minFrameSize: fc.nat({ max: 0xffffff }),
      maxFrameSize: fc.nat({ max: 0xffffff }),
      sampleRate: fc.nat({ max: 0xfffff }),
      channels: fc.integer({ min: 1, max: 8 }),
      bitsPerSample: fc.integer({ min: 1, max: 32 }),
      totalSamples: fc.integer({ min: 0, max: 2 ** 36 - 1 }),
      md5: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    },
    noNullPrototype,
  )
