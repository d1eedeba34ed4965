import { type Amf0DecodeOptions, type Amf0Plain, decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import { ertmpError, usageError } from './errors.ts'

/**
 * Colour of the video that follows (E-RTMP v2, "Metadata Frame"). Every property is optional: FFmpeg leaves out what it
 * does not know, and sends colour of SDR video too.
 */
export interface ColorInfo {
  /** Absent, as are the next two, where the sender did not give the group. */
  readonly colorConfig?: ColorConfig
  /** How bright the content gets: of HDR10. */
  readonly hdrCll?: HdrContentLightLevel
  /** The display that the content was mastered on: of HDR10. */
  readonly hdrMdcv?: HdrMasteringDisplay
}

/** Colour of the samples, by the tables of ITU-T H.273. */
export interface ColorConfig {
  /** Bits of each channel of a pixel; should be 8, 10 or 12. */
  readonly bitDepth?: number
  /** "Colour primaries", 0 to 255: 1 BT.709, 9 BT.2020. */
  readonly colorPrimaries?: number
  /** "Transfer characteristics", 0 to 255: 1 BT.709, 16 PQ, 18 HLG. */
  readonly transferCharacteristics?: number
  /** "Matrix coefficients", 0 to 255: 1 BT.709, 9 BT.2020 non-constant luminance. */
  readonly matrixCoefficients?: number
}

/** Content light level in cd/m², 0.0001 to 10,000. */
export interface HdrContentLightLevel {
  /** Highest average of a frame. */
  readonly maxFall?: number
  /** Highest light level of a pixel. */
  readonly maxCLL?: number
}

/** Mastering display colour volume (SMPTE ST 2086): CIE 1931 coordinates, and luminance in cd/m². */
export interface HdrMasteringDisplay {
  /** The x coordinates: 0.0001 to 0.74. */
  readonly redX?: number
  /** The y coordinates: 0.0001 to 0.84. */
  readonly redY?: number
  /** 0.0001 to 0.74. */
  readonly greenX?: number
  /** 0.0001 to 0.84. */
  readonly greenY?: number
  /** 0.0001 to 0.74. */
  readonly blueX?: number
  /** 0.0001 to 0.84. */
  readonly blueY?: number
  /** 0.0001 to 0.74: 0.3127 for D65. */
  readonly whitePointX?: number
  /** 0.0001 to 0.84: 0.329 for D65. */
  readonly whitePointY?: number
  /** 5 to 10,000. */
  readonly maxLuminance?: number
  /** 0.0001 to 5. */
  readonly minLuminance?: number
}

type Ranges = Readonly<Record<string, readonly [minimum: number, maximum: number]>>

const X = [0.0001, 0.74] as const
const Y = [0.0001, 0.84] as const
const INDEX = [0, 255] as const
const LIGHT = [0.0001, 10_000] as const

const RANGES: Readonly<Record<keyof ColorInfo, Ranges>> = {
  colorConfig: {
    bitDepth: [1, 16],
    colorPrimaries: INDEX,
    transferCharacteristics: INDEX,
    matrixCoefficients: INDEX,
  },
  hdrCll: { maxFall: LIGHT, maxCLL: LIGHT },
  hdrMdcv: {
    redX: X,
    redY: Y,
    greenX: X,
    greenY: Y,
    blueX: X,
    blueY: Y,
    whitePointX: X,
    whitePointY: Y,
    maxLuminance: [5, 10_000],
    // OBS writes 0 when it does not know.
    minLuminance: [0, 5],
  },
}

/** What a Metadata packet says. */
export interface VideoMetadata {
  /**
   * What applies from the next frame on, in place of what was said before: a value, `null` to go back to the video's
   * own colour (undefined or an empty object on the wire), or `undefined` when the packet does not speak of it.
   */
  readonly colorInfo: ColorInfo | null | undefined
  /** Every pair of the packet in order, those of other names included. */
  readonly pairs: readonly (readonly [name: string, value: Amf0Plain])[]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** The properties of a group that are numbers in their range. */
const group = (value: unknown, ranges: Ranges): Readonly<Record<string, number>> | undefined => {
  if (!isObject(value)) return undefined
  const kept: Record<string, number> = {}
  for (const [name, [minimum, maximum]] of Object.entries(ranges)) {
    const number = Object.hasOwn(value, name) ? value[name] : undefined
    if (typeof number === 'number' && number >= minimum && number <= maximum) kept[name] = number
  }
  return kept
}

/**
 * Colour from an AMF value: properties that are unknown, of another type or out of range are left out, each by itself.
 * Undefined, null, and an object without any group mean "reset" and give `null`.
 */
export const colorInfoFrom = (value: unknown): ColorInfo | null => {
  const info: Record<string, unknown> = {}
  if (isObject(value)) {
    for (const [name, ranges] of Object.entries(RANGES)) {
      const found = group(value[name], ranges)
      if (found !== undefined) info[name] = found
    }
  }
  return Object.keys(info).length === 0 ? null : info
}

/**
 * The body of a Metadata packet: AMF0 pairs of name and value.
 *
 * @example
 * ```ts
 * const { colorInfo } = decodeVideoMetadata(packet)
 * console.log(colorInfo?.hdrMdcv?.maxLuminance)
 * ```
 *
 * @param options - For `@rtmp/amf0`: limits, and an AMF3 codec for values behind marker 0x11.
 * @throws DecodeError `ERTMP_METADATA`: the packet is to be dropped, the stream goes on
 */
export const decodeVideoMetadata = (payload: Uint8Array, options?: Amf0DecodeOptions): VideoMetadata => {
  const values = decodeValues(payload, options)
  const pairs: [string, Amf0Plain][] = []
  let colorInfo: ColorInfo | null | undefined
  for (let i = 0; i < values.length; i += 2) {
    const name = values[i]
    if (typeof name !== 'string') {
      throw ertmpError('ERTMP_METADATA', `the name of pair ${i / 2} is not a string`, 0)
    }
    pairs.push([name, values[i + 1]])
    if (name === 'colorInfo') colorInfo = colorInfoFrom(values[i + 1])
  }
  return { colorInfo, pairs }
}

const decodeValues = (payload: Uint8Array, options?: Amf0DecodeOptions): readonly Amf0Plain[] => {
  try {
    return decodeAmf0(payload, { countReferences: true, ...options })
  } catch (error) {
    if (!isDecodeError(error)) throw error
    throw ertmpError('ERTMP_METADATA', error.message, error.offset)
  }
}

/**
 * The body of a Metadata packet with `colorInfo`, for CodedFrames from the next on. Send it with frame type 5
 * (`VideoFrameType.command`): the specification ignores the frame type here, but FFmpeg knows the packet by it.
 *
 * @example
 * ```ts
 * const packet = encodeColorInfo({ colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16 } })
 * ```
 *
 * @param colorInfo - `null` resets.
 * @throws UsageError `ERTMP_FIELD_RANGE` naming the property
 */
export const encodeColorInfo = (colorInfo: ColorInfo | null): Uint8Array<ArrayBuffer> => {
  if (colorInfo === null) return encodeAmf0(['colorInfo', undefined])
  for (const [name, ranges] of Object.entries(RANGES)) {
    const properties: object = colorInfo[name as keyof ColorInfo] ?? {}
    for (const [key, value] of Object.entries(properties)) {
      const range = ranges[key]
      const path = `colorInfo.${name}.${key}`
      if (range === undefined) throw usageError('ERTMP_FIELD_RANGE', 'there is no such property', path)
      if (typeof value !== 'number' || !(value >= range[0] && value <= range[1])) {
        throw usageError('ERTMP_FIELD_RANGE', `not a number from ${range[0]} to ${range[1]}`, path)
      }
    }
  }
  return encodeAmf0(['colorInfo', colorInfo])
}
