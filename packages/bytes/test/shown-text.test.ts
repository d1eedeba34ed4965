import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LONGEST_SHOWN, shownJson, shownText } from '../src/text/index.ts'

test.each([
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['a\r\nb\tc', 'a\\x0d\\x0ab\\x09c'],
  ['\u007f\u009b31m', '\\x7f\\x9b31m'],
  ['\u2028\u2029\u0085', '\\u2028\\u2029\\x85'],
  ['\u202e\u2066\u200f\u061c', '\\u202e\\u2066\\u200f\\u061c'],
  ['\u200b\ufeff\u00ad', '\\u200b\\ufeff\\xad'],
  ['\u{e0041}', '\\u{e0041}'],
  ['\ud800', '\\ud800'],
  ['Grüße, \u0645\u06cc\u200c\u062e, 👩‍💻', 'Grüße, \u0645\u06cc\u200c\u062e, 👩‍💻'],
])('%j is shown as %j', (text, shown) => {
  expect(shownText(text)).toBe(shown)
})

test('a text is cut where it is too long, and says so', () => {
  const text = 'x'.repeat(LONGEST_SHOWN)
  expect(shownText(text)).toBe(text)
  expect(shownText(`${text}y`)).toBe(`${text}… (1 more characters)`)
  expect(shownText('abc', 2)).toBe('ab… (1 more characters)')
  expect(shownText('\u0001'.repeat(60_000)).length).toBeLessThan(4 * LONGEST_SHOWN + 40)
})

const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u

test('nothing harmful is ever left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      expect(shownText(text)).not.toMatch(HARMFUL)
    }),
  )
})

test('JSON says the same to programs', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = shownJson(JSON.stringify({ [text]: text }))
      expect(json).not.toMatch(HARMFUL)
      expect(JSON.parse(json)).toEqual({ [text]: text })
    }),
  )
})
