import { ByteWriter } from '@rtmp/bytes'
import { type Message, MessageTypeId } from './message.ts'
import { encodeAbort, encodeSetChunkSize } from './protocol-control.ts'

/** A chunk stream and what is in it. */
export interface Wire {
  /** From the first byte behind the handshake. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Every complete message, control messages included, in order of completion. */
  readonly messages: readonly Message[]
}

/** What a receiver that follows RTMP 1.0 to the letter remembers of a chunk stream. */
interface Memory {
  readonly message: Message
  readonly delta: number
  readonly extension: number | undefined
}

/** A message on its way: bytes sent, and the extension its continuations repeat. */
interface Pending {
  readonly message: Message
  sent: number
}

/** At most this many Set Chunk Size messages, lest the choices ask for nothing else. */
const MAX_SIZE_CHANGES = 12

const CONTROL = { csid: 2, messageStreamId: 0, timestamp: 0 }

/**
 * Lays messages out as chunks, straight from the text of RTMP 1.0 §5.3 and with none of this package's reader or writer;
 * `choices`, used round and round, decide wherever the text leaves a choice.
 */
export const interleave = (
  list: readonly Message[],
  choices: readonly number[],
  sizes: readonly number[],
): Wire => {
  const out = new ByteWriter()
  const done: Message[] = []
  const memory = new Map<number, Memory>()
  const queues = new Map<number, Message[]>()
  const pending = new Map<number, Pending>()
  for (const message of list) {
    const queue = queues.get(message.csid)
    if (queue === undefined) queues.set(message.csid, [message])
    else queue.push(message)
  }
  let chunkSize = 128
  let sizeChanges = 0
  let turn = 0
  const choose = (count: number): number => {
    turn += 1
    return ((choices[turn % choices.length] as number) + turn) % count
  }

  const basic = (fmt: number, csid: number): void => {
    const wide = csid >= 64 && (csid >= 320 || choose(8) === 0)
    if (csid < 64) out.u8((fmt << 6) | csid)
    else if (wide) {
      out.u8((fmt << 6) | 1)
      out.u8(csid - 64)
      out.u8((csid - 64) >> 8)
    } else {
      out.u8(fmt << 6)
      out.u8(csid - 64)
    }
  }

  const begin = (message: Message): void => {
    const { csid, timestamp, payload, typeId, messageStreamId } = message
    const before = memory.get(csid)
    const delta = before === undefined ? 0 : (timestamp - before.message.timestamp) >>> 0
    const legal = [0]
    if (before !== undefined && before.message.messageStreamId === messageStreamId) {
      legal.push(1)
      if (before.message.typeId === typeId && before.message.payload.length === payload.length) {
        legal.push(2)
        if (delta === before.delta) legal.push(3)
      }
    }
    const fmt = legal[choose(legal.length)] as number
    const field = fmt === 0 ? timestamp : delta
    basic(fmt, csid)
    if (fmt === 3) {
      const extension = (before as Memory).extension
      if (extension !== undefined) out.u32(delta)
      memory.set(csid, { message, delta, extension: extension === undefined ? undefined : delta })
      return
    }
    const extended = field >= 0xffffff
    out.u24(extended ? 0xffffff : field)
    if (fmt < 2) {
      out.u24(payload.length)
      out.u8(typeId)
    }
    if (fmt === 0) out.u32le(messageStreamId)
    if (extended) out.u32(field)
    memory.set(csid, { message, delta: field, extension: extended ? field : undefined })
  }

  const sendChunk = (csid: number, start: () => Message): boolean => {
    let current = pending.get(csid)
    if (current === undefined) {
      current = { message: start(), sent: 0 }
      begin(current.message)
      pending.set(csid, current)
    } else {
      basic(3, csid)
      const extension = memory.get(csid)?.extension
      if (extension !== undefined) out.u32(extension)
    }
    const { payload } = current.message
    out.bytes(payload.subarray(current.sent, current.sent + chunkSize))
    current.sent += chunkSize
    if (current.sent < payload.length) return false
    pending.delete(csid)
    done.push(current.message)
    return true
  }

  const sendControl = (typeId: number, payload: Uint8Array): void => {
    const message = { ...CONTROL, typeId, payload }
    while (!sendChunk(CONTROL.csid, () => message));
  }

  while (queues.size > 0) {
    const open = [...queues.keys()]
    const csid = open[choose(open.length)] as number
    const what = choose(12)
    if (what === 0 && sizeChanges < MAX_SIZE_CHANGES && !pending.has(CONTROL.csid)) {
      sizeChanges += 1
      const size = sizes[choose(sizes.length)] as number
      sendControl(MessageTypeId.setChunkSize, encodeSetChunkSize(size))
      chunkSize = size
    } else if (what === 1 && csid !== CONTROL.csid && pending.has(csid) && !pending.has(CONTROL.csid)) {
      sendControl(MessageTypeId.abort, encodeAbort(csid))
      pending.delete(csid)
    } else {
      const queue = queues.get(csid) as Message[]
      sendChunk(csid, () => queue.shift() as Message)
    }
    for (const [id, queue] of queues) if (queue.length === 0 && !pending.has(id)) queues.delete(id)
  }
  return { bytes: out.finish(), messages: done }
}
