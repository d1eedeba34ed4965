import { encodeAmf0 } from '@rtmp/amf0'
import type { SeenMessage } from '../../src/wire/chunk-judge.ts'
import { amfValues, nameOf } from '../../src/wire/message-text.ts'
import { type Mutant, originOf, type Tie } from './mutated-dial.ts'

type Sent = (message: SeenMessage, tie: Tie) => boolean

/** Media that the tester sent this way never arrives at players. */
export const loses = (id: string, what: string, when: Sent): Mutant => ({
  id,
  what,
  received: (message, tie) => {
    const origin = originOf(message, tie)
    return origin !== undefined && when(origin, tie) ? [] : [message]
  },
})

/** Media that the tester sent this way arrives at another time. */
export const mistimes = (id: string, what: string, by: number, when: Sent): Mutant => ({
  id,
  what,
  received: (message, tie) => {
    const origin = originOf(message, tie)
    return origin !== undefined && when(origin, tie)
      ? [{ ...message, timestamp: (message.timestamp + by + 2 ** 32) % 2 ** 32 }]
      : [message]
  },
})

/** The server ends a connection that sends such a message. */
export const hangsUp = (id: string, what: string, when: Sent): Mutant => ({
  id,
  what,
  sent: (message, tie) => {
    if (when(message, tie)) tie.end()
  },
})

/** Such a message stops the whole server. */
export const dies = (id: string, what: string, when: Sent): Mutant => ({
  id,
  what,
  sent: (message, tie) => {
    if (when(message, tie)) tie.shared.dead = true
  },
})

/** Such bytes stop the whole server. */
export const diesOf = (id: string, what: string, when: (bytes: Uint8Array, tie: Tie) => boolean): Mutant => ({
  id,
  what,
  write: (bytes, tie) => {
    if (when(bytes, tie)) tie.shared.dead = true
    return bytes
  },
})

/** The server is silent for good after such a message, and the connection stays open. */
export const hangs = (id: string, what: string, when: Sent): Mutant => ({
  id,
  what,
  sent: (message, tie) => {
    if (when(message, tie)) tie.heldOpen = true
  },
})

/** Messages of the server are changed, or left out. */
export const says = (
  id: string,
  what: string,
  change: (message: SeenMessage, tie: Tie) => SeenMessage | readonly SeenMessage[] | undefined,
): Mutant => ({
  id,
  what,
  received: (message, tie) => {
    const changed = change(message, tie)
    if (changed === undefined) return [message]
    return Array.isArray(changed) ? (changed as readonly SeenMessage[]) : [changed as SeenMessage]
  },
})

/** The message with other AMF0 values. */
export const withValues = (message: SeenMessage, change: (values: unknown[]) => unknown[]): SeenMessage => ({
  ...message,
  payload: encodeAmf0(change([...amfValues(message.payload)])),
})

/** The code of an onStatus or answer. */
export const codeOf = (message: SeenMessage): string => {
  const info = amfValues(message.payload)[3] as { code?: unknown } | null | undefined
  return typeof info === 'object' && info !== null && typeof info.code === 'string' ? info.code : ''
}

/** Whether this is the answer to such a transaction. */
export const answers = (message: SeenMessage, transaction: number): boolean =>
  message.typeId === 20 && nameOf(message) === '_result' && amfValues(message.payload)[1] === transaction

/** Name of a command that the tester sent, and its arguments. */
export const said = (message: SeenMessage, name: string): readonly unknown[] | undefined =>
  message.typeId === 20 && nameOf(message) === name ? amfValues(message.payload) : undefined

export const u32 = (payload: Uint8Array, at = 0): number =>
  payload.length < at + 4 ? -1 : new DataView(payload.buffer, payload.byteOffset).getUint32(at)

export const u16 = (payload: Uint8Array): number =>
  payload.length < 2 ? -1 : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0)
