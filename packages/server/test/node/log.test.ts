import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import type { ServerOptions } from '../../src/index.ts'
import { Log } from '../../src/node/log.ts'
import { logEvents } from '../../src/node/log-events.ts'
import { LogGate } from '../../src/node/log-gate.ts'
import { nextEvent, startServer } from './arrange.ts'

const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** A server and the log for people that is written of it. */
const logged = async (level: 'debug' | 'info', options: ServerOptions = {}) => {
  const started = await startServer(options)
  const log = new Log(level)
  const stream = new PassThrough()
  await log.open('pretty', stream as unknown as NodeJS.WriteStream)
  onTestFinished(logEvents(started.server, log))
  const lines = (): string[] => {
    const read = stream.read() as Buffer | null
    return read === null
      ? []
      : read
          .toString()
          .split('\n')
          .filter((line) => line !== '')
  }
  return { ...started, log, lines }
}

test('nothing that a client sends reaches a terminal as it is, or makes a line of its own', async () => {
  const { server, client, lines } = await logged('debug')
  const app = 'li\u009b31mve\u202eevil\u2066'
  const name = 'n\u202e2J\u2028y[12:00:00] INFO: fake is published'
  const publisher = await client().open(app, { flashVer: 'x\u001b[31m\u200b' })
  await publisher.publish(name)
  const closed = nextEvent(server, 'connectionClosed')
  publisher.socket.destroy()
  await closed
  const written = lines()
  expect(written.length).toBeGreaterThan(3)
  for (const line of written) {
    expect(line).not.toMatch(HARMFUL)
    expect(line).toMatch(/^\[\d\d:\d\d:\d\d\] (INFO|WARN|DEBUG): \S*(127\.0\.0\.1|li\\x9b)/)
  }
  expect(written.join()).toContain('li\\x9b31mve\\u202eevil\\u2066/n\\u202e2J\\u2028y[12:00:00]')
  expect(written.join()).toContain(' by x\\x1b[31m\\u200b')
})

test('what is long is cut, and what follows it is there', async () => {
  const { client, lines } = await logged('info')
  await (await client().open()).publish('x'.repeat(400))
  const [line = ''] = lines()
  expect(line.length).toBeLessThan(300)
  expect(line).toMatch(/more characters\) is published from 127\.0\.0\.1:\d+ by light$/)
})

test('equal events of one client are gathered', async () => {
  const { server, client, lines } = await logged('info', {
    handler: { play: () => ({ kind: 'reject', description: 'no' }) },
  })
  const flooder = await client().open()
  const id = await flooder.createStream()
  for (let i = 1; i <= 120; i++) await flooder.play(`name${i}`, id)
  const closed = nextEvent(server, 'connectionClosed')
  flooder.socket.destroy()
  await closed
  const written = lines()
  const told = written.filter((line) => line.includes('was refused: play'))
  expect(told).toHaveLength(11)
  expect(told[10]).toMatch(/name100: no \(and 89 more like it\)$/)
  expect(written.filter((line) => line.includes('20 more like it'))).toHaveLength(1)
  expect(written).toHaveLength(13)
})

test('a look at the port by a load balancer is no line', async () => {
  const { server, port, lines } = await logged('info')
  const proxied = await logged('info', { rtmp: { proxyFrom: ['127.0.0.1'] } })
  for (const [one, at] of [
    [nextEvent(server, 'connectionClosed'), port],
    [nextEvent(proxied.server, 'turnedAway'), proxied.port],
  ] as const) {
    connect(at, '127.0.0.1').end()
    await one
  }
  expect([lines(), proxied.lines()]).toEqual([[], []])
  const told = nextEvent(server, 'connectionClosed')
  connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\n\r\n')
  await told
  expect(lines()).toHaveLength(1)
})

test('ten are told, then each power of ten; the rest at the end; sources and kinds apart', () => {
  const gate = new LogGate()
  const told: (number | undefined)[] = []
  for (let i = 1; i <= 1000; i++) told.push(gate.passes('a', 'x'))
  expect(told.slice(0, 11)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, undefined])
  expect(told.flatMap((untold, i) => (untold ? [[i + 1, untold]] : []))).toEqual([
    [100, 89],
    [1000, 899],
  ])
  expect(gate.passes('a', 'y')).toBe(0)
  expect(gate.passes('b', 'x')).toBe(0)
  for (let i = 0; i < 5; i++) gate.passes('a', 'x')
  expect(gate.end('a')).toEqual([['x', 5]])
  expect(gate.end('a')).toEqual([])
  expect(gate.passes('a', 'x')).toBe(0)
})
