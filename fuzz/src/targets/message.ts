import { readFile } from 'node:fs/promises'
import { amf3Codec } from '@rtmp/amf3'
import { isUsageError } from '@rtmp/bytes'
import type { Message } from '@rtmp/chunk'
import {
  decodeMessage,
  encodeMessage,
  parseCommand,
  parseData,
  peekCommand,
  peekDataName,
  readAggregate,
  type TypedMessage,
  unwrapDataFrame,
} from '@rtmp/message'
import { fromHex, type SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

const FILES = ['user-control', 'command', 'data', 'shared-object', 'aggregate'].map(
  (file) => `message/${file}`,
)
const AGGREGATE = 22

/** First byte: the message type; the rest: the payload. */
const seeds = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  for (const file of [...FILES, 'amf0/captured']) {
    const text = await readFile(new URL(`../../../vectors/${file}.json`, import.meta.url), 'utf8')
    for (const { typeId = AGGREGATE, hex } of JSON.parse(text) as { typeId?: number; hex: string }[]) {
      const payload = fromHex(hex)
      const input = new Uint8Array(1 + payload.length)
      input[0] = typeId
      input.set(payload, 1)
      inputs.push(input)
    }
  }
  return inputs
}

/** The typed message as bytes, or `undefined` when AMF0 cannot write what it read (a cycle, shared values too often). */
const written = (typed: TypedMessage): Message | undefined => {
  try {
    return encodeMessage(typed, { amf3: amf3Codec })
  } catch (error) {
    if (isUsageError(error)) return undefined
    throw error
  }
}

const run = (input: Uint8Array, random: SeededRandom): void => {
  const raw: Message = {
    csid: 3,
    typeId: input[0] ?? 0,
    messageStreamId: random.below(3),
    timestamp: random.u32(),
    payload: input.subarray(1),
  }
  const strict = random.chance(0.2)
  const limits = random.chance(0.1) ? { maxAggregateMessages: random.below(4), maxSharedObjectEvents: 2 } : {}
  const amf3 = random.chance(0.9) ? { amf3: amf3Codec } : {}
  const options = { strict, limits, ...amf3 }
  peekCommand(raw)
  peekDataName(raw)
  unwrapDataFrame(raw)
  readAggregate(raw, { limits }) // whatever the type: without `strict` it never throws
  const typed = decodeMessage(raw, options)
  const bytes = written(typed)
  if (typed.kind === 'command') parseCommand(typed, { strict })
  if (typed.kind === 'data') parseData(typed)
  if (bytes === undefined) return
  // What was read and written can be read again, and is written the same.
  const again = written(decodeMessage(bytes, amf3))
  if (again === undefined || again.typeId !== bytes.typeId || !same(again.payload, bytes.payload)) {
    throw new Error('a message changed when it was read and written again')
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/** Every decoder of `@rtmp/message`, the cheap looks included, and that what they return can be written. */
export const target: FuzzTarget = { name: 'message', seeds, run }
