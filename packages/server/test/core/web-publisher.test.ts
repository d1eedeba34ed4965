import { concat } from '@rtmp/bytes'
import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { keyFrame } from '../../../live/test/arrange.ts'
import { WebSession } from '../../src/web/web-session.ts'
import { begin, crypto } from './peer.ts'

const IDLE_MS = 2000

test('a publisher over HTTP that falls silent after a while is given up in time, and not before', () => {
  const { core, clock, advance, closed } = begin({
    session: { crypto, deadlines: { publisherIdle: IDLE_MS } },
  })
  const answers: number[] = []
  const request = {
    kind: 'publish',
    stream: { app: 'live', streamName: 'show', path: 'live/show' },
    query: {},
    base: 'http://localhost',
    target: '/live/show.flv',
    userAgent: undefined,
    page: undefined,
    audio: true,
    video: true,
    recordings: false,
    onlyAsks: false,
  } as const
  const session = new WebSession(request, core.sessionOptions, ({ status }) => answers.push(status))
  const transport = {
    remoteAddress: '192.0.2.7',
    remotePort: 5000,
    localPort: 8000,
    secure: false,
    pendingBytes: 0,
    write: () => {},
    finish: () => {},
    destroy: () => {},
  }
  const connection = core.open(transport, { name: 'http-flv', session })
  connection.receive(new Uint8Array(0), clock.now())
  const bring = (timestamp: number): void => {
    const tag = encodeFlvTag({ typeId: 9, timestamp, payload: keyFrame(1) })
    connection.receive(timestamp === 0 ? concat([encodeFlvHeader(), tag]) : tag, clock.now())
  }
  // Its timer runs down while it brings something, and the deadline has moved on.
  for (let ms = 0; ms < 3 * IDLE_MS; ms += 500) {
    bring(ms)
    advance(500)
  }
  expect(core.registry.find('live', 'show')?.publication?.counters.videoMessages).toBe(12)
  advance(IDLE_MS - 500 - 100)
  expect(closed).toEqual([])
  advance(200)
  expect(closed).toEqual([`1 timeout: the publisher has sent nothing for ${IDLE_MS} ms`])
  expect(answers).toEqual([408])
})
