// What a client said, from a recording of its connection: every command with its values.
//
// 1. Cut off the handshake: C0, C1 and C2, of fixed length in its plain and its digest form.
// 2. Give the rest to a chunk reader, which makes messages of it.
// 3. Commands are decoded, from AMF0 to plain values.
import { ChunkReader, MessageTypeId } from '@rtmp/chunk'
import { decodeCommand } from '@rtmp/message'

const HANDSHAKE_BYTES = 1 + 1536 + 1536

export interface Said {
  readonly name: string
  readonly transactionId: number
  readonly values: readonly unknown[]
}

export function* commandsIn(capture: Uint8Array): Generator<Said> {
  const reader = new ChunkReader()
  reader.push(capture.subarray(HANDSHAKE_BYTES))
  for (let message = reader.read(); message !== undefined; message = reader.read()) {
    if (message.typeId !== MessageTypeId.commandAmf0) continue
    const { name, transactionId, commandObject, args } = decodeCommand(message)
    yield { name, transactionId, values: [commandObject, ...args] }
  }
}
