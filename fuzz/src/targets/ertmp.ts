import { readdir, readFile } from 'node:fs/promises'
import { decodeAmf0 } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import {
  buildReconnectRequest,
  classifyAudio,
  classifyVideo,
  decodeAudioMessage,
  decodeMultichannelConfig,
  decodeVideoMessage,
  decodeVideoMetadata,
  encodeAudioMessage,
  encodeMultichannelConfig,
  encodeVideoMessage,
  type ErtmpDecodeOptions,
  type ExPacket,
  firstTrackIdOf,
  fromMediaFrame,
  headerKey,
  intersectCapabilities,
  MediaFlags,
  parseCapabilities,
  parseReconnectRequest,
  parseTrackInfoMaps,
  splitTracks,
  toMediaFrames,
  trackIdsOf,
} from '@rtmp/e-rtmp'
import {
  codecFacts,
  decodeAc3Frame,
  decodeAv1Config,
  decodeAv1SequenceHeader,
  decodeFlacStreamInfo,
  decodeHevcConfig,
  decodeVvcConfig,
  decodeVvcSps,
  decodeHevcSps,
  decodeMp3Frame,
  decodeOpusHead,
  decodeVpConfig,
  encodeAv1Config,
  encodeFlacStreamInfo,
  encodeHevcConfig,
  encodeVvcConfig,
  encodeOpusHead,
  encodeVpConfig,
  vp8FrameSize,
  vp9FrameSize,
} from '@rtmp/e-rtmp/records'
import { fromHex, type SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

const VECTORS = new URL('../../../vectors/ertmp/', import.meta.url)

const seeds = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  for (const file of (await readdir(VECTORS)).filter((name) => name.endsWith('.json'))) {
    const vectors = JSON.parse(await readFile(new URL(file, VECTORS), 'utf8')) as { hex: string }[]
    for (const { hex } of vectors) inputs.push(fromHex(hex))
  }
  return inputs
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

const check = (truth: boolean, claim: string): void => {
  if (!truth) throw new Error(claim)
}

/** Whether a value could be decoded; errors other than DecodeError pass through as crashes. */
const tried = <T>(run: () => T): T | undefined => {
  try {
    return run()
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/** The packets of an enhanced message that is written as it was; of a legacy one none. */
const videoPackets = (input: Uint8Array, options?: ErtmpDecodeOptions): readonly ExPacket[] | undefined => {
  const message = tried(() => decodeVideoMessage(input, options))
  if (message?.kind !== 'enhanced') return message && []
  check(same(encodeVideoMessage(message), input), 'video: not written as it was')
  return message.packets
}

const audioPackets = (input: Uint8Array, options?: ErtmpDecodeOptions): readonly ExPacket[] | undefined => {
  const message = tried(() => decodeAudioMessage(input, options))
  if (message?.kind !== 'enhanced') return message && []
  check(same(encodeAudioMessage(message), input), 'audio: not written as it was')
  return message.packets
}

const messages = (kind: 'audio' | 'video', input: Uint8Array, random: SeededRandom): void => {
  const flags = kind === 'video' ? classifyVideo(input) : classifyAudio(input)
  headerKey(kind, input)
  firstTrackIdOf(kind, input)
  trackIdsOf(kind, input)
  const options = random.chance(0.1) ? { strict: true } : undefined
  const packets = kind === 'video' ? videoPackets(input, options) : audioPackets(input, options)
  if ((flags & MediaFlags.enhanced) !== 0 && options === undefined) {
    check(((flags & MediaFlags.broken) === 0) === (packets !== undefined), `${kind}: classified otherwise`)
  }
  for (const { payload } of packets ?? []) {
    tried(() => decodeVideoMetadata(payload))
    tried(() => decodeMultichannelConfig(payload))
  }
  tried(() => splitTracks(kind, input))
  for (const frame of tried(() => toMediaFrames(kind, random.u32(), input)) ?? []) {
    const again = toMediaFrames(kind, frame.dts, fromMediaFrame(frame))
    const first = again[0]
    check(again.length === 1 && first !== undefined, `${kind}: one frame became ${again.length}`)
    check(first?.codec === frame.codec && first.pts === frame.pts, `${kind}: the frame changed`)
    check(first !== undefined && same(first.payload, frame.payload), `${kind}: the frame's payload changed`)
    tried(() => codecFacts(frame))
  }
}

/** What was decoded is written, and that is decoded and written the same. */
const record = <T>(
  input: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): void => {
  const value = tried(() => decode(input))
  if (value === undefined) return
  const written = encode(value)
  check(same(encode(decode(written)), written), `${decode.name}: not stable`)
}

const run = (input: Uint8Array, random: SeededRandom): void => {
  messages('video', input, random)
  messages('audio', input, random)
  record(input, decodeHevcConfig, encodeHevcConfig)
  record(input, decodeVvcConfig, encodeVvcConfig)
  record(input, decodeVpConfig, encodeVpConfig)
  record(input, decodeOpusHead, encodeOpusHead)
  record(input, decodeFlacStreamInfo, encodeFlacStreamInfo)
  record(input, decodeAv1Config, encodeAv1Config)
  record(input, decodeMultichannelConfig, encodeMultichannelConfig)
  const parsers = [
    decodeHevcSps,
    decodeVvcSps,
    decodeAv1SequenceHeader,
    decodeAc3Frame,
    decodeMp3Frame,
    vp8FrameSize,
    vp9FrameSize,
  ]
  for (const parse of parsers) tried(() => parse(input))
  for (const value of tried(() => decodeAmf0(input)) ?? []) {
    const capabilities = parseCapabilities(value, value)
    intersectCapabilities(capabilities, capabilities)
    parseTrackInfoMaps(value)
    buildReconnectRequest(parseReconnectRequest(value))
  }
  // Unguarded, so that inputs with a new kind of fault join the corpus.
  decodeVideoMessage(input, { strict: true })
}

/** Every parser of `@rtmp/e-rtmp`; what messages and records decode to must be written again. */
export const target: FuzzTarget = { name: 'ertmp', seeds, run }
