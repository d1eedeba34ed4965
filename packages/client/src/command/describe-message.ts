import { amf3Codec } from '@rtmp/amf3'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { decodeMultichannelConfig, decodeVideoMetadata, type MediaFrame, toMediaFrames } from '@rtmp/e-rtmp'
import { codecFacts } from '@rtmp/e-rtmp/records'
import { decodeMessage, type TypedMessage } from '@rtmp/message'
import type { FrameRecord, InspectRecord, Problem, RecordContent, RecordPlace } from './inspect-record.ts'
import { hexOf, type JsonValue, jsonValue } from './json-value.ts'
import { problemOf } from './problem.ts'

/** How messages are described. */
export interface DescribeOptions {
  /** How many bytes of each payload to show in hexadecimal; default 0. */
  readonly hexBytes?: number
}

/** What a message says, as one record. Never throws: what cannot be decoded is told in `problem`. */
export const describeMessage = (
  message: Message,
  where: Partial<RecordPlace> = {},
  options: DescribeOptions = {},
): InspectRecord => {
  const { payload, timestamp, typeId, messageStreamId, csid } = message
  const place = { timestamp, bytes: payload.length, ...where, typeId, messageStreamId, csid }
  const hex = hexField(payload, options)
  try {
    return { ...orderOf(contentOf(message, where, options), place), ...hex }
  } catch (error) {
    return { ...orderOf(emptyContent(typeId), place), problem: problemOf(error), ...hex }
  }
}

/** The same of an FLV tag, which has a position instead of streams. */
export const describeTag = (
  tag: { readonly typeId: number; readonly timestamp: number; readonly payload: Uint8Array },
  offset: number,
  options: DescribeOptions = {},
): InspectRecord => {
  const {
    messageStreamId: _,
    csid: __,
    ...record
  } = describeMessage({ ...tag, csid: 0, messageStreamId: 0 }, { offset }, options)
  return record
}

/** `kind` first, then the place, then the rest: as it is read. */
const orderOf = (content: RecordContent, place: RecordPlace): InspectRecord => {
  const { kind, ...rest } = content
  return { kind, ...place, ...rest } as InspectRecord
}

const hexField = (payload: Uint8Array, { hexBytes = 0 }: DescribeOptions): { hex?: string } =>
  hexBytes > 0 ? { hex: hexOf(payload.subarray(0, hexBytes)) } : {}

/** The kind by the type alone, for messages that cannot be decoded. */
const emptyContent = (typeId: number): RecordContent => {
  switch (typeId) {
    case MessageTypeId.audio:
      return { kind: 'audio', frames: [] }
    case MessageTypeId.video:
      return { kind: 'video', frames: [] }
    case MessageTypeId.dataAmf0:
    case MessageTypeId.dataAmf3:
      return { kind: 'data', name: '', values: [] }
    case MessageTypeId.commandAmf0:
    case MessageTypeId.commandAmf3:
      return { kind: 'command', name: '', transactionId: 0, commandObject: null, args: [] }
    case MessageTypeId.sharedObjectAmf0:
    case MessageTypeId.sharedObjectAmf3:
      return { kind: 'sharedObject', name: '', version: 0, events: [] }
    case MessageTypeId.aggregate:
      return { kind: 'aggregate', messages: [] }
    default:
      return typeId >= MessageTypeId.setChunkSize && typeId <= MessageTypeId.setPeerBandwidth
        ? { kind: 'control', name: '', values: {} }
        : { kind: 'unknown' }
  }
}

const contentOf = (
  message: Message,
  where: Partial<RecordPlace>,
  options: DescribeOptions,
): RecordContent & { readonly problem?: Problem } => {
  if (message.typeId === MessageTypeId.audio || message.typeId === MessageTypeId.video) {
    return mediaContent(message)
  }
  const typed = decodeMessage(message, { amf3: amf3Codec })
  switch (typed.kind) {
    case 'command': {
      const { name, transactionId, commandObject, args } = typed
      return {
        kind: 'command',
        name,
        transactionId,
        commandObject: jsonValue(commandObject),
        args: args.map((value) => jsonValue(value)),
      }
    }
    case 'data':
      return { kind: 'data', name: typed.name, values: typed.args.map((value) => jsonValue(value)) }
    case 'sharedObject': {
      const { name, version, events } = typed
      return { kind: 'sharedObject', name, version, events: events.map((event) => jsonValue(event)) }
    }
    case 'aggregate': {
      const inner = { ...where }
      return {
        kind: 'aggregate',
        messages: typed.messages.map((part) => describeMessage(part, inner, options)),
      }
    }
    case 'audio':
    case 'video':
    case 'unknown':
      return { kind: 'unknown' }
    default:
      return controlContent(typed)
  }
}

type ControlMessage = Extract<
  TypedMessage,
  {
    kind: 'setChunkSize' | 'abort' | 'acknowledgement' | 'windowAckSize' | 'setPeerBandwidth' | 'userControl'
  }
>

const controlContent = (typed: ControlMessage): RecordContent => {
  const { kind: name, ...fields } = typed.kind === 'userControl' ? typed.event : typed
  const values = jsonValue(fields) as { readonly [field: string]: JsonValue }
  return { kind: 'control', name: name === 'unknown' ? 'userControl' : name, values }
}

const mediaContent = ({
  typeId,
  timestamp,
  payload,
}: Message): RecordContent & { readonly problem?: Problem } => {
  const kind = typeId === MessageTypeId.audio ? 'audio' : 'video'
  let problem: Problem | undefined
  const frames = toMediaFrames(kind, timestamp, payload).map((frame): FrameRecord => {
    try {
      return frameRecord(frame, more(frame))
    } catch (error) {
      problem ??= problemOf(error)
      return frameRecord(frame, {})
    }
  })
  return { kind, frames, ...(problem === undefined ? {} : { problem }) }
}

const frameRecord = (frame: MediaFrame, extra: Partial<FrameRecord>): FrameRecord => {
  const { trackId, codec, type, keyFrame, pts, payload, form, nanoOffset } = frame
  return {
    trackId,
    codec,
    type,
    keyFrame,
    pts,
    bytes: payload.length,
    form,
    ...(nanoOffset === 0 ? {} : { nanoOffset }),
    ...extra,
  }
}

/** What is inside a frame that is no picture or sound, or that tells of its codec. @throws DecodeError */
const more = (frame: MediaFrame): Partial<FrameRecord> => {
  if (frame.type === 'metadata')
    return { value: jsonValue(new Map(decodeVideoMetadata(frame.payload).pairs)) }
  if (frame.type === 'multichannelConfig')
    return { value: jsonValue(decodeMultichannelConfig(frame.payload)) }
  const facts = codecFacts(frame)
  return facts === undefined ? {} : { facts }
}
