import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeUtf8,
  decodeUtf8Strict,
  encodeUtf8,
  loneSurrogateAt,
  utf8Length,
  writeUtf8,
} from '../src/index.ts'

const text = fc.string({ unit: 'binary', maxLength: 80 })

describe('UTF-8', () => {
  test('decode gives back what encode wrote, and the length is known beforehand', () => {
    fc.assert(
      fc.property(text, (value) => {
        const bytes = encodeUtf8(value)
        expect(bytes.length).toBe(utf8Length(value))
        expect(decodeUtf8(bytes)).toBe(value)
        expect(decodeUtf8Strict(bytes)).toBe(value)
        const target = new Uint8Array(bytes.length + 3)
        expect(writeUtf8(target, 2, value)).toBe(bytes.length)
        expect(target.subarray(2, 2 + bytes.length)).toEqual(bytes)
      }),
    )
  })

  test('a lone surrogate is found, and written as U+FFFD', () => {
    expect(loneSurrogateAt('ab\ud800c')).toBe(2)
    expect(loneSurrogateAt('a\udc00')).toBe(1)
    expect(loneSurrogateAt('a\u{1f600}b')).toBe(-1)
    expect(utf8Length('\ud800')).toBe(3)
    expect(decodeUtf8(encodeUtf8('\ud800'))).toBe('\ufffd')
  })

  test('ill-formed bytes are replaced, or refused when strictness is asked for', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x62)
    expect(decodeUtf8(bytes)).toBe('a\ufffdb')
    expect(decodeUtf8Strict(bytes)).toBeUndefined()
  })

  test('a byte order mark is data', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })
})
