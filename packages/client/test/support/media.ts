import type { FlvTagInit } from '@rtmp/flv'
import type { MediaMessage } from '../../src/index.ts'
import type { Sent } from './test-server.ts'

const filled = (head: readonly number[], size: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(head.length + size)
  bytes.set(head)
  for (let at = head.length; at < bytes.length; at++) bytes[at] = (seed * 31 + at * 7) & 255
  return bytes
}

export const videoHeader = (seed = 0): Uint8Array => filled([0x17, 0, 0, 0, 0, 1, 100, 0, 31, 255], 20, seed)
export const audioHeader = (): Uint8Array => Uint8Array.of(0xaf, 0, 0x12, 0x10)
export const keyFrame = (seed: number, size = 400): Uint8Array => filled([0x17, 1, 0, 0, 0], size, seed)
export const picture = (seed: number, size = 100): Uint8Array => filled([0x27, 1, 0, 0, 0], size, seed)
export const sound = (seed: number, size = 20): Uint8Array => filled([0xaf, 1], size, seed)

/** A stream: headers, then 25 pictures a second with a key frame every second, and a sound with each picture. */
export class Camera {
  readonly start: number
  #index = 0
  readonly frameSize: number

  constructor(start = 0, frameSize = 100) {
    this.start = start
    this.frameSize = frameSize
  }

  headers(): FlvTagInit[] {
    return [
      { typeId: 9, timestamp: this.start >>> 0, payload: videoHeader() },
      { typeId: 8, timestamp: this.start >>> 0, payload: audioHeader() },
    ]
  }

  /** The next picture and sound. */
  next(): FlvTagInit[] {
    const index = this.#index++
    const timestamp = (this.start + index * 40) >>> 0
    const payload = index % 25 === 0 ? keyFrame(index, this.frameSize * 4) : picture(index, this.frameSize)
    return [
      { typeId: 9, timestamp, payload },
      { typeId: 8, timestamp, payload: sound(index) },
    ]
  }
}

/** What a message is, short: `V+12` key frame, `V12` picture, `A12` sound, `VH`, `AH`, `D`; the number is its time. */
export const shortly = ({ typeId, timestamp, payload }: Sent | MediaMessage): string => {
  if (typeId === 18) return 'D'
  if (typeId === 8) return payload[1] === 0 ? 'AH' : `A${timestamp}`
  if (payload[1] === 0) return 'VH'
  return payload[0] === 0x17 ? `V+${timestamp}` : `V${timestamp}`
}

export const frames = (messages: readonly (Sent | MediaMessage)[], typeId: number): (Sent | MediaMessage)[] =>
  messages.filter((message) => message.typeId === typeId && message.payload[1] !== 0)
