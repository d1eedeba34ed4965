import { byteByByte, cutAt, readRepoJson, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { ChunkReader, type ChunkReaderOptions, ChunkWriter, type Message } from '../src/index.ts'
import { expand, failureOf, readAll } from './helpers.ts'

interface Vector {
  readonly name: string
  readonly lossless: boolean
  readonly options?: ChunkReaderOptions
  readonly hex: string
  readonly messages: readonly (Omit<Message, 'payload'> & { readonly payload: string })[]
}

interface ErrorVector {
  readonly name: string
  readonly options?: ChunkReaderOptions
  readonly hex: string
  readonly messages: number
  readonly error: {
    readonly code: string
    readonly family: 'decode' | 'protocol' | 'end'
    readonly offset?: number
  }
}

const vectors = await readRepoJson<Vector[]>('vectors/chunk/messages.json')
const errors = await readRepoJson<ErrorVector[]>('vectors/chunk/errors.json')

const readable = (messages: readonly Message[]): unknown[] =>
  messages.map((message) => ({ ...message, payload: toHex(message.payload) }))

describe('messages', () => {
  test.each(vectors)('reads $name, however it arrives', (vector) => {
    const bytes = expand(vector.hex)
    const expected = vector.messages.map((message) => ({
      ...message,
      payload: toHex(expand(message.payload)),
    }))
    expect(readable(readAll([bytes], vector.options))).toEqual(expected)
    expect(readable(readAll(byteByByte(bytes), vector.options))).toEqual(expected)
    const cuts = bytes.length < 2000 ? bytes.length : 10
    for (let at = 1; at < cuts; at++)
      expect(readable(readAll(cutAt(bytes, [at]), vector.options))).toEqual(expected)
  })
})

describe('what the writer writes', () => {
  test.each(vectors.filter(({ lossless }) => lossless))('writes $name to the same bytes', (vector) => {
    const writer = new ChunkWriter()
    const other = new ChunkWriter()
    const slices: string[] = []
    const joined: string[] = []
    for (const { payload, ...header } of vector.messages) {
      const message = { ...header, payload: expand(payload) }
      slices.push(...writer.write(message).map(toHex))
      joined.push(toHex(other.encode(message)))
    }
    expect(slices.join('')).toBe(toHex(expand(vector.hex)))
    expect(joined.join('')).toBe(toHex(expand(vector.hex)))
  })
})

describe('errors', () => {
  test.each(errors)('refuses $name, however it arrives', (vector) => {
    const bytes = expand(vector.hex)
    const deliveries = [[bytes], byteByByte(bytes), cutAt(bytes, [1]), cutAt(bytes, [bytes.length - 1])]
    for (const slices of deliveries) {
      const messages: Message[] = []
      const failure = failureOf(() => readAll(slices, vector.options, messages))
      expect(failure.code).toBe(vector.error.code)
      expect(failure.name).toBe(vector.error.family === 'protocol' ? 'ProtocolError' : 'DecodeError')
      if (vector.error.offset !== undefined) expect(failure.offset).toBe(vector.error.offset)
      expect(messages).toHaveLength(vector.messages)
    }
  })

  test.each(errors.filter(({ error }) => error.family !== 'end'))('stays: $name', (vector) => {
    const reader = new ChunkReader(vector.options)
    const readEverything = (): void => {
      while (reader.read() !== undefined);
    }
    reader.push(expand(vector.hex))
    const first = failureOf(readEverything)
    expect(first.code).toBe(vector.error.code)
    reader.push(expand('04 000000 000001 08 01000000 aa'))
    expect(failureOf(() => reader.read())).toBe(first)
    expect(failureOf(() => reader.end())).toBe(first)
    expect(readAll([expand('04 000000 000001 08 01000000 aa')])).toHaveLength(1)
  })
})
