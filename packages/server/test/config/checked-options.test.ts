import { isUsageError } from '@rtmp/bytes'
import { describe, expect, test } from 'vitest'
import { createServer } from '../../src/index.ts'

/** Code and path of what is thrown for options that code in JavaScript may give. */
const refusal = (options: unknown): string => {
  try {
    createServer(options as never)
  } catch (error) {
    if (isUsageError(error)) return `${error.code} ${error.path}: ${error.message}`
    throw error
  }
  return 'taken'
}

describe('options that are given in code', () => {
  test.each([
    [{ limits: { memoryBytes: -1 } }, 'OPTION_INVALID limits.memoryBytes'],
    [{ limits: { connections: '5' } }, 'OPTION_INVALID limits.connections'],
    [{ limits: { connections: Number.NaN } }, 'OPTION_INVALID limits.connections'],
    [{ session: { chunkSize: 127 } }, 'OPTION_INVALID session.chunkSize'],
    [{ session: { ping: { interval: 'often' } } }, 'OPTION_INVALID session.ping.interval'],
    [{ session: { limits: { maxMessageStreams: 0 } } }, 'OPTION_INVALID session.limits.maxMessageStreams'],
    [{ streams: { secondPublisher: 'kick' } }, 'OPTION_INVALID streams.secondPublisher'],
    [{ streams: { player: { soft: { bytes: true } } } }, 'OPTION_INVALID streams.player.soft.bytes'],
    [{ streams: { latency: 'fast' } }, 'OPTION_INVALID streams.latency'],
    [{ listeners: [{ port: 0 }, { port: 0, backlog: 0 }] }, 'OPTION_INVALID listeners[1].backlog'],
    [{ listeners: 1936 }, 'OPTION_INVALID listeners'],
    [{ streams: 5 }, 'OPTION_INVALID streams'],
    [{ enhanced: 'on' }, 'OPTION_INVALID enhanced'],
    [{ rtmp: { port: 70_000 } }, 'OPTION_INVALID rtmp.port'],
    [{ http: { port: 8000, webSocket: 'yes' } }, 'OPTION_INVALID http.webSocket'],
    [{ statsIntervalMs: -1 }, 'OPTION_INVALID statsIntervalMs'],
    [{ closing: { flushMs: null } }, 'OPTION_INVALID closing.flushMs'],
    [{ drain: { deadlineMs: 'soon' } }, 'OPTION_INVALID drain.deadlineMs'],
  ])('%j is refused with the path of the field', (options, expected) => {
    expect(refusal(options)).toMatch(new RegExp(`^${expected.replaceAll(/[.[\]]/g, '\\$&')}: `))
  })

  test('what is written wrong is told, with what was meant', () => {
    expect(refusal({ stream: {} })).toBe(
      'OPTION_UNKNOWN stream: there is no such option; did you mean streams? (OPTION_UNKNOWN at stream)',
    )
    expect(refusal({ streams: { gracems: 1 } })).toMatch(/^OPTION_UNKNOWN streams\.gracems: .*graceMs\?/)
    expect(refusal({ limits: { memory: 1 } })).toMatch(/^OPTION_UNKNOWN limits\.memory: /)
  })

  test('what only code can say is taken: no bound, parts of a millisecond', () => {
    expect(
      refusal({
        streams: { graceMs: 0.5, player: { soft: { bytes: Number.POSITIVE_INFINITY, ms: 1 } } },
        session: { trace: () => {}, limits: { maxMessageStreams: 65_536 } },
        drain: { description: 'moving' },
        rtmp: false,
        http: false,
      }),
    ).toBe('taken')
  })
})
