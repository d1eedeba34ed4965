import { isUsageError } from '@rtmp/bytes'
import { expect, test } from 'vitest'
import { isPlayerError, PlayerError } from '../src/index.ts'
import { resolveOptions } from '../src/player-options.ts'

test('everything has a default', () => {
  expect(resolveOptions({})).toEqual({
    live: true,
    latency: { target: 250, most: 2000, maxRate: 1.1, jumpAbove: 4000 },
    buffer: { behind: 10_000, ahead: 30_000 },
    reconnect: { attempts: Number.POSITIVE_INFINITY, delay: 500, maxDelay: 10_000, silence: 20_000 },
    whenAbsent: 'fail',
    need: ['video', 'audio'],
    tracks: {},
    request: {},
  })
})

test('a file is not asked for again, and false does not reconnect', () => {
  expect(resolveOptions({ live: false }).reconnect.attempts).toBe(0)
  expect(resolveOptions({ reconnect: false }).reconnect.attempts).toBe(0)
})

test.each([
  [{ latency: { target: 49 } }, 'options.latency.target'],
  [{ latency: { target: Number.NaN } }, 'options.latency.target'],
  [{ latency: { maxRate: 2.1 } }, 'options.latency.maxRate'],
  [{ buffer: { ahead: 1999 } }, 'options.buffer.ahead'],
  [{ reconnect: { attempts: -1 } }, 'options.reconnect.attempts'],
])('%o names what is out of range', (options, path) => {
  try {
    resolveOptions(options)
    expect.unreachable()
  } catch (error) {
    expect(isUsageError(error) && [error.code, error.path]).toEqual(['PLAYER_OPTION', path])
  }
})

test('errors are known by their brand', () => {
  const error = new PlayerError({
    code: 'PLAYER_ABSENT',
    message: 'there is no such stream',
    fatal: true,
    status: 404,
  })
  expect(isPlayerError(error)).toBe(true)
  expect(isPlayerError(new Error('other'))).toBe(false)
  expect(error).toMatchObject({ name: 'PlayerError', missing: [], status: 404 })
})
