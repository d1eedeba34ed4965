import { concat } from '@rtmp/bytes'
import { describe, expect, test } from 'vitest'
import { insideOf } from '../src/hls-stream.ts'
import { answer, answerRequest, type HlsAnswer, HlsStream, toResponse } from '../src/index.ts'
import { readPlaylist } from './support/read-playlist.ts'
import { rulesBroken } from './support/rules.ts'
import { ask, bytesOf, madeUp, pushAll, START, streamOf, textOf } from './support/stream.ts'

const live = (ms = 6500): { hls: HlsStream; go: (until: number) => void } => {
  const hls = new HlsStream({ windowMs: 60_000 })
  const messages = madeUp({ ms: 60_000 })
  let next = 0
  const go = (until: number): void => {
    for (let each = messages[next]; each !== undefined && each.timestamp <= until; each = messages[++next])
      hls.push(each, START + each.timestamp)
  }
  go(ms)
  return { hls, go }
}

/** What a promise has come to by now: nothing is waited for but what is due at once. */
const stateOf = async <T>(promise: Promise<T>): Promise<T | 'pending'> => {
  let state: T | 'pending' = 'pending'
  void promise.then((value) => (state = value))
  for (let i = 0; i < 10; i++) await Promise.resolve()
  return state
}

describe('blocking reloads', () => {
  test('a part that is still to come is waited for', async () => {
    const { hls, go } = live()
    const before = readPlaylist(await textOf(hls, 'v0.m3u8'))
    const { sequence, parts } = before.open
    const waiting = ask(hls, 'v0.m3u8', `_HLS_msn=${sequence}&_HLS_part=${parts.length}`)
    expect(await stateOf(waiting)).toBe('pending')
    expect(insideOf(hls).waiting.size).toBe(1)
    go(6750)
    const { status, body } = await waiting
    expect(status).toBe(200)
    expect(readPlaylist(String(body)).open.parts.length).toBe(parts.length + 1)
  })

  test('a part behind the last of its segment is the first of the next', async () => {
    const { hls, go } = live()
    const waiting = ask(hls, 'v0.m3u8', '_HLS_msn=3&_HLS_part=50')
    go(7900)
    expect(await stateOf(waiting)).toBe('pending')
    go(8150)
    expect(await stateOf(waiting)).toBe('pending')
    go(8300)
    expect((await waiting).status).toBe(200)
  })

  test('without a part the whole segment is waited for', async () => {
    const { hls, go } = live()
    const waiting = ask(hls, 'v0.m3u8', '_HLS_msn=3')
    go(7900)
    expect(await stateOf(waiting)).toBe('pending')
    go(8000)
    const { body } = await waiting
    expect(readPlaylist(String(body)).segments.at(-1)?.sequence).toBe(3)
  })

  test('a segment before a discontinuity is waited for until the first part behind it', async () => {
    const { hls } = live()
    const whole = ask(hls, 'v0.m3u8', '_HLS_msn=3')
    const part = ask(hls, 'v0.m3u8', '_HLS_msn=3&_HLS_part=9')
    hls.discontinuity(START + 6600)
    expect([await stateOf(whole), await stateOf(part)]).toEqual(['pending', 'pending'])
    for (const each of madeUp({ from: 7000, ms: 100, headers: false })) hls.push(each, START + each.timestamp)
    expect([await stateOf(whole), await stateOf(part)]).toEqual(['pending', 'pending'])
    for (const each of madeUp({ from: 7100, ms: 200, headers: false, group: 100 }))
      hls.push(each, START + each.timestamp)
    for (const { status, body } of [await whole, await part]) {
      expect(status).toBe(200)
      const { segments, open } = readPlaylist(String(body))
      expect([segments.at(-1)?.sequence, open.parts.length]).toEqual([3, 1])
    }
  })

  test('what is there already is answered at once', async () => {
    const { hls } = live()
    for (const query of ['_HLS_msn=0', '_HLS_msn=2', '_HLS_msn=2&_HLS_part=3', '_HLS_msn=3&_HLS_part=0'])
      expect((await ask(hls, 'v0.m3u8', query)).status).toBe(200)
  })

  test.each([
    '_HLS_msn=6',
    '_HLS_msn=999999999999',
    '_HLS_msn=x',
    '_HLS_msn=-1',
    '_HLS_part=1',
    '_HLS_msn=3&_HLS_part=x',
  ])('%s is refused', async (query) => {
    const { hls } = live()
    expect((await ask(hls, 'v0.m3u8', query)).status).toBe(400)
    expect(insideOf(hls).waiting.size).toBe(0)
  })

  test('nobody waits longer than three target durations', async () => {
    const { hls } = live()
    const waiting = ask(hls, 'v0.m3u8', '_HLS_msn=4', START + 6500)
    hls.tick(START + 6500 + 5999)
    expect(await stateOf(waiting)).toBe('pending')
    hls.tick(START + 6500 + 6000)
    expect((await waiting).status).toBe(503)
    expect(insideOf(hls).waiting.size).toBe(0)
  })

  test('there are only so many places to wait', async () => {
    const hls = new HlsStream({ maxWaiting: 2 })
    pushAll(hls, madeUp({ ms: 6500 }))
    const first = [0, 1].map(() => ask(hls, 'v0.m3u8', '_HLS_msn=4'))
    expect((await ask(hls, 'v0.m3u8', '_HLS_msn=4')).status).toBe(503)
    hls.end(START)
    for (const each of first) expect((await each).status).toBe(200)
  })

  test('who goes away waits no longer', async () => {
    const { hls } = live()
    const gone = new AbortController()
    const query = new URLSearchParams('_HLS_msn=4')
    const waiting = answer(hls, { name: 'v0.m3u8', query, signal: gone.signal }, START)
    expect(insideOf(hls).waiting.size).toBe(1)
    gone.abort()
    expect((await waiting).status).toBe(503)
    expect(insideOf(hls).waiting.size).toBe(0)
  })

  test('the end answers who waits, and who asks behind it', async () => {
    const { hls } = live()
    const waiting = ask(hls, 'v0.m3u8', '_HLS_msn=5')
    hls.end(START + 6500)
    expect(readPlaylist(String((await waiting).body)).hasEnded).toBe(true)
    expect(readPlaylist(await textOf(hls, 'v0.m3u8', '_HLS_msn=99')).hasEnded).toBe(true)
  })

  describe('at the end', () => {
    /** Follows the stream part by part, and waits for the next one. */
    const follower = async (): Promise<{
      hls: HlsStream
      before: ReturnType<typeof readPlaylist>
      waiting: Promise<HlsAnswer>
    }> => {
      const { hls } = live(6700)
      const before = readPlaylist(await textOf(hls, 'v0.m3u8'))
      const { sequence, parts } = before.open
      return { hls, before, waiting: ask(hls, 'v0.m3u8', `_HLS_msn=${sequence}&_HLS_part=${parts.length}`) }
    }

    test('who follows part by part is given the last parts first, and is told of the end half a second later', async () => {
      const { hls, before, waiting } = await follower()
      hls.end(START + 6700)
      const text = String((await waiting).body)
      const last = readPlaylist(text)
      // Nothing comes any more.
      expect(rulesBroken(text)).toEqual(['4.4.5.3: a hint, where it is known what it is a part of'])
      expect(last.hasEnded).toBe(false)
      expect(last.hints).toEqual([])
      expect(last.open.parts).toEqual([])
      expect(last.segments.at(-1)?.parts.length).toBeGreaterThan(before.open.parts.length)
      const behind = ask(hls, 'v0.m3u8', `_HLS_msn=${before.open.sequence + 1}&_HLS_part=0`, START + 6710)
      hls.tick(START + 7199)
      expect(await stateOf(behind)).toBe('pending')
      hls.tick(START + 7200)
      const end = readPlaylist(String((await behind).body))
      expect(end.hasEnded).toBe(true)
      expect(end.segments.map(({ uri }) => uri)).toEqual(last.segments.map(({ uri }) => uri))
      expect(end.segments.flatMap(({ parts }) => parts)).toEqual([])
      const query = `_HLS_msn=${before.open.sequence}&_HLS_part=0`
      expect(readPlaylist(await textOf(hls, 'v0.m3u8', query, START + 7200)).hasEnded).toBe(true)
    })

    test('who asks for a playlist as it is is told at once', async () => {
      const { hls, waiting } = await follower()
      hls.end(START + 6700)
      expect(readPlaylist(String((await waiting).body)).hasEnded).toBe(false)
      expect(readPlaylist(await textOf(hls, 'v0.m3u8', '', START + 6710)).hasEnded).toBe(true)
    })

    test('nobody waits for a stream that is let go', async () => {
      const { hls, before } = await follower()
      hls.end(START + 6700)
      const behind = ask(hls, 'v0.m3u8', `_HLS_msn=${before.open.sequence + 1}&_HLS_part=0`, START + 6710)
      expect(await stateOf(behind)).toBe('pending')
      hls.close()
      await behind
      expect(insideOf(hls).waiting.size).toBe(0)
    })
  })
})

