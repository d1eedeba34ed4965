import { isUsageError } from '@rtmp/bytes'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRtmpUrl } from '../src/rtmp-url.ts'

test.each([
  ['rtmp://host/live/key', 'host', 1935, 'live', 'key', 'rtmp://host/live'],
  ['rtmp://host:19350/live/inst/key', 'host', 19350, 'live/inst', 'key', 'rtmp://host:19350/live/inst'],
  ['rtmps://host/live/key', 'host', 443, 'live', 'key', 'rtmps://host/live'],
  ['rtmp://[::1]:2000/a/b', '::1', 2000, 'a', 'b', 'rtmp://[::1]:2000/a'],
  ['rtmp://host/live/key?sign=a/b&x=1', 'host', 1935, 'live', 'key?sign=a/b&x=1', 'rtmp://host/live'],
  ['rtmp://host/live', 'host', 1935, '', 'live', 'rtmp://host/'],
  ['rtmp://host/live/', 'host', 1935, 'live', '', 'rtmp://host/live'],
  ['rtmp://host', 'host', 1935, '', '', 'rtmp://host/'],
  ['RTMP://Host/live/mp4:movie.mp4', 'Host', 1935, 'live', 'mp4:movie.mp4', 'rtmp://Host/live'],
])('%s', (url, host, port, app, streamName, tcUrl) => {
  expect(parseRtmpUrl(url)).toMatchObject({ host, port, app, streamName, tcUrl })
})

test('credentials are taken out, decoded, and never in tcUrl', () => {
  const url = parseRtmpUrl('rtmp://me:p%40ss:word@host/live/key')
  expect(url).toMatchObject({ user: 'me', password: 'p@ss:word', tcUrl: 'rtmp://host/live' })
})

test('app and stream name can be set by hand', () => {
  expect(parseRtmpUrl('rtmp://host/live/a/b', { app: 'live', streamName: 'a/b' })).toMatchObject({
    app: 'live',
    streamName: 'a/b',
    tcUrl: 'rtmp://host/live',
  })
})

test.each([
  'http://host/live/key',
  'rtmp:///live/key',
  'rtmp://host:0/a/b',
  'rtmp://host:70000/a/b',
  'live/key',
  '',
])('%j is refused with a sentence', (url) => {
  let caught: unknown
  try {
    parseRtmpUrl(url)
  } catch (error) {
    caught = error
  }
  expect(isUsageError(caught)).toBe(true)
  expect(caught).toMatchObject({ code: 'RTMP_URL_INVALID', path: 'url' })
})

test.each([
  // as people have them
  ['rtmp://host/name', '', 'name', 'rtmp://host/'],
  ['rtmp://host/name?user=a&pass=b', '', 'name?user=a&pass=b', 'rtmp://host/'],
  ['rtmp://host/a/b/c/d', 'a/b/c', 'd', 'rtmp://host/a/b/c'],
  ['rtmp://host//key', '', 'key', 'rtmp://host/'],
  [
    'rtmps://b.example/live2?backup=1/abcd-efgh',
    'live2?backup=1',
    'abcd-efgh',
    'rtmps://b.example/live2?backup=1',
  ],
  ['rtmp://host/live?vhost=v/s', 'live?vhost=v', 's', 'rtmp://host/live?vhost=v'],
  [
    'rtmp://host/live/100?id=1&cover=http://h2/x.png',
    'live',
    '100?id=1&cover=http://h2/x.png',
    'rtmp://host/live',
  ],
  ['rtmp://host/live/k#1?x=2', 'live', 'k#1?x=2', 'rtmp://host/live'],
  ['rtmp://host/live/%D0%94', 'live', '%D0%94', 'rtmp://host/live'],
  ['rtmp://host/app/?key', 'app', '?key', 'rtmp://host/app'],
])('%s', (url, app, streamName, tcUrl) => {
  expect(parseRtmpUrl(url)).toMatchObject({ app, streamName, tcUrl })
})

