import { describe, expect, test } from 'vitest'
import { bitrate, byteSize, channelWords, duration } from '../src/pages/shared/format.ts'
import { addressesOf } from '../src/pages/watch/addresses.ts'

describe('numbers for people', () => {
  test.each([
    [0, '0 b/s'],
    [999, '999 b/s'],
    [1000, '1.00 kb/s'],
    [999_999, '1.00 Mb/s'],
    [2_414_000, '2.41 Mb/s'],
    [24_140_000, '24.1 Mb/s'],
    [241_400_000, '241 Mb/s'],
  ])('%i bits a second are %s', (value, words) => expect(bitrate(value)).toBe(words))

  test.each([
    [59_999, '59 s'],
    [60_000, '1 min 0 s'],
    [3_600_000, '1 h 0 min'],
    [172_800_000, '2 d 0 h'],
  ])('%i ms are %s', (value, words) => expect(duration(value)).toBe(words))

  test('sizes and channels', () => {
    expect(byteSize(1536)).toBe('1.54 kB')
    expect([1, 2, 6, 3].map(channelWords)).toEqual(['mono', 'stereo', '5.1', '3 channels'])
  })
})

describe('the addresses of a stream', () => {
  const at = (href: string) => addressesOf(new URL(href) as unknown as Location)

  test('come from that of its page', () => {
    expect(at('https://host/live/show')).toMatchObject({
      path: 'live/show',
      app: 'live',
      name: 'show',
      embedded: false,
      stream: 'wss://host/live/show.flv',
      rtmp: 'rtmp://host/live/show',
    })
  })

  test('tokens go along, embed and http do not', () => {
    expect(at('http://host:8000/a/b/c%20d/?token=x%26y&embed&http')).toMatchObject({
      app: 'a/b',
      name: 'c d',
      embedded: true,
      stream: 'http://host:8000/a/b/c%20d.flv?token=x%26y',
      page: 'http://host:8000/a/b/c%20d?token=x%26y',
    })
  })

  test('a name without an app, and one that cannot be decoded', () => {
    expect(at('http://host/show')).toMatchObject({ app: '', name: 'show', path: 'show' })
    expect(at('http://host/%ff')).toMatchObject({ name: '%ff' })
  })
})