describe('parts', () => {
  test('the hinted part is waited for, and is what the playlist then lists', async () => {
    const { hls, go } = live()
    const [hint = ''] = readPlaylist(await textOf(hls, 'v0.m3u8')).hints
    const waiting = ask(hls, hint)
    expect(await stateOf(waiting)).toBe('pending')
    go(6750)
    const { status, body } = await waiting
    expect(status).toBe(200)
    const listed = readPlaylist(await textOf(hls, 'v0.m3u8')).open.parts.map(({ uri }) => uri)
    expect(listed).toContain(hint)
    expect(await bytesOf(hls, hint)).toBe(body)
  })

  test('a hinted part that will never come is not found', async () => {
    const { hls } = live(6500)
    const [hint = ''] = readPlaylist(await textOf(hls, 'v0.m3u8')).hints
    const waiting = ask(hls, hint)
    hls.discontinuity(START + 6500)
    // What was pending made it a part after all; the one behind it never comes.
    expect((await waiting).status).toBe(200)
    const behind = hint.replace(/\.(\d+)\./, (_, part: string) => `.${Number(part) + 1}.`)
    expect((await ask(hls, behind)).status).toBe(404)
  })

  test('parts make up their segment', async () => {
    const { hls } = live(7900)
    const { segments } = readPlaylist(await textOf(hls, 'v0.m3u8'))
    const segment = segments.at(-1)
    const parts = await Promise.all((segment?.parts ?? []).map(({ uri }) => bytesOf(hls, uri)))
    expect(parts.length).toBe(10)
    const whole = await bytesOf(hls, segment?.uri ?? '')
    expect(concat(parts)).toEqual(new Uint8Array(whole))
    // They are views of it: nothing is held twice.
    expect(parts.every(({ buffer }) => buffer === whole.buffer)).toBe(true)
  })

  test.each([
    'v0-0.99.m4s',
    'v0-99.m4s',
    'v0-3.m4s',
    'v9-0.m4s',
    'v0-7.mp4',
    'v9.m3u8',
    'v0-3.50.m4s',
    'v0-4.1.m4s',
    'v1000.m3u8',
    'x0.m3u8',
    '..',
    'v0-9999999999999999.m4s',
    '',
  ])('%s is not found, and nobody waits for it', async (name) => {
    const { hls } = live()
    expect((await ask(hls, name)).status).toBe(404)
    expect(insideOf(hls).waiting.size).toBe(0)
  })
})

