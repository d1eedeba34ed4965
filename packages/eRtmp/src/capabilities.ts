import { isFourCc } from './four-cc.ts'

/**
 * What two ends of a connection tell each other about Enhanced RTMP (E-RTMP v2, "Enhancing NetConnection connect
 * Command"): properties of the command object of `connect`, and of the answer to it.
 *
 *   fourCcList           strict array of strings: codecs that the client can receive, '*' for any (E-RTMP v1)
 *   videoFourCcInfoMap   object: FourCC or '*' → mask of FourCcInfo
 *   audioFourCcInfoMap   the same for audio
 *   capsEx               mask of CapsEx
 *   videoFunction        mask of VideoFunction
 */
export interface ErtmpCapabilities {
  /** What the client can receive, video and audio in one list; `'*'` for any codec. In the order announced. */
  readonly fourCcList?: readonly string[]
  /** FourCC or `'*'` → mask; in the order announced. */
  readonly videoFourCcInfoMap?: ReadonlyMap<string, number>
  /** FourCC or `'*'` → mask; in the order announced. */
  readonly audioFourCcInfoMap?: ReadonlyMap<string, number>
  /** Mask of {@link CapsEx}, uint32; bits that are not known are kept. */
  readonly capsEx?: number
  /** Mask of {@link VideoFunction}, uint32; bits that are not known are kept. */
  readonly videoFunction?: number
}

/** Bits of `capsEx` (E-RTMP v2, CapsExMask). */
export const CapsEx = { reconnect: 1, multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const

/** Bits of the FourCC info maps (E-RTMP v2, FourCcInfoMask). */
export const FourCcInfo = { canDecode: 1, canEncode: 2, canForward: 4 } as const

/** Bits of `videoFunction` (RTMP 1.0 §7.2.1.1, E-RTMP v2 "Metadata Frame"). */
export const VideoFunction = { clientSeek: 1, clientHdr: 2, metadataPackets: 4, largeScaleTile: 8 } as const

/** The FourCC that stands for every codec. */
export const ANY_FOUR_CC = '*'

/** Entries that are read from a list or a map; the rest is ignored. */
export const MAX_FOUR_CC_ENTRIES = 256

const isEntry = (text: unknown): text is string =>
  typeof text === 'string' && (text === ANY_FOUR_CC || isFourCc(text))

/** A mask: a number or a text of one; fractions are cut off, values above 32 bits become all ones. */
const maskFrom = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !(number >= 0)) return undefined
  return Math.min(Math.floor(number), 0xffffffff)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** A list: an array, an object or ECMA array with the entries as values, or one text. */
const listFrom = (value: unknown): readonly string[] | undefined => {
  if (isEntry(value)) return [value]
  if (!isObject(value)) return undefined
  return Object.values(value).slice(0, MAX_FOUR_CC_ENTRIES).filter(isEntry)
}

const mapFrom = (value: unknown): ReadonlyMap<string, number> | undefined => {
  if (!isObject(value) || Array.isArray(value)) return undefined
  const map = new Map<string, number>()
  for (const [fourCc, entry] of Object.entries(value).slice(0, MAX_FOUR_CC_ENTRIES)) {
    const mask = maskFrom(entry)
    if (isEntry(fourCc) && mask !== undefined) map.set(fourCc, mask)
  }
  return map
}

/** A property by its name; case is ignored, since Red5 writes `CapsEx`. */
const property = (objects: readonly unknown[], name: string): unknown => {
  for (const object of objects) {
    if (!isObject(object)) continue
    if (Object.hasOwn(object, name)) return object[name]
    const other = Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase())
    if (other !== undefined) return object[other]
  }
  return undefined
}

/** The properties that are there. */
const present = <T extends object>(properties: { readonly [Key in keyof T]: T[Key] | undefined }): T =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as T

/**
 * The capabilities announced in a `connect` command object, or in the answer to one. Never throws: what has the wrong
 * type is read where its sense is plain, and ignored otherwise.
 *
 * @example
 * ```ts
 * const { fourCcList, capsEx = 0 } = parseCapabilities(commandObject)
 * const takesTracks = (capsEx & CapsEx.multitrack) !== 0
 * ```
 *
 * @param objects - For an answer give both objects, properties first: the specification does not say which one it is.
 * @returns the capabilities; an empty object when nothing of Enhanced RTMP was announced.
 */
export const parseCapabilities = (...objects: readonly unknown[]): ErtmpCapabilities => {
  const fourCcList = listFrom(property(objects, 'fourCcList'))
  const videoFourCcInfoMap = mapFrom(property(objects, 'videoFourCcInfoMap'))
  const audioFourCcInfoMap = mapFrom(property(objects, 'audioFourCcInfoMap'))
  const capsEx = maskFrom(property(objects, 'capsEx'))
  const videoFunction = maskFrom(property(objects, 'videoFunction'))
  return present({ fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction })
}

/**
 * The properties to put into a `connect` command object, or into both objects of the answer, in a fixed order. Empty
 * capabilities give no property at all, so that the command stays a legacy one.
 *
 * @example
 * ```ts
 * const properties = buildCapabilities({ fourCcList: ['hvc1', 'av01', 'Opus'], capsEx: CapsEx.multitrack })
 * // fourCcList: ['hvc1', 'av01', 'Opus'], capsEx: 2
 * ```
 */
