import { decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { decodeAmf0Tree, encodeAmf0Tree } from '@rtmp/amf0/exact'
import { amf3Codec, decodeAmf3, encodeAmf3 } from '@rtmp/amf3'
import { amf3TreeCodec, decodeAmf3Tree, encodeAmf3Tree } from '@rtmp/amf3/exact'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { ChunkReader, type Message } from '@rtmp/chunk'
import { decodeAudioMessage, decodeVideoMessage } from '@rtmp/e-rtmp'
import { decodeFlv, FlvWriter } from '@rtmp/flv'
import { buildAggregate, readAggregate } from '@rtmp/message'
import { bytesOf, hexOf, joined } from '../wire/hex.ts'
import { fromJson, toJson } from './amf-json.ts'
import type { CodecAnswer, CodecRequest, CodecUnderTest } from './codec-under-test.ts'

type Fields = Readonly<Record<string, unknown>>

/** Bytes in a decoded value, as hexadecimal text, at any depth. */
const withHex = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return hexOf(value)
  if (Array.isArray(value)) return value.map(withHex)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withHex(inner)]))
  return value
}

const legacyVideo = (body: Fields): Fields => ({
  kind: 'legacy',
  ...body,
  packetType: body['avcPacketType'],
  compositionTimeOffset: body['compositionTime'],
  payload: body['data'] ?? body['payload'],
})

const audio = (bytes: Uint8Array): unknown => {
  const message = decodeAudioMessage(bytes)
  if (message.kind !== 'legacy') return withHex(message)
  const body = message.body as unknown as Fields
  if (body['kind'] === 'silence') return body
  return withHex({ ...body, kind: 'legacy', packetType: body['aacPacketType'], payload: body['data'] })
}

const video = (bytes: Uint8Array): unknown => {
  const message = decodeVideoMessage(bytes)
  if (message.kind !== 'legacy') return withHex(message)
  return withHex({ ...legacyVideo(message.body as unknown as Fields), kind: 'legacy' })
}

interface JsonMessage {
  readonly type: number
  readonly timestamp: number
  readonly payload: string
}

const tagsOf = (bytes: Uint8Array): unknown => ({
  tags: decodeFlv(bytes).map(({ typeId, timestamp, payload, filtered }) => ({
    type: typeId,
    timestamp,
    payload: hexOf(payload),
    filtered,
  })),
})

const writeTags = (value: unknown): Uint8Array => {
  const { tags } = value as { tags: readonly JsonMessage[] }
  const writer = new FlvWriter()
  const pieces = writer.start()
  for (const { type, timestamp, payload } of tags)
    pieces.push(...writer.write({ typeId: type, timestamp, payload: bytesOf(payload) }))
  return joined(...pieces)
}

const messageJson = ({ typeId, timestamp, payload, csid, messageStreamId }: Message): unknown => ({
  type: typeId,
  timestamp,
  payload: hexOf(payload),
  csid,
  msid: messageStreamId,
})

const aggregateOf = (payload: Uint8Array, timestamp: number): Message => ({
  typeId: 22,
  csid: 4,
  messageStreamId: 1,
  timestamp,
  payload,
})

const chunks = (bytes: Uint8Array, pieces: readonly number[]): unknown => {
  const reader = new ChunkReader()
  const messages: unknown[] = []
  let at = 0
  for (const size of pieces) {
    reader.push(bytes.subarray(at, at + size))
    at += size
    for (let message = reader.read(); message !== undefined; message = reader.read())
      messages.push(messageJson(message))
  }
  return { messages }
}

const decode = ({ format, hex = '', pieces, timestamp = 0 }: Omit<CodecRequest, 'id'>): unknown => {
  const bytes = bytesOf(hex)
  switch (format) {
    case 'amf0':
      return toJson(decodeAmf0(bytes, { amf3: amf3Codec }))
    case 'amf3':
      return toJson(decodeAmf3(bytes))
    case 'flv':
      return tagsOf(bytes)
    case 'audio':
      return audio(bytes)
    case 'video':
      return video(bytes)
    case 'aggregate':
      return { messages: readAggregate(aggregateOf(bytes, timestamp)).map(messageJson) }
    case 'chunk':
      return chunks(bytes, pieces ?? [bytes.length])
  }
}

const encode = ({ format, value }: Omit<CodecRequest, 'id'>): Uint8Array | undefined => {
  switch (format) {
    case 'amf0':
      return encodeAmf0(fromJson(value) as readonly unknown[])
    case 'amf3':
      return encodeAmf3(fromJson(value) as readonly unknown[])
    case 'flv':
      return writeTags(value)
    case 'aggregate':
      return buildAggregate(
        (value as { messages: readonly JsonMessage[] }).messages.map(({ type, timestamp, payload }) => ({
          ...aggregateOf(bytesOf(payload), timestamp),
          typeId: type,
        })),
      ).payload
    default:
      return undefined
  }
}

const recode = ({ format, hex = '' }: Omit<CodecRequest, 'id'>): Uint8Array | undefined => {
  if (format === 'amf0')
    return encodeAmf0Tree(decodeAmf0Tree(bytesOf(hex), { amf3: amf3TreeCodec }), { amf3: amf3TreeCodec })
  if (format === 'amf3') return encodeAmf3Tree(decodeAmf3Tree(bytesOf(hex)))
  return undefined
}

const answer = (request: Omit<CodecRequest, 'id'>): CodecAnswer => {
  try {
    if (request.op === 'decode') return { value: decode(request) }
    const bytes = request.op === 'encode' ? encode(request) : recode(request)
    return bytes === undefined ? { unsupported: true } : { hex: hexOf(bytes) }
  } catch (error) {
    if (isDecodeError(error) || isUsageError(error)) return { error: error.code }
    if (error instanceof Error && error.message === 'more values than can be printed')
      return { error: error.message }
    throw error
  }
}

/** The codecs of this project, as a codec under test. */
export const ownCodec = (): CodecUnderTest => ({
  name: '@rtmp/amf0, amf3, flv, e-rtmp, message and chunk',
  call: async (request) => answer(request),
  close: () => {},
})