describe('updates', () => {
  test('a delta update leaves out what is older than the skip boundary', async () => {
    const hls = new HlsStream({ windowMs: 600_000 })
    pushAll(hls, madeUp({ ms: 59_000 }))
    const full = readPlaylist(await textOf(hls, 'v0.m3u8'))
    for (const skip of ['YES', 'v2']) {
      const text = await textOf(hls, 'v0.m3u8', `_HLS_skip=${skip}`)
      expect(rulesBroken(text)).toEqual([])
      const delta = readPlaylist(text)
      expect(delta.skipped).toBe(full.segments.length - 6)
      expect(delta.segments.map(({ uri }) => uri)).toEqual(
        full.segments.slice(delta.skipped).map(({ uri }) => uri),
      )
      expect(delta.first).toBe(full.first)
    }
  })

  test('behind the end a playlist is whole, whatever it is asked for', async () => {
    const hls = new HlsStream({ windowMs: 600_000 })
    pushAll(hls, madeUp({ ms: 59_000 }))
    expect(readPlaylist(await textOf(hls, 'v0.m3u8', '_HLS_skip=YES')).skipped).toBeGreaterThan(0)
    hls.end(START)
    const text = await textOf(hls, 'v0.m3u8', '_HLS_skip=YES')
    expect(text).toBe(await textOf(hls, 'v0.m3u8'))
    expect(rulesBroken(text)).toEqual([])
    expect(readPlaylist(text).skipped).toBe(0)
  })

  test('a playlist that is too short to skip anything is whole', async () => {
    const { hls } = live()
    expect(await textOf(hls, 'v0.m3u8', '_HLS_skip=YES')).toBe(await textOf(hls, 'v0.m3u8'))
  })

  test('reports say where the other renditions are', async () => {
    const { hls } = live()
    const [report] = readPlaylist(await textOf(hls, 'v0.m3u8')).reports
    const audio = readPlaylist(await textOf(hls, 'a0.m3u8'))
    expect(report?.get('URI')).toBe('a0.m3u8')
    expect(report?.get('LAST-MSN')).toBe(String(audio.open.sequence))
    expect(report?.get('LAST-PART')).toBe(String(audio.open.parts.length - 1))
  })

  test('the text is made once for all who ask', async () => {
    const { hls } = live()
    expect((await ask(hls, 'v0.m3u8')).body).toBe((await ask(hls, 'v0.m3u8')).body)
  })

  test('without parts nothing speaks of them', async () => {
    const hls = streamOf(madeUp({ ms: 6500 }), { partMs: 0 })
    const text = await textOf(hls, 'v0.m3u8')
    expect(text).not.toMatch(/PART|PRELOAD/)
    expect(rulesBroken(text)).toEqual([])
    expect(text).toContain('#EXT-X-VERSION:6')
    expect((await ask(hls, 'v0-3.1.m4s')).status).toBe(404)
  })

  test('a segment can be had for a playlist’s length after it was taken out', async () => {
    const hls = new HlsStream({ windowMs: 6000 })
    const messages = madeUp({ ms: 40_000 })
    let at = 0
    const go = (until: number): void => {
      for (let each = messages[at]; each !== undefined && each.timestamp < until; each = messages[++at])
        hls.push(each, START + each.timestamp)
    }
    go(10_100)
    expect(readPlaylist(await textOf(hls, 'v0.m3u8')).first).toBe(2)
    expect((await ask(hls, 'v0-1.m4s')).status).toBe(200)
    go(16_000)
    expect((await ask(hls, 'v0-1.m4s')).status).toBe(200)
    go(22_000)
    expect((await ask(hls, 'v0-1.m4s')).status).toBe(404)
  })
})

