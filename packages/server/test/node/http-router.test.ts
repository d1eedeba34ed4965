import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HttpOptions } from '../../src/index.ts'
import { httpApp } from '../../src/node/http/app.ts'
import type { HttpOutput } from '../../src/node/http/http-output.ts'
import { isPlain, streamIn, targetIn } from '../../src/node/http/http-path.ts'
import type { HttpSubject } from '../../src/node/http/http-subject.ts'
import { EventCounters } from '../../src/stats/event-counters.ts'
import { begin } from '../core/peer.ts'

const ENDINGS = new Set(['.flv', '.m3u8'])

describe('the path of a request', () => {
  test.each([
    ['/live/show.flv', 'live/show', '.flv'],
    ['/live/show', 'live/show', ''],
    ['/live/show.mp4', 'live/show.mp4', ''],
    ['/live/show.flv.flv', 'live/show.flv', '.flv'],
    ['/show.m3u8', 'show', '.m3u8'],
    ['/a/b/c.flv', 'a/b/c', '.flv'],
    ['/live/.flv', 'live/.flv', ''],
    ['/live/show/', 'live/show', ''],
    ['/live/caf%C3%A9.flv', 'live/café', '.flv'],
    ['/live/100%2525.flv', 'live/100%25', '.flv'],
    ['/live%2Fshow%2Eflv', 'live/show', '.flv'],
    ['/live/a+b.flv', 'live/a+b', '.flv'],
  ])('%s is the stream %s with the ending "%s"', (sent, path, ending) => {
    const target = targetIn(`${sent}?token=a%2Fb`)
    expect(target?.query).toEqual({ token: 'a/b' })
    const found = streamIn(target?.path ?? '', ENDINGS)
    expect([found?.stream.path, found?.ending]).toEqual([path, ending])
  })

  test.each(['/a//b.flv', '/a/../b.flv', '/./b', '/%2e%2e/b', '/a%00b', '/a%0ab', '/a%3Fb', '/', '/..flv/.'])(
    '%s is no stream',
    (sent) => {
      expect(streamIn(targetIn(sent)?.path ?? '', ENDINGS)).toBeUndefined()
    },
  )

  test.each(['/%', '/%ff', '/%e0%a4%a', 'live', ''])('%s cannot be decoded', (sent) => {
    expect(targetIn(sent)).toBeUndefined()
  })

  test('what was encoded once is what was meant, and nothing below a place leads out of it', () => {
    const segment = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !/[/?]|^\.{1,2}$|^_definst_$/.test(text) && isPlain(text) && isWhole(text))
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const path = segments.join('/')
        const sent = `/${segments.map(encodeURIComponent).join('/')}.flv`
        expect(streamIn(targetIn(sent)?.path ?? '', ENDINGS)?.stream.path).toBe(path)
        expect(isPlain(path)).toBe(true)
      }),
    )
    for (const rest of ['../x', 'a/../b', 'a//b', '/a', '.', 'a/./b', 'a\\..\\b', 'a\0']) {
      expect([rest, isPlain(rest)]).toEqual([rest, false])
    }
  })
})

/** Whether a text has no half of a pair. */
const isWhole = (text: string): boolean =>
  !/[\ud800-\udfff]/.test(text.normalize().replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))

const text = (what: string) => (): Response => new Response(what)

const OUTPUT: HttpOutput = {
  endings: {
    '.flv': {
      audience: 'media',
      answers: {
        GET: ({ stream, isHead }) => new Response(isHead ? null : `flv of ${stream.path}`),
        POST: text('in'),
      },
    },
  },
  places: {
    '/_/files/': { audience: 'page', answers: { GET: ({ rest }) => new Response(`file ${rest}`) } },
    '/_/files/own/': { audience: 'admin', answers: { GET: text('own'), DELETE: text('gone') } },
    '/_/one': { audience: 'page', answers: { GET: text('one') } },
    '/ws': { audience: 'page', answers: {}, upgrade: () => {} },
  },
  page: {
    audience: 'page',
    answers: {
      GET: ({ stream }) =>
        new Response(`page of ${stream.path}`, {
          headers: { 'content-security-policy': "default-src 'self'" },
        }),
    },
  },
}

