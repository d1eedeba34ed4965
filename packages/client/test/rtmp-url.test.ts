import { isUsageError } from '@rtmp/bytes'
import { expect, test } from 'vitest'
import { parseRtmpUrl } from '../src/rtmp-url.ts'

test.each([
  ['rtmp://host/live/key', 'host', 1935, 'live', 'key', 'rtmp://host/live'],
  ['rtmp://host:19350/live/inst/key', 'host', 19350, 'live/inst', 'key', 'rtmp://host:19350/live/inst'],
  ['rtmps://host/live/key', 'host', 443, 'live', 'key', 'rtmps://host/live'],
  ['rtmp://[::1]:2000/a/b', '::1', 2000, 'a', 'b', 'rtmp://[::1]:2000/a'],
  ['rtmp://host/live/key?sign=a/b&x=1', 'host', 1935, 'live', 'key?sign=a/b&x=1', 'rtmp://host/live'],
  ['rtmp://host/live', 'host', 1935, 'live', '', 'rtmp://host/live'],
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
