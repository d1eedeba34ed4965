import { describe as group, expect, test } from 'vitest'
import type { ServerLimits } from '../../src/contract/limits.ts'
import { Admission } from '../../src/core/admission.ts'

/** Nothing is bounded but what is said. */
const limits = (bounds: Partial<ServerLimits>): ServerLimits =>
  ({
    connections: 0,
    connectionsPerAddress: 0,
    connectionsPerApp: 0,
    newConnectionsPerSecond: 0,
    newConnectionsPerSecondPerAddress: 0,
    ...bounds,
  }) as ServerLimits

const begin = (bounds: Partial<ServerLimits> = {}) => {
  const admission = new Admission(limits(bounds))
  const may = (address = 'a', now = 0, way: 'rtmp' | 'http' = 'rtmp'): boolean =>
    admission.refusal(address, now, way) === undefined
  return { admission, may }
}

/** Counts of other processes, and what they are told. */
const others = () => {
  const counts = new Map<string, number>()
  const told: (readonly [key: string, by: number])[] = []
  return {
    counts,
    told,
    of: (key: string) => counts.get(key) ?? 0,
    changed: (key: string, by: number) => void told.push([key, by]),
  }
}

group('connections', () => {
  test('without a bound there are as many as want', () => {
    const { admission, may } = begin()
    for (let i = 0; i < 2000; i++) {
      expect(may()).toBe(true)
      admission.opened('a')
      admission.openedSocket('a')
    }
    expect([admission.open, admission.total, admission.turnedAway]).toEqual([2000, 2000, 0])
    expect(admission.hasRoomIn('live')).toBe(true)
  })

  test('in all: those of RTMP and other sockets alike, up to the bound', () => {
    const { admission, may } = begin({ connections: 3 })
    admission.opened('a')
    admission.openedSocket('b')
    expect(may('c')).toBe(true)
    admission.openedSocket('c')
    expect(may('d')).toBe(false)
    admission.closedSocket('b')
    expect(may('d')).toBe(true)
    admission.opened('d')
    expect(may('e')).toBe(false)
    admission.closed('d')
    expect(may('e')).toBe(true)
    expect([admission.open, admission.total, admission.turnedAway]).toEqual([1, 2, 2])
  })

  test('the HTTP port lets sixteen more in, so that a full server can be asked how it is', () => {
    const { admission, may } = begin({ connections: 1 })
    admission.opened('a')
    for (let i = 0; i < 16; i++) {
      expect([may('b'), may('b', 0, 'http')]).toEqual([false, true])
      admission.openedSocket('b')
    }
    expect(may('b', 0, 'http')).toBe(false)
    admission.closedSocket('b')
    expect(may('b', 0, 'http')).toBe(true)
  })

  test('of one address, and of its whole network with IPv6', () => {
    const { admission, may } = begin({ connectionsPerAddress: 2 })
    admission.opened('2001:db8::1')
    expect(may('2001:db8::2')).toBe(true)
    admission.openedSocket('2001:db8::2')
    expect([may('2001:db8::3'), may('2001:db8:0:1::1'), may('192.0.2.1')]).toEqual([false, true, true])
    expect(may('2001:db8::3', 0, 'http')).toBe(false)
    admission.closed('2001:db8::1')
    expect(may('2001:db8::3')).toBe(true)
    admission.opened('2001:db8::1')
    admission.closedSocket('2001:db8::2')
    expect(may('2001:db8::3')).toBe(true)
  })

  test('to one app', () => {
    const { admission } = begin({ connectionsPerApp: 2 })
    admission.enteredApp('live')
    expect(admission.hasRoomIn('live')).toBe(true)
    admission.enteredApp('live')
    admission.enteredApp('other')
    expect([admission.hasRoomIn('live'), admission.hasRoomIn('other')]).toEqual([false, true])
    admission.leftApp('live')
    expect(admission.hasRoomIn('live')).toBe(true)
    admission.leftApp('live')
    // Nothing is owed to who has gone.
    admission.enteredApp('live')
    admission.enteredApp('live')
    expect(admission.hasRoomIn('live')).toBe(false)
  })

  test('new ones in a second, in all; those that were turned away do not count', () => {
    const { may, admission } = begin({ newConnectionsPerSecond: 2 })
    expect([may('a', 0), may('b', 999), may('c', 999), may('c', 999)]).toEqual([true, true, false, false])
    expect(admission.turnedAway).toBe(2)
    expect([may('a', 1000), may('a', 1999), may('a', 1999)]).toEqual([true, true, false])
    expect(may('a', 2000)).toBe(true)
  })

  test('new ones in a second of one address', () => {
    const { may } = begin({ newConnectionsPerSecondPerAddress: 2 })
    expect([may('a', 0), may('a', 0), may('a', 0), may('b', 0)]).toEqual([true, true, false, true])
    expect([may('a', 1000), may('a', 1000), may('a', 1000)]).toEqual([true, true, false])
    const network = begin({ newConnectionsPerSecondPerAddress: 1 })
    expect([network.may('2001:db8::1'), network.may('2001:db8::2')]).toEqual([true, false])
  })

  test('other bounds hold from when they are said', () => {
    const { admission, may } = begin({ connections: 1 })
    admission.opened('a')
    expect(may()).toBe(false)
    admission.setLimits(limits({ connections: 2 }))
    expect(may()).toBe(true)
  })
})

