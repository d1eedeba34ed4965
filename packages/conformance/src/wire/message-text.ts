import { decodeAmf0 } from '@rtmp/amf0'
import { hexOf } from './hex.ts'
import type { SeenMessage } from './chunk-judge.ts'

/** AMF0 values of a payload, as far as they can be read. */
export const amfValues = (payload: Uint8Array): readonly unknown[] => {
  try {
    return decodeAmf0(payload)
  } catch {
    return []
  }
}

/** Name of a command or data message; empty for every other. */
export const nameOf = ({ typeId, payload }: Pick<SeenMessage, 'typeId' | 'payload'>): string => {
  if (typeId !== 20 && typeId !== 18 && typeId !== 17 && typeId !== 15) return ''
  const body = (typeId === 17 || typeId === 15) && payload[0] !== 2 ? payload.subarray(1) : payload
  const name = amfValues(body)[0]
  return typeof name === 'string' ? name : ''
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'Set Chunk Size',
  2: 'Abort',
  3: 'Acknowledgement',
  4: 'User Control',
  5: 'Window Ack Size',
  6: 'Set Peer Bandwidth',
  8: 'audio',
  9: 'video',
  15: 'data (AMF3)',
  16: 'shared object (AMF3)',
  17: 'command (AMF3)',
  18: 'data',
  19: 'shared object',
  20: 'command',
  22: 'aggregate',
}

const MAX_TEXT = 300

/** One line that says what a message is. */
export const messageText = (message: SeenMessage): string => {
  const { typeId, msid, csid, timestamp, payload } = message
  const head = `${TYPES[typeId] ?? `type ${typeId}`}, stream ${msid}, csid ${csid}, ${timestamp} ms, ${payload.length} bytes`
  if (typeId === 20 || typeId === 18) {
    const values = amfValues(payload)
    if (values.length > 0) return `${head}: ${values.map(valueText).join(' ').slice(0, MAX_TEXT)}`
  }
  return `${head}: ${hexOf(payload, 32)}`
}

const valueText = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (inner === undefined ? 'undefined' : inner)) ?? 'undefined'
