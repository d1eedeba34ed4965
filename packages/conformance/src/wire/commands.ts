import { encodeAmf0 } from '@rtmp/amf0'
import type { OutMessage } from './chunk-bytes.ts'
import { bigEndian, littleEndian } from './chunk-bytes.ts'
import { joined } from './hex.ts'

/** A command message (RTMP 1.0 §7.1.1) with AMF0 values. */
export const command = (msid: number, ...values: readonly unknown[]): OutMessage => ({
  typeId: 20,
  msid,
  payload: encodeAmf0(values),
})

/** A data message (RTMP 1.0 §7.1.2) with AMF0 values. */
export const data = (msid: number, timestamp: number, ...values: readonly unknown[]): OutMessage => ({
  typeId: 18,
  msid,
  timestamp,
  payload: encodeAmf0(values),
})

/** A user control message (RTMP 1.0 §7.1.7): event type, then 32-bit numbers. */
export const userControl = (event: number, ...numbers: readonly number[]): OutMessage => ({
  typeId: 4,
  payload: joined(bigEndian(event, 2), ...numbers.map((number) => bigEndian(number, 4))),
})

/** A protocol control message of one 32-bit number (RTMP 1.0 §5.4). */
export const control = (typeId: number, value: number): OutMessage => ({
  typeId,
  payload: bigEndian(value, 4),
})

/** A sub-message of an aggregate (RTMP 1.0 §7.1.6): FLV order of timestamp bytes, then the back pointer. */
export const subMessage = (
  typeId: number,
  timestamp: number,
  body: Uint8Array,
  { stream = 0, length = body.length, backPointer = 11 + body.length } = {},
): Uint8Array =>
  joined(
    Uint8Array.of(typeId),
    bigEndian(length, 3),
    bigEndian(timestamp % 2 ** 24, 3),
    Uint8Array.of(Math.floor(timestamp / 2 ** 24)),
    littleEndian(stream).subarray(0, 3),
    body,
    bigEndian(backPointer, 4),
  )

/** Properties of `connect` as an FMLE-like publisher sends them. */
export const connectProperties = (app: string, tcUrl: string): Record<string, unknown> => ({
  app,
  type: 'nonprivate',
  flashVer: 'FMLE/3.0 (compatible; rtmp-conformance)',
  tcUrl,
})
