import { ByteReader, ByteWriter, decodeUtf8Strict, encodeUtf8 } from '@rtmp/bytes'
import { FLV_PHASE, flvError, requireInteger, usageError } from './errors.ts'
import { SoundFormat } from './sound-format.ts'
import { TagType } from './tag.ts'
import { FrameType, VideoCodecId } from './video-codec.ts'

/**
 * Payload of a tag whose filter bit is set (FLV §F.3). It is read past, never decrypted.
 *
 *   bytes   field
 *     …     AudioTagHeader or VideoTagHeader, in clear: 1 byte; AAC 2; AVC 5; nothing in script tags
 *     1     NumFilters, 1
 *     …     FilterName, ended by a zero byte: "Encryption" (version 1) or "SE" (version 2, selective)
 *     3     length of the filter parameters
 *     …     "Encryption": 16 bytes initialisation vector
 *           "SE": 1 bit EncryptedAU, 7 reserved; 16 bytes initialisation vector if the bit is set
 *     …     the body, AES-128-CBC with RFC 2630 padding; in clear for "SE" without EncryptedAU
 */
export interface EncryptedBody {
  /** The audio or video header, in clear; a view. */
  readonly header: Uint8Array
  /** `'Encryption'`, `'SE'`, or a private name. */
  readonly filterName: string
  /** Whether the body is encrypted. */
  readonly encrypted: boolean
  /** The initialisation vector, 16 bytes, where there is one; a view. */
  readonly iv?: Uint8Array
  /** The filter parameters as they stand; a view. Written back as they are where `iv` and `encrypted` do not tell. */
  readonly params: Uint8Array
  /** The body; a view. */
  readonly data: Uint8Array
}

const IV_SIZE = 16

/** Bytes of the clear header before the envelope. */
const clearHeaderSize = (typeId: number, payload: Uint8Array): number => {
  const first = payload[0] ?? 0
  if (typeId === TagType.audio) return first >> 4 === SoundFormat.aac ? 2 : 1
  if (typeId !== TagType.video) return 0
  const avc = (first & 0x0f) === VideoCodecId.avc && first >> 4 !== FrameType.command
  return avc ? 5 : 1
}

/**
 * The envelope of an encrypted tag.
 *
 * @param typeId - The tag's type: it decides how long the clear header is.
 * @throws DecodeError `TRUNCATED`, `FLV_ENCRYPTION`
 */
export const decodeEncryptedBody = (typeId: number, payload: Uint8Array): EncryptedBody => {
  const reader = new ByteReader(payload, FLV_PHASE)
  const header = reader.view(clearHeaderSize(typeId, payload))
  const filters = reader.u8()
  if (filters !== 1) throw flvError('FLV_ENCRYPTION', `${filters} filters, 1 expected`, reader.position - 1)
  const nameEnd = payload.indexOf(0, reader.position)
  if (nameEnd < 0) throw flvError('FLV_ENCRYPTION', 'the filter name has no end', reader.position)
  const filterName = decodeUtf8Strict(payload, reader.position, nameEnd)
  if (filterName === undefined)
    throw flvError('FLV_ENCRYPTION', 'the filter name is no text', reader.position)
  reader.skip(nameEnd + 1 - reader.position)
  const params = reader.view(reader.u24())
  const encrypted = filterName !== 'SE' || ((params[0] ?? 0) & 0x80) !== 0
  const ivStart = filterName === 'SE' ? 1 : 0
  const hasIv = encrypted && (filterName === 'SE' || filterName === 'Encryption')
  if (hasIv && params.length < ivStart + IV_SIZE) {
    throw flvError('FLV_ENCRYPTION', 'the initialisation vector is cut off', reader.position - params.length)
  }
  const body = { header, filterName, encrypted, params, data: reader.view(reader.remaining) }
  return hasIv ? { ...body, iv: params.subarray(ivStart, ivStart + IV_SIZE) } : body
}

/** What is needed to write an envelope: parameters as bytes, or told by `encrypted` and `iv`. */
export type EncryptedBodyInit = Omit<EncryptedBody, 'params'> & { readonly params?: Uint8Array }

/**
 * The payload of an encrypted tag, to be written with `filtered: true`.
 *
 * @throws UsageError `FLV_FIELD_RANGE`, `FLV_FIELD_MISSING`
 */
export const encodeEncryptedBody = (body: EncryptedBodyInit): Uint8Array<ArrayBuffer> => {
  const name = encodeUtf8(body.filterName)
  if (name.includes(0)) throw usageError('FLV_FIELD_RANGE', 'a zero byte would end the name', 'filterName')
  const params = body.params ?? filterParams(body)
  requireInteger(params.length, 0, 0xffffff, 'params.length')
  const writer = new ByteWriter()
  writer.bytes(body.header)
  writer.u8(1)
  writer.bytes(name)
  writer.u8(0)
  writer.u24(params.length)
  writer.bytes(params)
  writer.bytes(body.data)
  return writer.finish()
}

const filterParams = ({ filterName, encrypted, iv }: EncryptedBodyInit): Uint8Array => {
  const selective = filterName === 'SE'
  if (selective && !encrypted) return Uint8Array.of(0)
  if (iv === undefined) throw usageError('FLV_FIELD_MISSING', 'an encrypted body has a vector', 'iv')
  requireInteger(iv.length, IV_SIZE, IV_SIZE, 'iv.length')
  return selective ? Uint8Array.of(0x80, ...iv) : iv
}
