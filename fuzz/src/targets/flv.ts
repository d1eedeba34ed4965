import { readFile } from 'node:fs/promises'
import { isUsageError } from '@rtmp/bytes'
import { flvRules } from '@rtmp/e-rtmp'
import {
  decodeAudioBody,
  decodeFlv,
  decodeFlvHeader,
  decodeVideoBody,
  encodeAudioBody,
  encodeFlvHeader,
  encodeFlvTag,
  encodeVideoBody,
  FlvReader,
  type FlvTag,
  isAudioSequenceHeader,
  isEndOfSequence,
  isKeyFrame,
  isVideoCommand,
  isVideoSequenceHeader,
  TagType,
} from '@rtmp/flv'
import {
  aacCodecString,
  annexBNalUnits,
  avcCodecString,
  avcConfigFromParameterSets,
  decodeAacConfig,
  decodeAvcConfig,
  decodeAvcSps,
  encodeAacConfig,
  encodeAvcConfig,
  nalUnits,
  peekAdtsHeader,
  repairAccessUnit,
  stripAdts,
} from '@rtmp/flv/codec'
import {
  decodeEncryptedBody,
  encodeEncryptedBody,
  indexFlv,
  patchMetadata,
  readFlvFile,
  seekFlv,
} from '@rtmp/flv/file'
import {
  decodeScriptData,
  decodeScriptTree,
  encodeMetadata,
  encodeScriptTree,
  metadataOf,
  readScriptEvent,
  stripSetDataFrame,
} from '@rtmp/flv/script'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

/** First byte of an input, modulo this many: which parser it is for. Half of the numbers are for whole files. */
const KINDS = 16

const kindOf = (tag: FlvTag): number =>
  tag.typeId === TagType.audio ? 8 : tag.typeId === TagType.video ? 9 : 10

const seeds = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  const add = (kind: number, bytes: Uint8Array): void => {
    inputs.push(Uint8Array.of(kind, ...bytes))
  }
  for (const name of ['h264-aac', 'multitrack-h264-hevc-aac-opus', 'legacy-flashsv-pcm', 'legacy-speex']) {
    const file = new Uint8Array(await readFile(new URL(`../../../media/${name}.flv`, import.meta.url)))
    const tags = decodeFlv(file)
    for (const tag of tags.slice(0, 6)) add(kindOf(tag), tag.payload.subarray(0, 600))
    const short = tags.slice(0, 12).map((tag) => ({ ...tag, payload: tag.payload.subarray(0, 40) }))
    const bytes = Buffer.concat([encodeFlvHeader(), ...short.map(encodeFlvTag)])
    for (const kind of [0, 1, 2, 3]) add(kind, bytes)
    add(4, Buffer.concat([bytes, bytes]))
    const config = tags.find(
      ({ payload, typeId }) => typeId === TagType.video && isVideoSequenceHeader(payload),
    )
    if (config === undefined) continue
    add(11, config.payload.subarray(5))
    for (const sps of decodeAvcConfig(config.payload.subarray(5)).sps) add(12, sps)
  }
  for (const hex of ['1210', '1190', '120856e500', '2b11880056e5a548', 'eb8a08', '5f80']) {
    add(13, Buffer.from(hex, 'hex'))
  }
  add(14, Buffer.from('00000001670000010000000168', 'hex'))
  add(14, Buffer.from('fff15080017ffc2100', 'hex'))
  const encrypted = { header: Uint8Array.of(0xaf, 1), data: Uint8Array.of(1, 2, 3) }
  const iv = new Uint8Array(16)
  add(15, encodeEncryptedBody({ ...encrypted, filterName: 'Encryption', encrypted: true, iv }))
  add(15, encodeEncryptedBody({ ...encrypted, filterName: 'SE', encrypted: true, iv }))
  add(15, encodeEncryptedBody({ ...encrypted, filterName: 'SE', encrypted: false }))
  return inputs
}

const demandSame = (a: Uint8Array, b: Uint8Array, what: string): void => {
  if (Buffer.compare(a, b) !== 0) throw new Error(`${what} changed when it was read and written`)
}