export const buildCapabilities = (capabilities: ErtmpCapabilities): Record<string, unknown> => {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction } = capabilities
  return present<Record<string, unknown>>({
    videoFunction,
    fourCcList: fourCcList && [...fourCcList],
    videoFourCcInfoMap: videoFourCcInfoMap && Object.fromEntries(videoFourCcInfoMap),
    audioFourCcInfoMap: audioFourCcInfoMap && Object.fromEntries(audioFourCcInfoMap),
    capsEx,
  })
}

/**
 * Whether a peer has announced anything of Enhanced RTMP. `videoFunction` alone does not count: it is older, and Flash
 * players send it too.
 */
export const announcesErtmp = (capabilities: ErtmpCapabilities): boolean =>
  capabilities.fourCcList !== undefined ||
  capabilities.videoFourCcInfoMap !== undefined ||
  capabilities.audioFourCcInfoMap !== undefined ||
  capabilities.capsEx !== undefined

/** Whether a peer has named the codecs it knows at all, of either kind. */
export const announcesCodecs = (capabilities: ErtmpCapabilities): boolean =>
  capabilities.fourCcList !== undefined ||
  capabilities.videoFourCcInfoMap !== undefined ||
  capabilities.audioFourCcInfoMap !== undefined

/**
 * What a peer can do with a codec: a mask of {@link FourCcInfo}. `'*'` applies to every codec and cannot be narrowed by
 * single entries, so the two are united. An entry of `fourCcList` says `canDecode`, and `'*'` in it `canForward` too.
 *
 * @example
 * ```ts
 * const reads = (fourCcInfoOf(capabilities, 'video', 'av01') & FourCcInfo.canDecode) !== 0
 * ```
 */
export const fourCcInfoOf = (
  capabilities: ErtmpCapabilities,
  kind: 'audio' | 'video',
  fourCc: string,
): number => {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap } = capabilities
  const map = kind === 'video' ? videoFourCcInfoMap : audioFourCcInfoMap
  let mask = (map?.get(fourCc) ?? 0) | (map?.get(ANY_FOUR_CC) ?? 0)
  if (fourCcList?.includes(ANY_FOUR_CC)) mask |= FourCcInfo.canDecode | FourCcInfo.canForward
  if (fourCcList?.includes(fourCc)) mask |= FourCcInfo.canDecode
  return mask >>> 0
}

/** Whether a peer can be sent a codec in FourCC form: it decodes or forwards it. */
export const canReceive = (
  capabilities: ErtmpCapabilities,
  kind: 'audio' | 'video',
  fourCc: string,
): boolean =>
  (fourCcInfoOf(capabilities, kind, fourCc) & (FourCcInfo.canDecode | FourCcInfo.canForward)) !== 0

const intersectMaps = (
  ours: ReadonlyMap<string, number> | undefined,
  theirs: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> | undefined => {
  if (ours === undefined || theirs === undefined) return undefined
  const common = new Map<string, number>()
  const everyCodec = (ours.get(ANY_FOUR_CC) ?? 0) & (theirs.get(ANY_FOUR_CC) ?? 0)
  for (const fourCc of new Set([...ours.keys(), ...theirs.keys()])) {
    const a = (ours.get(fourCc) ?? 0) | (ours.get(ANY_FOUR_CC) ?? 0)
    const b = (theirs.get(fourCc) ?? 0) | (theirs.get(ANY_FOUR_CC) ?? 0)
    const mask = fourCc === ANY_FOUR_CC ? everyCodec : a & b
    if (mask !== 0) common.set(fourCc, mask >>> 0)
  }
  return common
}

const intersectLists = (
  ours: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
): readonly string[] | undefined => {
  if (ours === undefined || theirs === undefined) return undefined
  if (theirs.includes(ANY_FOUR_CC)) return ours
  if (ours.includes(ANY_FOUR_CC)) return theirs
  return ours.filter((fourCc) => theirs.includes(fourCc))
}

/**
 * What both ends can do: masks united bit by bit with "and", lists and maps with `'*'` counted for every codec. A
 * property that only one end has announced is left out.
 *
 * @example
 * ```ts
 * const both = intersectCapabilities(parseCapabilities(connect), parseCapabilities(properties, information))
 * ```
 */
export const intersectCapabilities = (
  ours: ErtmpCapabilities,
  theirs: ErtmpCapabilities,
): ErtmpCapabilities => {
  const fourCcList = intersectLists(ours.fourCcList, theirs.fourCcList)
  const videoFourCcInfoMap = intersectMaps(ours.videoFourCcInfoMap, theirs.videoFourCcInfoMap)
  const audioFourCcInfoMap = intersectMaps(ours.audioFourCcInfoMap, theirs.audioFourCcInfoMap)
  const both = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : (a & b) >>> 0
  const capsEx = both(ours.capsEx, theirs.capsEx)
  const videoFunction = both(ours.videoFunction, theirs.videoFunction)
  return present({ fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction })
}