const asking = (options: Partial<HttpOptions> = {}) => {
  const { core } = begin()
  const subject: HttpSubject = {
    core,
    counters: new EventCounters(core.events),
    isReady: () => true,
    drain: async () => Promise.resolve(),
    drainDefaults: {},
    configuration: () => undefined,
    recordings: () => undefined,
    relays: { add: () => 0, remove: () => false },
  }
  const app = httpApp(subject, { port: 0, token: 't0ken', ...options }, [OUTPUT])
  const origin = { remoteAddress: '192.0.2.1', remotePort: 1, localPort: 2, secure: false }
  return (path: string, init: RequestInit = {}): Promise<Response> =>
    app.fetch(new Request(`http://localhost${path}`, init), {
      origin,
      exchange: undefined,
      keepOpen: () => {},
      handOver: () => {},
    })
}

describe('outputs over HTTP', () => {
  test.each([
    ['/live/show.flv', 'flv of live/show'],
    ['/live/show', 'page of live/show'],
    ['/live/show.mp4', 'page of live/show.mp4'],
    // Nobody serves it here, and it is no page.
    ['/live/show.m3u8', undefined],
    ['/_/files/a/b.flv', 'file a/b.flv'],
    ['/_/files/', 'file '],
    ['/_/one', 'one'],
    ['/_/one/', 'one'],
    ['/_/one/more', undefined],
    ['/_/files/a//b', undefined],
    ['/_/files/%2e%2e%2fx', undefined],
    ['/_/nothing.flv', undefined],
  ])('%s is answered by whose it is', async (path, wanted) => {
    const response = await asking()(path)
    if (wanted === undefined) expect(response.status).toBe(404)
    else expect(await response.text()).toBe(wanted)
  })

  test('all of them are listed, as one would ask for them', async () => {
    const list = await (await asking()('/')).text()
    expect(list.split('\n').slice(0, 5)).toEqual([
      'GET /{path}',
      'GET, POST /{path}.flv',
      'GET, DELETE /_/files/own/…',
      'GET /_/files/…',
      'GET /_/one',
    ])
    expect(list).toContain('GET /_/api/streams')
  })

  test('media is for pages of any origin, the rest is not', async () => {
    const ask = asking()
    const media = await ask('/live/show.flv')
    expect(media.headers.get('access-control-allow-origin')).toBe('*')
    const preflight = await ask('/live/show.flv', { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    for (const path of ['/live/show', '/_/one', '/_/api/server', '/health']) {
      expect((await ask(path)).headers.get('access-control-allow-origin')).toBeNull()
      expect((await ask(path, { method: 'OPTIONS' })).headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('an answer may say what it loads, and says the rest whatever it is', async () => {
    const { headers } = await asking()('/live/show')
    expect(headers.get('content-security-policy')).toBe("default-src 'self'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('HEAD has no body; a method that is not there is named with those that are', async () => {
    const ask = asking()
    const head = await ask('/live/show.flv', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const wrong = await ask('/live/show.flv', { method: 'DELETE' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect((await ask('/ws')).status).toBe(426)
  })

  test('what is for administrators needs the token, and pages from elsewhere change nothing', async () => {
    const ask = asking()
    expect((await ask('/_/files/own/x')).status).toBe(401)
    const headers = { authorization: 'Bearer t0ken' }
    expect(await (await ask('/_/files/own/x', { headers })).text()).toBe('own')
    const foreign = { ...headers, 'sec-fetch-site': 'cross-site' }
    expect((await ask('/_/files/own/x', { method: 'DELETE', headers: foreign })).status).toBe(403)
    expect(await (await ask('/_/files/own/x', { method: 'DELETE', headers })).text()).toBe('gone')
  })
})
