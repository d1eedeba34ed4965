import { expect, test } from 'vitest'
import { buildReconnectRequest, parseReconnectRequest, resolveReconnectUrl } from '../src/index.ts'

test('a request is built with exact code and level, and read back', () => {
  const info = buildReconnectRequest({
    tcUrl: '/other',
    description: 'The streaming server is undergoing updates.',
  })
  expect(info).toEqual({
    code: 'NetConnection.Connect.ReconnectRequest',
    level: 'status',
    tcUrl: '/other',
    description: 'The streaming server is undergoing updates.',
  })
  expect(parseReconnectRequest(info)).toEqual({
    tcUrl: '/other',
    description: 'The streaming server is undergoing updates.',
  })
  expect(buildReconnectRequest()).toEqual({ code: 'NetConnection.Connect.ReconnectRequest', level: 'status' })
})

test('other statuses and wrong types are no requests', () => {
  expect(parseReconnectRequest({ code: 'NetConnection.Connect.Closed' })).toBeUndefined()
  expect(parseReconnectRequest(null)).toBeUndefined()
  expect(parseReconnectRequest('NetConnection.Connect.ReconnectRequest')).toBeUndefined()
  expect(parseReconnectRequest({ code: 'NetConnection.Connect.ReconnectRequest', tcUrl: 7 })).toEqual({})
})

const BASE = 'rtmp://a.example:1935/live/inst?t=1'

test.each([
  ['rtmp://foo.mydomain.com:1935/realtimeapp', 'rtmp://foo.mydomain.com:1935/realtimeapp'],
  ['rtmp://127.0.0.1/realtimeapp', 'rtmp://127.0.0.1/realtimeapp'],
  ['//192.0.2.0/realtimeapp', 'rtmp://192.0.2.0/realtimeapp'],
  ['//[2001:db8::1]:1936/a', 'rtmp://[2001:db8::1]:1936/a'],
  ['/realtimeapp', 'rtmp://a.example:1935/realtimeapp'],
  ['other', 'rtmp://a.example:1935/live/other'],
  ['../x/./y', 'rtmp://a.example:1935/x/y'],
  ['../../../x/..', 'rtmp://a.example:1935/'],
  ['?x=1', 'rtmp://a.example:1935/live/inst?x=1'],
  ['#part', BASE],
  ['', BASE],
  [undefined, BASE],
  ['RTMPS://b.example/live', 'rtmps://b.example/live'],
])('%s', (tcUrl, expected) => {
  expect(resolveReconnectUrl(BASE, tcUrl)).toBe(expected)
})

test('references agree with the URL class of the platform', () => {
  for (const reference of [
    '/a',
    'b',
    'b/c',
    './d',
    '../e',
    '../../f',
    '?q=2',
    '//h.example/i',
    'j?k=/l/../m',
    '.',
    '..',
  ]) {
    expect(resolveReconnectUrl(BASE, reference), reference).toBe(new URL(reference, BASE).href)
  }
})

test.each([
  ['rtmp://a.example/live', 'https://b.example/live'],
  ['rtmp://a.example/live', 'javascript:alert(1)'],
  ['rtmps://a.example/live', 'rtmp://a.example/live'],
  ['rtmp://a.example/live', 'rtmp:nowhere'],
  ['rtmp://a.example/live', '//'],
  ['/live', 'rtmp://b.example/live'],
])('from %s to %s is refused', (current, tcUrl) => {
  expect(() => resolveReconnectUrl(current, tcUrl)).toThrow(
    expect.objectContaining({ name: 'UsageError', code: 'ERTMP_URL' }),
  )
})
