import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutPath, cutStream, parseQuery, queriesInUrl, streamPath } from '../src/index.ts'

test.each([
  // app, name: as programs send them
  ['live', 'key', 'live', 'key', []],
  ['a', 'b/c', 'a/b', 'c', []],
  ['a/b', 'c', 'a/b', 'c', []],
  ['a/b/c', '', 'a/b', 'c', []],
  ['', 'a/b/c', 'a/b', 'c', []],
  ['name', '', '', 'name', []],
  ['', 'name', '', 'name', []],
  ['/live/', '/key/', 'live', 'key', []],
  ['', '', '', '', []],
  ['live/_definst_', 'key', 'live', 'key', []],
  ['live', '_definst_/key', 'live', 'key', []],
  ['live', '100%', 'live', '100%', []],
  ['live', '%2F', 'live', '%2F', []],
  ['live', 'mp4:movie.mp4', 'live', 'mp4:movie.mp4', []],
  ['live', 'k#1', 'live', 'k#1', []],
  // parameters
  ['live2?backup=1', 'key', 'live2', 'key', ['backup=1']],
  ['live2?backup=1/key', '', 'live2', 'key', ['backup=1']],
  ['live?vhost=v', 'key?token=t', 'live', 'key', ['vhost=v', 'token=t']],
  ['live', 'key?sign=a/b&x=1', 'live', 'key', ['sign=a/b&x=1']],
  ['live/key?sign=a', 'b&x=1', 'live', 'key', ['sign=a/b&x=1']], // FFmpeg
  ['live', '100?id=1&cover=http://host/x/y.png', 'live', '100', ['id=1&cover=http://host/x/y.png']],
  [
    'live?authmod=adobe&response=a/b==&opaque=c',
    'key',
    'live',
    'key',
    ['authmod=adobe&response=a/b==&opaque=c'],
  ],
  [
    'live/inst?authmod=adobe&response=a/b==&opaque=c',
    'key',
    'live/inst',
    'key',
    ['authmod=adobe&response=a/b==&opaque=c'],
  ],
  ['live/inst?a=1&b=2', 'key', 'live/inst', 'key', ['a=1&b=2']],
  ['rtmp', 'FB-1-2?s_bl=1&a=Ab/c', 'rtmp', 'FB-1-2', ['s_bl=1&a=Ab/c']],
  ['live/inst?a=1/key', '', 'live', 'inst', ['a=1/key']],
  ['live', 'key?token=x/y', 'live', 'key', ['token=x/y']], // OBS, for token=x%2Fy
  ['live', 'key?cover=http://host/x.png', 'live', 'key', ['cover=http://host/x.png']],
  ['live', '?streamname=s&key=k', '', 'live', ['streamname=s&key=k']],
  ['key?user=u&pass=p', '', '', 'key', ['user=u&pass=p']],
  ['live', 'key?a=b?c', 'live', 'key', ['a=b?c']],
  ['live', 'key?a=b/', 'live', 'key', ['a=b/']],
  ['live?a=1/', 'key', 'live', 'key', ['a=1/']],
])('app %j, name %j', (app, name, wantedApp, streamName, queries) => {
  const path = streamPath(wantedApp, streamName)
  expect(cutStream(app, name)).toEqual({ app: wantedApp, streamName, path, queries })
})

test.each([
  ['live', '..'],
  ['live/..', 'admin'],
  ['.', 'key'],
  ['live', 'a/./b'],
  ['live', 'a//b'],
  ['a//b', 'key'],
  ['live', '../admin?x=1'],
])('app %j, name %j is no stream', (app, name) => {
  expect(cutStream(app, name)).toBeUndefined()
})

const segment = fc.oneof(
  fc.constantFrom('live', 'a', 'mp4:x.mp4', '%2e%2e', 'k#', 'ünï', 'a b', '...'),
  fc
    .stringMatching(/^[\w:%+@ .~-]{1,8}$/)
    .filter((text) => text !== '.' && text !== '..' && text !== '_definst_'),
)
const query = (pattern: RegExp) => fc.option(fc.stringMatching(pattern), { nil: undefined })
const several = query(/^[a-z]=[\w%.]{0,6}(&[a-z]=[\w%.]{0,4})?$/)
/** With parameters on the first and the last segment. */
const segments = fc
  .tuple(
    fc.tuple(segment, several),
    fc.array(fc.tuple(segment, fc.constant(undefined)), { maxLength: 4 }),
    fc.tuple(segment, several),
  )
  .chain(([first, between, last]) => fc.constantFrom([first], [first, ...between, last]))

test('however a path is cut, it is one stream with the same parameters', () => {
  fc.assert(
    fc.property(segments, (parts) => {
      const sent = parts.map(([name, parameters]) =>
        parameters === undefined ? name : `${name}?${parameters}`,
      )
      const names = parts.map(([name]) => name)
      const wanted = {
        app: names.slice(0, -1).join('/'),
        streamName: names.at(-1),
        path: names.join('/'),
        queries: parts.flatMap(([, parameters]) => parameters ?? []),
      }
      for (let at = 0; at <= sent.length; at++)
        expect(cutStream(sent.slice(0, at).join('/'), sent.slice(at).join('/'))).toEqual(wanted)
    }),
  )
})

test('any two pieces: no stream, or one that is the same in every cut, and found by its path', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', '/', '?', '.', '=', '&', ':', 'http://h/') })
  fc.assert(
    fc.property(piece, piece, (app, name) => {
      const cut = cutStream(app, name)
      if (cut === undefined) return
      const { queries: _, ...place } = cut
      expect(cutPath(place.path)).toEqual(place)
      expect(streamPath(place.app, place.streamName)).toBe(place.path)
      expect(place.path.split('/').some((each) => each === '.' || each === '..')).toBe(false)
      for (let at = place.path.indexOf('/'); at >= 0; at = place.path.indexOf('/', at + 1))
        expect(cutStream(place.path.slice(0, at), place.path.slice(at + 1))).toEqual({
          ...place,
          queries: [],
        })
    }),
  )
})

test('parameters are percent-decoded as far as they can be', () => {
  const values = parseQuery('a=p%40ss%26&b=100%&c=%zz%41', 'a%3d=1', 'b=1+1&d', 'e=%E4%BD%A0%ff')
  expect({ ...values }).toEqual({ a: 'p@ss&', b: '1+1', c: '%zzA', 'a=': '1', d: '', e: '%E4%BD%A0%ff' })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(parseQuery(`x=${encodeURIComponent(text)}`)['x']).toBe(text)
    }),
  )
})

test('parameters in a tcUrl', () => {
  expect(queriesInUrl('rtmp://host:1935/live?a=1/inst?b=2')).toEqual(['a=1', 'b=2'])
  expect(queriesInUrl('rtmp://host/live')).toEqual([])
  expect(queriesInUrl('')).toEqual([])
})