describe('the first playlist', () => {
  test('is waited for until there is something to play', async () => {
    const hls = new HlsStream()
    const waiting = [ask(hls, 'index.m3u8'), ask(hls, 'v0.m3u8')]
    pushAll(hls, madeUp({ ms: 1900 }))
    expect(await stateOf(Promise.race(waiting))).toBe('pending')
    for (const each of madeUp({ from: 1920, ms: 500, group: 2, headers: false }))
      hls.push(each, START + each.timestamp)
    for (const each of waiting) expect((await each).status).toBe(200)
  })

  test('is given up when nothing comes', async () => {
    const hls = new HlsStream()
    const waiting = ask(hls, 'index.m3u8', '', START)
    hls.tick(START + 15_000)
    expect((await waiting).status).toBe(503)
    const other = ask(hls, 'index.m3u8', '', START)
    hls.end(START)
    expect((await other).status).toBe(404)
  })
})

describe('web standards', () => {
  test('a Request is answered with a Response', async () => {
    const { hls } = live()
    const get = (path: string, init?: RequestInit): Promise<Response> =>
      answerRequest(hls, new Request(`https://example.org/live/${path}`, init), START)
    const index = await get('')
    expect(index.status).toBe(200)
    expect(index.headers.get('content-type')).toBe('application/vnd.apple.mpegurl')
    expect(await index.text()).toContain('v0.m3u8')
    const segment = await get('v0-1.m4s')
    expect(segment.headers.get('content-type')).toBe('video/mp4')
    expect(segment.headers.get('cache-control')).toContain('immutable')
    expect(new Uint8Array(await segment.arrayBuffer())).toEqual(
      new Uint8Array(await bytesOf(hls, 'v0-1.m4s')),
    )
    expect((await get('a0-0.mp4')).headers.get('content-type')).toBe('audio/mp4')
    const head = await get('v0.m3u8', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    expect((await get('v0.m3u8', { method: 'POST' })).status).toBe(405)
    expect((await get('nothing')).status).toBe(404)
  })

  test.each([16_384, 16_385])(
    'a body of %d bytes arrives whole, and a long one is not copied',
    async (length) => {
      const body = Uint8Array.from({ length }, (_, i) => i)
      const answered = { status: 200, headers: { 'content-length': String(length) }, body } as const
      const response = toResponse(answered)
      expect(new Uint8Array(await response.clone().arrayBuffer())).toEqual(body)
      const piece = await response.body?.getReader().read()
      expect(piece?.value?.buffer === body.buffer).toBe(length > 16_384)
      const head = toResponse(answered, true)
      expect([head.body, head.headers.get('content-length')]).toEqual([null, String(length)])
    },
  )

  test('the multivariant playlist takes what goes before its names', async () => {
    const { hls } = live()
    const { body } = await answer(hls, { name: 'index.m3u8', base: '/_/hls/abc/' }, START)
    expect(body).toContain('\n/_/hls/abc/v0.m3u8\n')
    expect(body).toContain('URI="/_/hls/abc/a0.m3u8"')
  })
})

test('whatever is answered says how long it is, in bytes', async () => {
  const { hls } = live()
  const asked = ['index.m3u8', 'v0.m3u8', 'v0-0.mp4', 'v0-0.m4s', 'v9.m3u8', 'v0.m3u8?_HLS_msn=x']
  for (const name of asked) {
    const response = await answerRequest(hls, new Request(`http://host/${name}`), START)
    const { byteLength } = await response.arrayBuffer()
    expect(byteLength, name).toBeGreaterThan(0)
    expect(response.headers.get('content-length'), name).toBe(String(byteLength))
  }
})