group('with other processes of the same server', () => {
  test('they are told of all that comes and goes', () => {
    const { admission, may } = begin({ newConnectionsPerSecondPerAddress: 9 })
    const shared = others()
    admission.share(shared as never)
    may('a')
    admission.opened('a')
    admission.enteredApp('live')
    admission.leftApp('live')
    admission.closed('a')
    admission.openedSocket('2001:db8::1')
    admission.closedSocket('2001:db8::1')
    expect(shared.told).toEqual([
      ['new', 1],
      ['new a', 1],
      ['open', 1],
      ['address a', 1],
      ['app live', 1],
      ['app live', -1],
      ['open', -1],
      ['address a', -1],
      ['http', 1],
      ['address 2001:db8::/64', 1],
      ['http', -1],
      ['address 2001:db8::/64', -1],
    ])
  })

  test('addresses that come are told of only where they are bounded, and never those turned away', () => {
    const { admission, may } = begin({ newConnectionsPerSecond: 1 })
    const shared = others()
    admission.share(shared as never)
    expect([may('a'), may('a')]).toEqual([true, false])
    expect(shared.told).toEqual([['new', 1]])
  })

  test.each([
    ['open', { connections: 3 }],
    ['http', { connections: 3 }],
    ['address a', { connectionsPerAddress: 3 }],
    ['new', { newConnectionsPerSecond: 3 }],
    ['new a', { newConnectionsPerSecondPerAddress: 3 }],
  ] as const)('what they count as %s counts here', (key, bounds) => {
    const { admission, may } = begin(bounds)
    const shared = others()
    admission.share(shared as never)
    may('a')
    admission.opened('a')
    shared.counts.set(key, 1)
    expect(may('a')).toBe(true)
    const again = begin(bounds)
    again.admission.share(shared as never)
    shared.counts.set(key, 2)
    expect(again.may('a')).toBe(true)
    again.admission.opened('a')
    expect(again.may('a')).toBe(false)
  })

  test('what they count as an app counts here', () => {
    const { admission } = begin({ connectionsPerApp: 2 })
    const shared = others()
    admission.share(shared as never)
    shared.counts.set('app live', 1)
    expect(admission.hasRoomIn('live')).toBe(true)
    admission.enteredApp('live')
    expect([admission.hasRoomIn('live'), admission.hasRoomIn('other')]).toEqual([false, true])
  })
})
