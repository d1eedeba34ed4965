import {
  type Amf0DecodeOptions,
  type Amf0EncodeOptions,
  type Amf0Plain,
  decodeAmf0,
  encodeAmf0,
} from '@rtmp/amf0'
import { concat, encodeUtf8 } from '@rtmp/bytes'
import { flvError } from './errors.ts'
import { TagType } from './tag.ts'

/**
 * Script data (FLV §E.4.4.1): a name and values, in AMF0 one behind the other.
 *
 * In tags and messages of type 15 a format selector byte 0 comes first, and values may be AMF3 behind the AVM+ marker
 * (E-RTMP v2, "Enabling AMF3 in FLV"); it may be missing in files.
 */
export interface ScriptData {
  /** `'onMetaData'`, `'onCuePoint'`, `'|AdditionalHeader'`, or any other. */
  readonly name: string
  /** What follows the name, in the plain view: usually one object. */
  readonly values: readonly Amf0Plain[]
}

const STRING_MARKER = 2

/** Behind the format selector of type 15, where there is one. */
export const amfBytes = (payload: Uint8Array, typeId: number): Uint8Array =>
  typeId === TagType.scriptAmf3 && payload[0] === 0 && payload[1] === STRING_MARKER
    ? payload.subarray(1)
    : payload

/**
 * The payload of a script tag, or of a data message.
 *
 * @param typeId - 18, or 15 for the AMF3 form; give `amf3` in the options to read AMF3 values. References count as what they stand for,
 *   unless `countReferences` is false.
 * @throws DecodeError `FLV_SCRIPT` when no name comes first; the errors of `decodeAmf0`
 */
export const decodeScriptData = (
  payload: Uint8Array,
  typeId: number = TagType.script,
  options?: Amf0DecodeOptions,
): ScriptData => {
  const [name, ...values] = decodeAmf0(amfBytes(payload, typeId), { countReferences: true, ...options })
  if (typeof name !== 'string') throw flvError('FLV_SCRIPT', 'script data begin with a name', 0)
  return { name, values }
}

/**
 * The payload of script data; wrap an object in `ecmaArray` of `@rtmp/amf0` to have it written as one.
 *
 * @param typeId - 18, or 15 to put the format selector first.
 * @throws UsageError the errors of `encodeAmf0`
 */
export const encodeScriptData = (
  name: string,
  values: readonly unknown[],
  typeId: number = TagType.script,
  options?: Amf0EncodeOptions,
): Uint8Array<ArrayBuffer> => {
  const amf = encodeAmf0([name, ...values], options)
  return typeId === TagType.scriptAmf3 ? concat([Uint8Array.of(0), amf]) : amf
}

/** AMF0 string "@setDataFrame", which publishers put before the name of data for others. */
const SET_DATA_FRAME = concat([Uint8Array.of(STRING_MARKER, 0, 13), encodeUtf8('@setDataFrame')])

/** A data message's payload without `@setDataFrame` in front: what goes into a file, or to players. A view. */
export const stripSetDataFrame = (payload: Uint8Array): Uint8Array =>
  SET_DATA_FRAME.every((byte, at) => payload[at] === byte) ? payload.subarray(SET_DATA_FRAME.length) : payload

/** A script tag's payload with `@setDataFrame` in front, to publish it (type 18). A copy. */
export const addSetDataFrame = (payload: Uint8Array): Uint8Array<ArrayBuffer> =>
  concat([SET_DATA_FRAME, payload])
