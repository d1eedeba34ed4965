import { describe as group, expect, test } from 'vitest'
import type { ServerLimits } from '../../src/contract/limits.ts'
import { Admission, type Way } from '../../src/core/admission.ts'
import { RequestRate } from '../../src/core/request-rate.ts'

/** Nothing is bounded but what is said. */
const limits = (bounds: Partial<ServerLimits>): ServerLimits =>
  ({
    connections: 0,
    connectionsPerAddress: 0,
    connectionsPerApp: 0,
    newConnectionsPerSecond: 0,
    newConnectionsPerSecondPerAddress: 0,
    httpSockets: 0,
    httpSocketsPerAddress: 0,
    httpRequestsPerSecondPerAddress: 0,
    ...bounds,
  }) as ServerLimits

const begin = (bounds: Partial<ServerLimits> = {}) => {
  const admission = new Admission(limits(bounds))
  const may = (address = 'a', now = 0, way: Way = 'client'): boolean =>
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
      admission.openedSocket('a', 'client')
      expect(may('a', 0, 'http')).toBe(true)
      admission.openedSocket('a', 'http')
    }
    expect([admission.open, admission.total, admission.turnedAway]).toEqual([2000, 2000, 0])
    expect(admission.hasRoomIn('live')).toBe(true)
  })

  test('in all: clients, and sockets that may become one, up to the bound', () => {
    const { admission, may } = begin({ connections: 3 })
    admission.opened('a')
    admission.openedSocket('b', 'client')
    expect(may('c')).toBe(true)
    admission.openedSocket('c', 'client')
    expect(may('d')).toBe(false)
    admission.closedSocket('b', 'client')
    expect(may('d')).toBe(true)
    admission.opened('d')
    expect(may('e')).toBe(false)
    admission.closed('d')
    expect(may('e')).toBe(true)
    expect([admission.open, admission.total, admission.turnedAway]).toEqual([1, 2, 2])
  })

  test('sockets of HTTP take no place of clients, and clients none of theirs: each up to its own bound', () => {
    const { admission, may } = begin({ connections: 1, httpSockets: 2 })
    for (const address of ['a', 'b']) {
      expect(may(address, 0, 'http')).toBe(true)
      admission.openedSocket(address, 'http')
    }
    expect([may('c', 0, 'http'), may('c')]).toEqual([false, true])
    admission.opened('c')
    expect([may('d'), admission.httpSockets, admission.open]).toEqual([false, 2, 1])
    admission.closedSocket('a', 'http')
    expect([may('d'), may('d', 0, 'http')]).toEqual([false, true])
  })

  test('sockets of HTTP of one address, and of its whole network with IPv6', () => {
    const { admission, may } = begin({ httpSocketsPerAddress: 2, connectionsPerAddress: 1 })
    admission.opened('2001:db8::1')
    admission.openedSocket('2001:db8::1', 'http')
    expect(may('2001:db8::2', 0, 'http')).toBe(true)
    admission.openedSocket('2001:db8::2', 'http')
    expect(admission.refusal('2001:db8::3', 0, 'http')).toBe(
      'there are 2 HTTP sockets from 2001:db8::/64 already',
    )
    expect(may('2001:db8:0:1::1', 0, 'http')).toBe(true)
    admission.closedSocket('2001:db8::1', 'http')
    expect(may('2001:db8::3', 0, 'http')).toBe(true)
  })

  test('sockets of HTTP are no new connections, but each is a request', () => {
    const { may } = begin({ newConnectionsPerSecond: 1, httpRequestsPerSecondPerAddress: 2 })
    expect([1, 2, 3, 4, 5].map(() => may('a', 0, 'http'))).toEqual([true, true, true, true, false])
    expect([may('b', 0, 'http'), may('a'), may('a')]).toEqual([true, true, false])
  })

  test('of one address, and of its whole network with IPv6', () => {
    const { admission, may } = begin({ connectionsPerAddress: 2 })
    admission.opened('2001:db8::1')
    expect(may('2001:db8::2')).toBe(true)
    admission.openedSocket('2001:db8::2', 'client')
    expect([may('2001:db8::3'), may('2001:db8:0:1::1'), may('192.0.2.1')]).toEqual([false, true, true])
    admission.closed('2001:db8::1')
    expect(may('2001:db8::3')).toBe(true)
    admission.opened('2001:db8::1')
    admission.closedSocket('2001:db8::2', 'client')
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
    for (const way of ['client', 'http'] as const) {
      admission.openedSocket('2001:db8::1', way)
      admission.closedSocket('2001:db8::1', way)
    }
    expect(shared.told).toEqual([
      ['new', 1],
      ['new a', 1],
      ['open', 1],
      ['address a', 1],
      ['app live', 1],
      ['app live', -1],
      ['open', -1],
      ['address a', -1],
      ['open', 1],
      ['address 2001:db8::/64', 1],
      ['open', -1],
      ['address 2001:db8::/64', -1],
      ['http', 1],
      ['http 2001:db8::/64', 1],
      ['http', -1],
      ['http 2001:db8::/64', -1],
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

  test.each([
    ['http', { httpSockets: 3 }],
    ['http a', { httpSocketsPerAddress: 3 }],
  ] as const)('sockets of HTTP that they count as %s count here', (key, bounds) => {
    const { admission, may } = begin(bounds)
    const shared = others()
    admission.share(shared as never)
    admission.openedSocket('a', 'http')
    shared.counts.set(key, 1)
    expect(may('a', 0, 'http')).toBe(true)
    shared.counts.set(key, 2)
    expect(may('a', 0, 'http')).toBe(false)
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

group('requests over HTTP', () => {
  /** How many of so many are answered. */
  const answered = (admission: Admission, address: string, now: number, asked: number): number =>
    Array.from({ length: asked }, () => admission.asked(address, now)).filter((one) => one === 'answered')
      .length

  test('without a bound as many are answered as come, and nothing is remembered', () => {
    const { admission } = begin()
    expect(answered(admission, 'a', 0, 5000)).toBe(5000)
    expect(admission.refusedRequests).toBe(0)
  })

  test('so many a second of one address, of two seconds at once: at the bound, and one beyond', () => {
    const { admission } = begin({ httpRequestsPerSecondPerAddress: 10 })
    expect(answered(admission, '192.0.2.1', 0, 30)).toBe(20)
    expect([answered(admission, '192.0.2.2', 0, 20), admission.refusedRequests]).toEqual([20, 10])
    // Who asks too often gets what is his, and not less for what was refused.
    expect(answered(admission, '192.0.2.1', 1000, 30)).toBe(10)
    expect(answered(admission, '192.0.2.1', 1100, 30)).toBe(1)
    expect(answered(admission, '192.0.2.1', 60_000, 30)).toBe(20)
  })

  test('of IPv6 a /64 is one address', () => {
    const { admission } = begin({ httpRequestsPerSecondPerAddress: 1 })
    expect(['::1', '::2', '::ffff:1', ':0:1::1'].map((end) => admission.asked(`2001:db8${end}`, 0))).toEqual([
      'answered',
      'answered',
      'told',
      'answered',
    ])
  })

  test('twenty more for each client of the address, here and at other processes', () => {
    const { admission } = begin({ httpRequestsPerSecondPerAddress: 10 })
    const shared = others()
    admission.share(shared as never)
    admission.opened('a')
    shared.counts.set('address a', 2)
    expect([answered(admission, 'a', 0, 300), answered(admission, 'a', 1000, 300)]).toEqual([140, 70])
    expect(answered(admission, 'b', 0, 300)).toBe(20)
    admission.closed('a')
    shared.counts.clear()
    expect(answered(admission, 'a', 2000, 300)).toBe(10)
  })

  test('are told once a second when they are refused', () => {
    const { admission } = begin({ httpRequestsPerSecondPerAddress: 1 })
    answered(admission, 'a', 0, 2)
    expect([0, 0, 500, 999].map((now) => admission.asked('a', now))).toEqual([
      'told',
      'refused',
      'refused',
      'refused',
    ])
    expect([1000, 1000, 1000].map((now) => admission.asked('a', now))).toEqual([
      'answered',
      'told',
      'refused',
    ])
  })

  test('of addresses that have gone nothing is left', () => {
    const rate = new RequestRate()
    for (let i = 0; i < 100; i++) rate.ask(`192.0.2.${i}`, i, 10, 0)
    expect(rate.size).toBe(100)
    rate.ask('a', 2050, 10, 0)
    expect(rate.size).toBe(50)
    rate.ask('a', 9000, 10, 0)
    expect(rate.size).toBe(1)
  })
})
