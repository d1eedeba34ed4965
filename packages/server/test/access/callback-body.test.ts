import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type CallbackFacts, callbackBody } from '../../src/access/callback-body.ts'
import { setUser } from '../../src/access/identity.ts'
import { recordingBody } from '../../src/access/recording-callbacks.ts'
import type { ConnectionInfo } from '../../src/contract/connection-info.ts'
import type { PlayContext, PublishContext } from '../../src/contract/contexts.ts'
import { connectionFrom } from './arrange.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

const connected = {
  ...connectionFrom(),
  secure: true,
  connect: {
    app: 'live?a=1',
    tcUrl: 'rtmp://host/live',
    flashVer: 'FMLE/3.0',
    properties: { swfUrl: 'http://a/b.swf', pageUrl: 'http://a/' },
  },
} as unknown as ConnectionInfo

/** One that sent numbers where texts belong. */
const odd = {
  ...connectionFrom(),
  connect: { app: 'live', properties: { swfUrl: 5, pageUrl: null } },
} as unknown as ConnectionInfo

const place = {
  app: 'club',
  streamName: 'show',
  path: 'club/show',
  sent: { app: 'raw', streamName: 'show?x=1' },
}
const publishing: PublishContext = {
  ...place,
  connection: connected,
  messageStreamId: 1,
  query: { token: 'a b', flag: '', type: 'forged' },
  publishType: 'record',
}
const playing: PlayContext = {
  ...place,
  connection: connected,
  messageStreamId: 1,
  query: {},
  start: 1500,
  duration: 2000,
  reset: false,
  bufferLength: undefined,
  waitMs: undefined,
}

const asking = { app: 'asked', tcUrl: 'rtmp://host/asked', query: { k: 'v' } }

const json = (facts: CallbackFacts): unknown => {
  const { type, text } = callbackBody('json', facts)
  expect(type).toBe('application/json')
  return JSON.parse(text)
}
const nginx = (facts: CallbackFacts): unknown => {
  const { type, text } = callbackBody('nginx', facts)
  expect(type).toBe('application/x-www-form-urlencoded')
  const fields = [...new URLSearchParams(text)]
  expect(new Set(fields.map(([name]) => name)).size).toBe(fields.length)
  return Object.fromEntries(fields)
}
const srs = (facts: CallbackFacts): unknown => {
  const { type, text } = callbackBody('srs', facts)
  expect(type).toBe('application/json')
  return JSON.parse(text)
}

const time = '1970-01-01T00:00:00.000Z'
const own = {
  connection: 1,
  address: '192.0.2.7',
  port: 4000,
  secure: true,
  app: 'live',
  tcUrl: 'rtmp://host/live',
  flashVer: 'FMLE/3.0',
  time,
}
const ownStream = { ...place }

test('json: all that is known, and no more', () => {
  expect(json({ event: 'connect', connection: connected, connect: asking })).toEqual({
    ...own,
    event: 'connect',
    ...asking,
  })
  expect(json({ event: 'publish', connection: connected, stream: publishing })).toEqual({
    ...own,
    event: 'publish',
    ...ownStream,
    query: publishing.query,
  })
  expect(
    json({ event: 'publish', connection: connected, stream: { ...publishing, intent: 'configure' } }),
  ).toMatchObject({ intent: 'configure' })
  const known = { ...connected }
  setUser(known, 'anna')
  expect(json({ event: 'playStop', connection: known, stream: playing, reason: 'gone' })).toEqual({
    ...own,
    event: 'playStop',
    user: 'anna',
    ...ownStream,
    query: {},
    reason: 'gone',
  })
  const left = connectionFrom()
  expect(json({ event: 'disconnect', connection: left, reason: 'kicked', description: 'go' })).toEqual({
    event: 'disconnect',
    connection: 1,
    address: '192.0.2.7',
    port: 4000,
    secure: false,
    app: 'live',
    reason: 'kicked',
    description: 'go',
    time,
  })
})

const form = {
  flashver: 'FMLE/3.0',
  swfurl: 'http://a/b.swf',
  tcurl: 'rtmp://host/live',
  pageurl: 'http://a/',
  addr: '192.0.2.7',
  clientid: '1',
}

