import { describe, expect, test } from 'vitest'
import { closestTo, notForUs, shownValue, switchOf } from '../src/index.ts'

describe('yes and no', () => {
  test.each(['true', 'YES', 'on', ' 1 '])('%j is yes', (text) => expect(switchOf(text)).toBe(true))
  test.each(['false', 'No', 'off', '0'])('%j is no', (text) => expect(switchOf(text)).toBe(false))
  test.each(['', 'maybe', '2', 'yes!'])('%j is neither', (text) => expect(switchOf(text)).toBeUndefined())
})

test('a value in a sentence has at most 80 characters', () => {
  expect(shownValue('many')).toBe("'many'")
  expect(shownValue([1, { a: true }])).toBe('[1,{"a":true}]')
  expect(shownValue(undefined)).toBe('undefined')
  expect(shownValue('x'.repeat(78))).toBe(`'${'x'.repeat(78)}'`)
  expect(shownValue('x'.repeat(79))).toBe(`'${'x'.repeat(76)}…`)
})

describe('variables that others set', () => {
  test.each([
    ['tcp://10.96.0.12:1935', 'other', /service/],
    ['udp://h:1', 'other', /service/],
    ['', 'other', /^$/],
    [' ', 'text', /^$/],
  ] as const)('%j for %s is not for us', (given, takes, reason) => {
    expect(notForUs(given, takes)).toMatch(reason)
  })
  test.each([
    ['tcp://10.96.0.12:1935', 'text'],
    ['', 'list'],
    ['1', 'other'],
    ['a tcp://10.96.0.12:1935', 'other'],
  ] as const)('%j for %s is', (given, takes) => expect(notForUs(given, takes)).toBeUndefined())
})

describe('the closest name', () => {
  test.each([
    ['limits', 'limit'],
    ['chunksize', 'chunkSize'],
    ['tiemout', 'timeout'],
  ])('%s: %s', (text, meant) => expect(closestTo(text, ['limit', 'chunkSize', 'timeout'])).toBe(meant))
  test('none where none is like it, nor for what nobody can have mistyped', () => {
    expect(closestTo('playlists', ['limit', 'chunkSize'])).toBeUndefined()
    expect(closestTo('x'.repeat(81), ['x'.repeat(81)])).toBeUndefined()
  })
})
