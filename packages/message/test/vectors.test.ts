import { amf3Codec } from '@rtmp/amf3'
import { readRepoJson, toHex } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from '../src/index.ts'
import { message, options, toJson, type Vector } from './helpers.ts'

const files = ['user-control', 'command', 'data', 'shared-object'] as const
const vectors = await Promise.all(files.map((file) => readRepoJson<Vector[]>(`vectors/message/${file}.json`)))

describe.each(files.map((file, i) => ({ file, list: vectors[i] as Vector[] })))('$file', ({ list }) => {
  it.each(list)('reads and writes $name', ({ typeId, hex, value, lossless }) => {
    const original = message(typeId, hex)
    const typed = decodeMessage(original, options)
    expect(toJson(typed)).toEqual(value)
    const encoded = encodeMessage(typed, { amf3: amf3Codec, csid: 3, messageStreamId: 1 })
    expect(encoded.typeId).toBe(typeId)
    if (lossless) expect(toHex(encoded.payload)).toBe(hex)
    else expect(toJson(decodeMessage(encoded, options))).toEqual(value)
  })
})
