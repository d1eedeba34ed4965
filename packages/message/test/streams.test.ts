import { ChunkReader } from '@rtmp/chunk'
import { readRepoFile, readRepoJson } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { decodeMessage, parseCommand, type TypedMessage } from '../src/index.ts'

/** C0, C1 and C2, or S0, S1 and S2. */
const HANDSHAKE_SIZE = 3073
const index = await readRepoJson<{ readonly name: string }[]>('vectors/streams/index.json')

const typedMessagesOf = async (file: string): Promise<TypedMessage[]> => {
  const reader = new ChunkReader()
  reader.push((await readRepoFile(`vectors/streams/${file}.bin`)).subarray(HANDSHAKE_SIZE))
  const typed: TypedMessage[] = []
  for (let message = reader.read(); message !== undefined; message = reader.read()) {
    typed.push(decodeMessage(message))
  }
  return typed
}

describe.each(index)('$name', ({ name }) => {
  it.each(['c2s', 's2c'])('is understood to the last message: %s', async (direction) => {
    const typed = await typedMessagesOf(`${name}.${direction}`)
    expect(typed.length).toBeGreaterThan(0)
    for (const message of typed) {
      expect(message.kind).not.toBe('unknown')
      if (message.kind === 'userControl') expect(message.event.kind).not.toBe('unknown')
      if (message.kind === 'command') expect(parseCommand(message).kind).toBe(message.name)
    }
  })
})

it('shows what librtmp sends for stream 0 before there is one', async () => {
  const typed = await typedMessagesOf('rtmpdump-2.4-play.c2s')
  expect(typed).toContainEqual({
    kind: 'userControl',
    event: { kind: 'setBufferLength', messageStreamId: 0, bufferLength: 300 },
  })
})
