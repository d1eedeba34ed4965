import { describe, expect, it } from 'vitest'
import { byteCount, duration, listenAddress } from '../../src/command/arguments.ts'
import { jsonValue } from '../../src/command/json-value.ts'
import { formatBitrate, formatBytes, formatTime } from '../../src/command/quantity.ts'
import { recordLine } from '../../src/command/record-line.ts'
import { safeText } from '../../src/command/safe-text.ts'
import { publishTarget } from '../../src/command/target.ts'
import { hostPort, parseRtmpUrl } from '../../src/rtmp-url.ts'

const same = (text: string): string => text
const plainPaint = { strong: same, dim: same, accent: same, bad: same }

describe('what people write', () => {
  it.each([
    ['10', 10_000],
    ['1.5s', 1500],
    ['500ms', 500],
    ['2m', 120_000],
    ['2 min', 120_000],
    ['1h', 3_600_000],
    ['1:30', 90_000],
    ['1:00:00.5', 3_600_500],
  ])('the time %s is %d ms', (text, ms) => {
    expect(duration(text)).toBe(ms)
  })

  it.each(['', 'soon', '-1', '1:2:3:4', '5 days'])('%j is no time', (text) => {
    expect(() => duration(text)).toThrow('Write it as 10 or 10s, 500ms, 2m, 1h or 1:30.')
  })

  it.each([
    ['1500', 1500],
    ['10k', 10_000],
    ['5MB', 5_000_000],
    ['1.5G', 1_500_000_000],
  ])('the size %s is %d bytes', (text, bytes) => {
    expect(byteCount(text)).toBe(bytes)
  })

  it.each([
    ['1936', '127.0.0.1', 1936],
    ['0.0.0.0:1936', '0.0.0.0', 1936],
    ['[::]:0', '::', 0],
    [':80', '127.0.0.1', 80],
  ])('%s is a place to listen', (text, host, port) => {
    expect(listenAddress(text)).toEqual({ host, port })
  })

  it.each(['', '70000', 'here', '1.2.3.4:'])('%j is no place to listen', (text) => {
    expect(() => listenAddress(text)).toThrow('Write it as 1936')
  })
})

describe('places to publish to', () => {
  it('are URLs and platforms', () => {
    expect(publishTarget('rtmp://h/a/s')).toEqual({ url: 'rtmp://h/a/s' })
    expect(publishTarget('YouTube:abcd-efgh')).toMatchObject({
      url: expect.stringMatching(/^rtmps:.*\/abcd-efgh$/),
    })
  })

  it('a platform that is not known is named, and its key is not', () => {
    expect(() => publishTarget('twich:live_123')).toThrow(
      /^twich is no platform known here: there are twitch, youtube, facebook, or give the URL/,
    )
    expect(() => parseRtmpUrl('host/live/key')).toThrow(/"host\/live\/…" has no scheme in front: write rtmp:/)
  })

  it('addresses stand in brackets before a port', () => {
    expect(hostPort('::1', 1935)).toBe('[::1]:1935')
    expect(hostPort('h', 1)).toBe('h:1')
  })
})

describe('what a stranger sends', () => {
  it.each([
    ['\u001b[2Jx', '\\x1b[2Jx'],
    ['\u009b31m', '\\x9b31m'],
    ['a\u202eb\u2066', 'a\\u202eb\\u2066'],
    ['\u200b\u061c\ufeff\r\ud800', '\\u200b\\u061c\\ufeff\\x0d\\ud800'],
    ['two\nlines, ü, 🙂', 'two\nlines, ü, 🙂'],
  ])('%j is shown and does nothing to the terminal', (text, shown) => {
    expect(safeText(text)).toBe(shown)
  })

  it('stays in its line, however many values it has', () => {
    const value = { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } }
    const line = recordLine(
      {
        kind: 'data',
        timestamp: 0,
        bytes: 9,
        name: 'on\nLie\u001b',
        values: [1, 2, 3, 4, 5, 6, { a: 1 }, value],
      },
      { paint: plainPaint },
    )
    expect(line).toContain(
      'on\\nLie\\x1b  1  2  3  4  5  6  { a: 1 }  { a: { b: { c: { d: { e: { f: {…} } } } } } }',
    )
  })
})

describe('what people read', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '1.0 MB'],
    [123_456_789, '123 MB'],
  ])('%d bytes', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  it('rates and times', () => {
    expect(formatBitrate(4_512_000)).toBe('4.5 Mbit/s')
    expect(formatTime(4200)).toBe('0:04.200')
    expect(formatTime(3_723_004)).toBe('1:02:03.004')
    expect(formatTime(4_294_967_295)).toBe('1193:02:47.295')
    expect(formatTime(-40)).toBe('-0:00.040')
  })
})

describe('AMF values as JSON', () => {
  it('keeps what JSON has, and names what it lacks', () => {
    const value = {
      text: 'a',
      none: undefined,
      odd: Number.NaN,
      when: new Date(0),
      never: new Date(Number.NaN),
      bytes: Uint8Array.of(1, 255),
      list: [1n, null],
      map: new Map([['k', true]]),
    }
    expect(jsonValue(value)).toEqual({
      text: 'a',
      none: null,
      odd: 'NaN',
      when: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      bytes: 'hex:01ff',
      list: ['1', null],
      map: { k: true },
    })
  })

  it('is as large as what was read, whatever refers to what', () => {
    let shared: unknown = ['x']
    for (let i = 0; i < 60; i++) shared = { a: shared, b: shared }
    expect(JSON.stringify(jsonValue(shared)).length).toBeLessThan(5000)
    const twice = { here: [1] }
    expect(jsonValue([twice, twice, twice.here])).toEqual([{ here: [1] }, '(seen before)', '(seen before)'])
    expect(JSON.stringify(jsonValue(Array.from({ length: 20_000 }, () => 0))).match(/0/g)).toHaveLength(9999)
    expect(jsonValue('x'.repeat(65_537))).toBe(`${'x'.repeat(65_536)}… (1 more characters)`)
  })

  it('does not lose a property named __proto__, nor itself in circles', () => {
    const proto = JSON.parse('{"__proto__":{"a":1}}') as object
    expect(JSON.stringify(jsonValue(proto))).toBe('{"__proto__":{"a":1}}')
    const circle: { inner?: object } = {}
    circle.inner = circle
    expect(JSON.stringify(jsonValue(circle))).toBe('{"inner":"(seen before)"}')
  })
})
