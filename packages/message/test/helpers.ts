import { amf3Codec } from '@rtmp/amf3'
import type { Message } from '@rtmp/chunk'
import { fromHex, toHex } from '@rtmp/testkit'
import type { MessageDecodeOptions } from '../src/index.ts'

export const options: MessageDecodeOptions = { amf3: amf3Codec }

export const message = (typeId: number, payload: Uint8Array | string, timestamp = 0): Message => ({
  csid: 3,
  typeId,
  messageStreamId: 1,
  timestamp,
  payload: typeof payload === 'string' ? fromHex(payload) : payload,
})

/** The value as it stands in a vector: byte arrays as hex, absent for undefined. */
export const toJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? toHex(part) : part)))

export interface Vector {
  readonly name: string
  readonly typeId: number
  readonly hex: string
  readonly value: unknown
  readonly lossless: boolean
}

/** What a call throws. */
export const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
