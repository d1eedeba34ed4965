import { expect, test } from 'vitest'
import { ConnectionMemory, type CountedConnection } from '../../src/core/connection-memory.ts'
import { CONNECTION_BYTES, TLS_BYTES } from '../../src/core/memory-costs.ts'

/** A connection of which everything is said by hand. */
const begin = (secure = false) => {
  const sets: (readonly [own: number, shared: number])[] = []
  const calls: unknown[] = []
  const share = { set: (own: number, shared: number) => void sets.push([own, shared]) }
  const outbox = {
    totalBytes: 0,
    queuedBytes: 0,
    memoryBytes: 0,
    settleMemory: () => void calls.push('settle'),
  }
  const activities = {
    publishings: [] as object[],
    memoryBytes: 0,
    slabBytes: 0,
    trim: () => void calls.push('trim'),
    release: () => void calls.push('release'),
  }
  const session = { memoryBytes: 0, state: 'connected' }
  const counter = {
    open: (address: string) => {
      calls.push(address)
      return share
    },
    close: (one: object) => void calls.push(one === share ? 'closed' : 'another'),
  }
  const connection = {
    remoteAddress: '192.0.2.7',
    secure,
    outbox,
    activities,
    session,
    unfinishedBytes: 0,
    payMemory: (now: number, isCrowd: boolean) => calls.push([now, isCrowd]),
  }
  const memory = new ConnectionMemory(counter as never, connection as unknown as CountedConnection)
  return { memory, sets, calls, connection, outbox, activities, session }
}

test('a connection costs something as soon as it is there, and more with TLS', () => {
  const { sets, calls, memory } = begin()
  expect([calls, sets, memory.allowedBytes]).toEqual([
    ['192.0.2.7'],
    [[CONNECTION_BYTES, 0]],
    CONNECTION_BYTES,
  ])
  const tls = begin(true)
  expect([tls.sets, tls.memory.allowedBytes]).toEqual([
    [[CONNECTION_BYTES + TLS_BYTES, 0]],
    CONNECTION_BYTES + TLS_BYTES,
  ])
})

test('it may hold four seconds of what it moves: what came and went on, and what has left', () => {
  const { memory, outbox, session } = begin()
  const beside = (): number => memory.allowedBytes - CONNECTION_BYTES
  memory.received(1000)
  memory.received(500)
  expect(beside()).toBe(4 * 1500)
  // What is begun and not finished has only come.
  session.memoryBytes = 300
  expect(beside()).toBe(4 * 1200)
  outbox.totalBytes = 700
  outbox.queuedBytes = 100
  expect(beside()).toBe(4 * 1800)
  memory.sample()
  expect(beside()).toBe(4 * 1800)
  memory.received(10)
  // The better of the second before and the one that has begun.
  expect(beside()).toBe(4 * 1800)
  memory.received(2000)
  expect(beside()).toBe(4 * 2010)
  memory.sample()
  expect(beside()).toBe(4 * 2010)
  memory.sample()
  expect(beside()).toBe(0)
  session.memoryBytes = 1_000_000
  expect(beside()).toBe(0)
})

test('a publisher may hold a frame and the memory it is cut from beside', () => {
  const { memory, activities } = begin()
  activities.publishings.push({})
  expect(memory.allowedBytes).toBe(CONNECTION_BYTES + 131_072)
})

test('what its parts hold is counted: its own, and what it shares', () => {
  const { memory, sets, connection, outbox, activities, session } = begin()
  session.memoryBytes = 1
  activities.memoryBytes = 20
  connection.unfinishedBytes = 500
  outbox.memoryBytes = 300
  activities.slabBytes = 4000
  memory.count()
  memory.count(50_000)
  expect(sets.slice(1)).toEqual([
    [CONNECTION_BYTES + 521, 4300],
    [CONNECTION_BYTES + 50_521, 4300],
  ])
})

test('once a second what was sent is settled and all of it counted; asked for it, it trims and counts', () => {
  const { memory, sets, calls } = begin()
  memory.sample()
  expect([calls.slice(1), sets.length]).toEqual([['settle'], 2])
  memory.trim()
  expect([calls.slice(1), sets.length]).toEqual([['settle', 'trim'], 3])
})

test('it pays by its end, and is leaving from when the session is over', () => {
  const { memory, calls, session } = begin()
  memory.payMemory(5, true)
  memory.payMemory(6, false)
  expect(calls.slice(1)).toEqual([
    [5, true],
    [6, false],
  ])
  expect(memory.isLeaving).toBe(false)
  session.state = 'closing'
  expect(memory.isLeaving).toBe(false)
  session.state = 'closed'
  expect(memory.isLeaving).toBe(true)
})

test('with its end nothing is held', () => {
  const { memory, calls } = begin()
  memory.close()
  expect(calls.slice(1)).toEqual(['release', 'closed'])
})
