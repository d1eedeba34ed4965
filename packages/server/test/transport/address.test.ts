import { expect, test } from 'vitest'
import { addressGroup, plainAddress } from '../../src/transport/address.ts'

test('an IPv4 address is one, however it came', () => {
  const same = [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '::FFFF:192.0.2.7',
    '::ffff:c000:207',
    '0:0:0:0:0:ffff:c000:207',
  ]
  expect(same.map(plainAddress)).toEqual(same.map(() => '192.0.2.7'))
})

test('IPv6 is written in one way, with its scope; what is no address stays', () => {
  expect(plainAddress('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1')
  expect(plainAddress('fe80:0:0:0:0:0:0:1%eth0')).toBe('fe80::1%eth0')
  expect(['', 'localhost', 'not:an:address', '/run/rtmp.sock'].map(plainAddress)).toEqual([
    '',
    'localhost',
    'not:an:address',
    '/run/rtmp.sock',
  ])
})

test('IPv4 is counted by address, IPv6 by its /64', () => {
  expect(addressGroup('192.0.2.7')).toBe('192.0.2.7')
  expect(addressGroup('::ffff:192.0.2.7')).toBe('192.0.2.7')
  expect(addressGroup('2001:db8::1')).toBe('2001:db8::/64')
  expect(addressGroup('2001:db8::ffff:ffff:ffff:ffff')).toBe('2001:db8::/64')
  expect(addressGroup('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64')
  expect(addressGroup('fe80::1%eth0')).toBe('fe80::/64')
  expect(addressGroup('')).toBe('')
})