test('a stream name beside the URL makes its one segment the app; an app leaves the rest', () => {
  expect(parseRtmpUrl('rtmp://host/live', { streamName: 'k' })).toMatchObject({
    app: 'live',
    streamName: 'k',
  })
  expect(parseRtmpUrl('rtmp://host/live/x', { streamName: 'k' })).toMatchObject({
    app: 'live',
    streamName: 'k',
  })
  expect(parseRtmpUrl('rtmp://host/live/a/b', { app: 'live' })).toMatchObject({
    app: 'live',
    streamName: 'a/b',
  })
  expect(parseRtmpUrl('rtmp://host/k', { app: 'live' })).toMatchObject({ app: 'live', streamName: 'k' })
})

test.each([
  ['rtmp://me:p#w?d@host/live/key', 'me', 'p#w?d'],
  ['rtmp://me@example.com:p%2Fw@host/live/key', 'me@example.com', 'p/w'],
  ['rtmp://m%3Ae:@host/live/key', 'm:e', ''],
  ['rtmp://me:100%@host/live/key', 'me', '100%'],
])('%s', (url, user, password) => {
  expect(parseRtmpUrl(url)).toMatchObject({ host: 'host', app: 'live', streamName: 'key', user, password })
})

test('whatever user and password are, they are read as they were written, and shown nowhere', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (user, password) => {
      const url = `rtmp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@host/live/key`
      const { tcUrl, ...rest } = parseRtmpUrl(url)
      expect(rest).toMatchObject({ host: 'host', user, password })
      expect(tcUrl).toBe('rtmp://host/live')
    }),
  )
})

test.each([
  ['', 'there is no URL: write rtmp://[user:password@]host'],
  ['live/key', '"live/…" has no scheme in front'],
  ['host:1935/live/key', 'has no scheme in front'],
  ['1x://host/live/key', 'has a scheme that cannot be'],
  ['rtmp:host/live/key', 'two slashes come after rtmp: write rtmp://host/app/streamName'],
  ['RTMPS:/host/live/key', 'two slashes come after rtmps: write rtmps://host/app/streamName'],
  ['http://host/live/key', 'the scheme must be rtmp or rtmps, not "http"'],
  ['rtmp:///live/key', 'the host is missing behind rtmp://: write rtmp://host/app/streamName'],
  ['rtmps://:443/live/key', 'the host is missing behind rtmps://'],
  ['rtmp://host:port/live/key', 'the port, behind the colon, must be a number from 1 to 65535'],
  ['rtmp://host:70000/live/key', 'the port, behind the colon, must be'],
  ['rtmp://host:1935:1/live/key', 'the port, behind the colon, must be'],
  ['rtmp://::1/live/key', 'an IPv6 address stands in brackets: write rtmp://[2001:db8::1]/app/streamName'],
  ['rtmp://2001:db8::1:1935/live/key', 'an IPv6 address stands in brackets'],
  ['rtmp://[::1/live/key', 'the ] behind the IPv6 address is missing'],
  ['rtmp://[::1]1935/live/key', 'behind the ] of an IPv6 address comes : and a port, or a /'],
  ['rtmp://host?key=1/live', 'a / is missing behind host and port, before the ? or #'],
  ['rtmp://host:1935#x', 'a / is missing behind host and port'],
  ['rtmp://me:hunter/2@host/live/key', 'holds a / or an @ as it is: write %2F for / and %40 for @'],
  ['rtmp://me:12/hunter@host/live/key', 'holds a / or an @ as it is'],
])('%j: the message says which part is wrong, and what to write', (url, words) => {
  expect(() => parseRtmpUrl(url)).toThrow(words)
})

test.each([
  'rtmp://me:hunter/2@host/live/key',
  'rtmp://me:12/hunter@host/live/key',
  'rtmp:/me:hunter@host/live/key',
  'rtmp://me:hunter@host:port/live/key',
  'rtmp://me:hunter@/live/key',
  'me:hunter@host/live/key',
  'http://me:hunter@host/live/key',
])('%s: the message shows no password', (url) => {
  let message = ''
  try {
    parseRtmpUrl(url)
  } catch (error) {
    message = String(error)
  }
  expect(message).toContain('RTMP_URL_INVALID')
  expect(message).not.toMatch(/hunter|me:|12/)
})