/** A file, cut anywhere, under any policy: the same tags as in one piece, and no more bytes than there are. */
const runFile = (bytes: Uint8Array, random: SeededRandom): void => {
  const options = {
    damaged: random.pick(['skip', 'skip', 'skip', 'stop', 'strict'] as const),
    header: random.pick(['required', 'optional', 'optional'] as const),
    resyncWindow: random.pick([16, 100, 1 << 20]),
    maxTagSize: random.pick([20, 1000, 0xffffff]),
    copyPayloads: random.chance(0.2),
  }
  const reader = new FlvReader(options)
  const tags: FlvTag[] = []
  const drain = (): void => {
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
  }
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(random.chance(0.5) ? 8 : bytes.length)
    reader.push(bytes.subarray(at, at + size))
    drain()
    at += size
  }
  reader.end()
  drain()
  const whole = decodeFlv(bytes, options)
  const print = (tag: FlvTag): string => `${tag.typeId} ${tag.timestamp} ${tag.offset} ${tag.notices}`
  if (whole.map(print).join() !== tags.map(print).join()) throw new Error('the delivery made a difference')
  tags.forEach((tag, i) => demandSame(tag.payload, (whole[i] as FlvTag).payload, 'a payload'))
  const total = tags.reduce((sum, tag) => sum + tag.payload.length, 0)
  if (total > bytes.length || reader.position > bytes.length) throw new Error('more tags than bytes')
  for (const tag of tags) encodeFlvTag(tag)
}

const runWholeFile = (bytes: Uint8Array, random: SeededRandom): void => {
  const options = { ...flvRules, header: 'optional' as const }
  const { tags } = readFlvFile(bytes, options)
  const indexed = indexFlv(bytes, options)
  if (readFlvFile(indexed, { damaged: 'strict' }).tags.length > tags.length + 1) throw new Error('tags grew')
  seekFlv(bytes, random.below(10_000), options)
  const first = tags[0]
  if (first !== undefined) patchMetadata(first, { duration: 1 })
}

const runScript = (payload: Uint8Array): void => {
  const tree = decodeScriptTree(payload)
  demandSame(encodeScriptTree(tree), payload, 'script data')
  const data = decodeScriptData(stripSetDataFrame(payload))
  readScriptEvent(data)
  const metadata = metadataOf(data)
  if (metadata === undefined) return
  try {
    encodeMetadata(metadata)
  } catch (error) {
    if (!isUsageError(error)) throw error // a cycle: AMF0 can say what it cannot write
  }
}

const runAac = (bytes: Uint8Array): void => {
  const config = decodeAacConfig(bytes)
  aacCodecString(config)
  try {
    const again = decodeAacConfig(encodeAacConfig(config))
    if (JSON.stringify(again) !== JSON.stringify(config)) throw new Error('an AacConfig changed')
  } catch (error) {
    if (!isUsageError(error)) throw error // object types and layouts that are read but not written
  }
}

const runNalUnits = (bytes: Uint8Array, random: SeededRandom): void => {
  annexBNalUnits(bytes)
  peekAdtsHeader(bytes)
  stripAdts(bytes)
  const lengthSize = 1 + random.below(4)
  const repaired = repairAccessUnit(bytes, lengthSize === 3 ? 4 : lengthSize)
  if (repaired !== undefined) nalUnits(repaired, lengthSize === 3 ? 4 : lengthSize)
  nalUnits(bytes, lengthSize)
}

const runBody = (payload: Uint8Array, kind: number): void => {
  isKeyFrame(payload)
  isVideoSequenceHeader(payload)
  isAudioSequenceHeader(payload)
  isEndOfSequence(payload)
  isVideoCommand(payload)
  if (kind === 8) {
    demandSame(encodeAudioBody(decodeAudioBody(payload)), payload, 'an audio body')
    return
  }
  const body = decodeVideoBody(payload)
  const written = encodeVideoBody(body, { nonStandard: true })
  if (body.kind !== 'avc' || payload.length >= 5) demandSame(written, payload, 'a video body')
}

const runAvcConfig = (bytes: Uint8Array): void => {
  const config = decodeAvcConfig(bytes)
  avcCodecString(config)
  demandSame(encodeAvcConfig(decodeAvcConfig(encodeAvcConfig(config))), encodeAvcConfig(config), 'a record')
  avcConfigFromParameterSets(config.sps, config.pps)
}

const run = (input: Uint8Array, random: SeededRandom): void => {
  const kind = (input[0] ?? 0) % KINDS
  const bytes = input.subarray(1)
  switch (kind) {
    case 5:
      runWholeFile(bytes, random)
      break
    case 7:
      encodeFlvHeader({ ...decodeFlvHeader(bytes), dataOffset: 9 })
      break
    case 8:
    case 9:
      runBody(bytes, kind)
      break
    case 10:
      runScript(bytes)
      break
    case 11:
      runAvcConfig(bytes)
      break
    case 12:
      decodeAvcSps(bytes)
      break
    case 13:
      runAac(bytes)
      break
    case 14:
      runNalUnits(bytes, random)
      break
    case 15: {
      const typeId = random.pick([8, 9, 18])
      demandSame(encodeEncryptedBody(decodeEncryptedBody(typeId, bytes)), bytes, 'an encrypted body')
      break
    }
    default:
      runFile(bytes, random)
  }
}

/** Every parser of `@rtmp/flv`: files cut anywhere under every policy, bodies, script data, records, NAL units. */
export const target: FuzzTarget = { name: 'flv', seeds, run }
