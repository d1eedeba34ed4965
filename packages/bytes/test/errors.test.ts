import { expect, test } from 'vitest'
import {
  DecodeError,
  isDecodeError,
  isProtocolError,
  isUsageError,
  ProtocolError,
  UsageError,
} from '../src/index.ts'

test('each family is told from the others, without instanceof', () => {
  const errors = [
    new DecodeError('X', 'bad byte', 3, 'chunk'),
    new ProtocolError('Y', 'too early', 'connect'),
    new UsageError('Z', 'not a number', '$.size'),
    new Error('plain'),
    null,
    'text',
  ]
  expect(errors.map(isDecodeError)).toEqual([true, false, false, false, false, false])
  expect(errors.map(isProtocolError)).toEqual([false, true, false, false, false, false])
  expect(errors.map(isUsageError)).toEqual([false, false, true, false, false, false])
})

test('messages say what, which code, and where', () => {
  expect(new DecodeError('X', 'bad byte', 3, 'chunk').message).toBe('bad byte (X at byte 3, chunk)')
  expect(new ProtocolError('Y', 'too early', 'connect').message).toBe('too early (Y, connect)')
  expect(new UsageError('Z', 'not a number', '$.size').message).toBe('not a number (Z at $.size)')
})
