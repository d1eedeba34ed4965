/**
 * Generators of everything in Enhanced RTMP, for property tests of this and of other implementations. fast-check is a
 * peer dependency of this entry point only.
 *
 * @packageDocumentation
 */
import fc from 'fast-check'
import type { ExAudioMessage } from './audio-message.ts'
import { fourCcFromNumber, hasCompositionTimeOffset } from './codec-lookup.ts'
import { AUDIO_FOUR_CCS, VIDEO_FOUR_CCS } from './codecs/list.ts'
import type { ErtmpCapabilities } from './capabilities.ts'
import type { ColorInfo } from './color-info.ts'
import type { ExPacket } from './ex-message.ts'
import { type FourCc, fourCcToNumber } from './four-cc.ts'
import { type ModEx, nanoOffsetModEx } from './mod-ex.ts'
import type { MultichannelConfig } from './multichannel-config.ts'
import { AudioPacketType, MultitrackType, VideoFrameType, VideoPacketType } from './packet-type.ts'
import type { ExVideoMessage } from './video-message.ts'

// Every record of every codec.
export * from './record-arbitraries.ts'

const noNullPrototype = { noNullPrototype: true }
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const u8 = fc.nat({ max: 255 })

/** A FourCC: mostly one that the specification names, sometimes any four bytes. */
export const fourCc = (kind: 'audio' | 'video'): fc.Arbitrary<FourCc> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom<FourCc>(...(kind === 'video' ? VIDEO_FOUR_CCS : AUDIO_FOUR_CCS)),
    },
    { weight: 1, arbitrary: fc.nat({ max: 0xffffffff }).map(fourCcFromNumber) },
  )

/** A ModEx entry of any type and of a size in the short or the long form. */
export const modEx = (): fc.Arbitrary<ModEx> =>
  fc.oneof(
    fc.nat({ max: 999_999 }).map(nanoOffsetModEx),
    fc.record(
      { type: fc.nat({ max: 15 }), data: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
      noNullPrototype,
    ),
    fc.record(
      {
        type: fc.nat({ max: 15 }),
        data: fc.uint8Array({ minLength: 1, maxLength: 255 }),
        longSize: fc.constant(true),
      },
      noNullPrototype,
    ),
  )

interface Body {
  readonly packetType: number
  readonly multitrackType: number | undefined
  readonly packets: readonly ExPacket[]
  readonly rest: Uint8Array
}

const packet = (
  kind: 'audio' | 'video',
  packetType: number,
  trackId: fc.Arbitrary<number>,
  code: fc.Arbitrary<FourCc>,
): fc.Arbitrary<ExPacket> =>
  code.chain((text) => {
    const offset =
      kind === 'video' &&
      packetType === VideoPacketType.codedFrames &&
      hasCompositionTimeOffset(fourCcToNumber(text))
    return fc.record(
      {
        trackId,
        fourCc: fc.constant(text),
        compositionTimeOffset: offset
          ? fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -0x800000, max: 0x7fffff }))
          : fc.constant(0),
        payload: bytes(40),
      },
      noNullPrototype,
    )
  })

const body = (kind: 'audio' | 'video', packetType: number): fc.Arbitrary<Body> => {
  const none = fc.constant(new Uint8Array(0))
  const make = (multitrackType: number | undefined, packets: fc.Arbitrary<ExPacket[]>): fc.Arbitrary<Body> =>
    fc.record(
      {
        packetType: fc.constant(packetType),
        multitrackType: fc.constant(multitrackType),
        packets,
        rest: none,
      },
      noNullPrototype,
    )
  const one = (trackId: fc.Arbitrary<number>): fc.Arbitrary<ExPacket[]> =>
    packet(kind, packetType, trackId, fourCc(kind)).map((value) => [value])
  const many = (code: fc.Arbitrary<FourCc>): fc.Arbitrary<ExPacket[]> =>
    fc.array(packet(kind, packetType, u8, code), { minLength: 1, maxLength: 5 })
  return fc.oneof(
    make(undefined, one(fc.constant(0))),
    make(MultitrackType.oneTrack, one(u8)),
    make(
      MultitrackType.manyTracks,
      fourCc(kind).chain((code) => many(fc.constant(code))),
    ),
    make(MultitrackType.manyTracksManyCodecs, many(fourCc(kind))),
    fc.record(
      {
        packetType: fc.constant(packetType),
        multitrackType: fc.integer({ min: 3, max: 15 }),
        packets: fc.constant<ExPacket[]>([]),
        rest: bytes(20),
      },
      noNullPrototype,
    ),
  )
}

const packetTypeOf = (multitrack: number): fc.Arbitrary<number> =>
  fc.nat({ max: 15 }).filter((type) => type !== multitrack && type !== VideoPacketType.modEx)