test('nginx: fields as nginx-rtmp sends them; a parameter takes no place of what the server says', () => {
  expect(nginx({ event: 'connect', connection: connected, connect: asking })).toEqual({
    ...form,
    call: 'connect',
    app: 'asked',
    k: 'v',
  })
  expect(nginx({ event: 'publish', connection: connected, stream: publishing })).toEqual({
    ...form,
    call: 'publish',
    app: 'club',
    name: 'show',
    type: 'record',
    token: 'a b',
    flag: '',
  })
  expect(
    nginx({ event: 'publish', connection: connected, stream: { ...publishing, intent: 'configure' } }),
  ).toMatchObject({ intent: 'configure' })
  const played = { ...form, app: 'club', name: 'show', start: '1500', duration: '2000' }
  expect(nginx({ event: 'play', connection: connected, stream: playing })).toEqual({
    ...played,
    call: 'play',
    reset: '0',
  })
  const all = { ...playing, duration: undefined, reset: true }
  expect(nginx({ event: 'playStop', connection: connected, stream: all })).toEqual({
    ...played,
    call: 'play_done',
    duration: '-1',
    reset: '1',
  })
  const unknown = { flashver: '', swfurl: '', tcurl: '', pageurl: '', addr: '192.0.2.7', clientid: '1' }
  for (const connection of [connectionFrom(), odd]) {
    expect(nginx({ event: 'disconnect', connection })).toEqual({
      ...unknown,
      call: 'disconnect',
      app: 'live',
    })
  }
  expect(nginx({ event: 'unpublish', connection: connected, stream: publishing })).toMatchObject({
    call: 'publish_done',
  })
})

test('srs: objects as SRS sends them', () => {
  const who = {
    client_id: '1',
    ip: '192.0.2.7',
    vhost: '__defaultVhost__',
    tcUrl: 'rtmp://host/live',
    pageUrl: 'http://a/',
  }
  expect(srs({ event: 'connect', connection: connected, connect: asking })).toEqual({
    ...who,
    action: 'on_connect',
    app: 'asked',
  })
  const stream = { app: 'club', stream: 'show', stream_url: '/club/show' }
  expect(srs({ event: 'publish', connection: connected, stream: publishing })).toEqual({
    ...who,
    action: 'on_publish',
    ...stream,
    param: '?token=a%20b&flag&type=forged',
  })
  expect(
    srs({ event: 'publish', connection: connected, stream: { ...publishing, intent: 'configure' } }),
  ).toMatchObject({ intent: 'configure' })
  expect(srs({ event: 'playStop', connection: connected, stream: playing })).toEqual({
    ...who,
    action: 'on_stop',
    ...stream,
    param: '',
  })
  for (const [event, action] of [
    ['play', 'on_play'],
    ['unpublish', 'on_unpublish'],
  ] as const)
    expect(srs({ event, connection: connected, stream: playing })).toMatchObject({ action })
  for (const connection of [connectionFrom(), odd]) {
    expect(srs({ event: 'disconnect', connection })).toEqual({
      client_id: '1',
      ip: '192.0.2.7',
      vhost: '__defaultVhost__',
      action: 'on_close',
      app: 'live',
      pageUrl: '',
    })
  }
})

const recording = {
  recording: 7,
  app: 'live',
  streamName: 'show',
  path: 'live/show',
  format: 'flv',
} as const
const started = { ...recording, event: 'recordingStarted', file: '/r/show.flv' } as const
const completed = {
  ...recording,
  event: 'segmentCompleted',
  file: '/r/show.flv',
  name: 'show.flv',
  index: 1,
  bytes: 1000,
  durationMs: 2500,
  firstAt: 1,
  lastAt: 2,
} as const
const ended = {
  ...recording,
  event: 'recordingEnded',
  files: 1,
  bytes: 900,
  durationMs: 500,
  firstAt: 1,
  lastAt: 2,
  missedMs: 0,
  reason: 'unpublished',
} as const

test('recordings, in each form', () => {
  for (const facts of [started, completed, ended]) {
    const { type, text } = recordingBody('json', facts)
    expect([type, JSON.parse(text)]).toEqual(['application/json', { ...facts, time }])
  }
  const fields = { app: 'live', name: 'show', recorder: '7' }
  for (const [facts, call, path] of [
    [started, 'record_started', '/r/show.flv'],
    [completed, 'record_done', '/r/show.flv'],
    [ended, 'record_ended', ''],
  ] as const) {
    const { type, text } = recordingBody('nginx', facts)
    expect(type).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(text))).toEqual({ ...fields, call, path })
  }
  const object = {
    client_id: '7',
    vhost: '__defaultVhost__',
    app: 'live',
    stream: 'show',
    stream_url: '/live/show',
    cwd: '',
  }
  for (const [facts, more] of [
    [started, { action: 'on_dvr_started', file: '/r/show.flv', duration: 0, size: 0 }],
    [completed, { action: 'on_dvr', file: '/r/show.flv', duration: 2.5, size: 1000 }],
    [ended, { action: 'on_dvr_ended', file: '', duration: 0.5, size: 900 }],
  ] as const) {
    const { type, text } = recordingBody('srs', facts)
    expect([type, JSON.parse(text)]).toEqual(['application/json', { ...object, ...more }])
  }
})