/** An enhanced video message of any form, reserved values included: what the decoder can return. */
export const videoMessage = (): fc.Arbitrary<ExVideoMessage> => {
  const chain = fc.array(modEx(), { maxLength: 3 })
  const command = fc.record(
    {
      kind: fc.constant('enhanced' as const),
      frameType: fc.constant<number>(VideoFrameType.command),
      command: u8 as fc.Arbitrary<number | undefined>,
      modEx: chain,
      packetType: fc
        .nat({ max: 15 })
        .filter((type) => type !== VideoPacketType.metadata && type !== VideoPacketType.modEx),
      multitrackType: fc.constant(undefined),
      packets: fc.constant<readonly ExPacket[]>([]),
      rest: bytes(4),
    },
    noNullPrototype,
  )
  const media = packetTypeOf(VideoPacketType.multitrack)
    .chain((packetType) => fc.tuple(body('video', packetType), chain, fc.nat({ max: 7 })))
    // With frame type 5 only Metadata on its own is no command.
    .filter(
      ([{ packetType, multitrackType }, , frameType]) =>
        frameType !== VideoFrameType.command ||
        (packetType === VideoPacketType.metadata && multitrackType === undefined),
    )
    .map(
      ([fields, entries, frameType]): ExVideoMessage => ({
        kind: 'enhanced',
        frameType,
        command: undefined,
        modEx: entries,
        ...fields,
      }),
    )
  return fc.oneof({ weight: 1, arbitrary: command }, { weight: 8, arbitrary: media })
}

/** An enhanced audio message of any form, reserved values included: what the decoder can return. */
export const audioMessage = (): fc.Arbitrary<ExAudioMessage> =>
  packetTypeOf(AudioPacketType.multitrack)
    .chain((packetType) => fc.tuple(body('audio', packetType), fc.array(modEx(), { maxLength: 3 })))
    .map(([fields, entries]): ExAudioMessage => ({ kind: 'enhanced', modEx: entries, ...fields }))

const within = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

const group = <T extends object>(
  properties: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<Partial<T>> =>
  fc.record(properties, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Partial<T>>

/** Colour with any of its properties, each in its range. */
export const colorInfo = (): fc.Arbitrary<ColorInfo> =>
  fc
    .record(
      {
        colorConfig: group({
          bitDepth: fc.constantFrom(8, 10, 12),
          colorPrimaries: u8,
          transferCharacteristics: u8,
          matrixCoefficients: u8,
        }),
        hdrCll: group({ maxFall: within(0.0001, 10_000), maxCLL: within(0.0001, 10_000) }),
        hdrMdcv: group({
          redX: within(0.0001, 0.74),
          redY: within(0.0001, 0.84),
          greenX: within(0.0001, 0.74),
          greenY: within(0.0001, 0.84),
          blueX: within(0.0001, 0.74),
          blueY: within(0.0001, 0.84),
          whitePointX: within(0.0001, 0.74),
          whitePointY: within(0.0001, 0.84),
          maxLuminance: within(5, 10_000),
          minLuminance: within(0.0001, 5),
        }),
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    .filter((info) => Object.keys(info).length > 0)

/** A channel configuration of any order. */
export const multichannelConfig = (): fc.Arbitrary<MultichannelConfig> =>
  fc.oneof(
    u8.map((channelCount): MultichannelConfig => ({ channelOrder: 'unspecified', channelCount })),
    fc.tuple(u8, fc.nat({ max: 0xffffffff })).map(
      ([channelCount, channelMask]): MultichannelConfig => ({
        channelOrder: 'native',
        channelCount,
        channelMask,
      }),
    ),
    fc.array(u8, { maxLength: 24 }).map(
      (channels): MultichannelConfig => ({
        channelOrder: 'custom',
        channelCount: channels.length,
        channels,
      }),
    ),
    fc.tuple(u8, fc.integer({ min: 3, max: 255 }), bytes(8)).map(
      ([channelCount, order, data]): MultichannelConfig => ({
        channelOrder: 'reserved',
        channelCount,
        order,
        data,
      }),
    ),
  )

const infoMap = (kind: 'audio' | 'video'): fc.Arbitrary<ReadonlyMap<string, number>> =>
  fc
    .array(fc.tuple(fc.oneof(fourCc(kind), fc.constant('*')), fc.nat({ max: 7 })), { maxLength: 6 })
    .map((entries) => new Map(entries))

/** Capabilities with any of their properties. */
export const capabilities = (): fc.Arbitrary<ErtmpCapabilities> =>
  fc.record(
    {
      fourCcList: fc.array(fc.oneof(fourCc('video'), fourCc('audio'), fc.constant('*')), { maxLength: 6 }),
      videoFourCcInfoMap: infoMap('video'),
      audioFourCcInfoMap: infoMap('audio'),
      capsEx: fc.nat({ max: 0xffffffff }),
      videoFunction: fc.nat({ max: 0xffffffff }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
