import { expect, test } from 'vitest'
import { AddressList } from '../../src/transport/address-list.ts'

test('addresses and networks of both kinds', () => {
  const list = new AddressList(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '::1'])
  const inside = ['192.0.2.7', '10.255.0.1', '::ffff:10.1.2.3', '2001:db8:1::5', '::1', '0:0:0:0:0:0:0:1']
  const outside = ['192.0.2.8', '11.0.0.1', '2001:db9::1', '', 'localhost', '::ffff:11.0.0.1', '10.0.0.1.5']
  expect(inside.filter((address) => !list.has(address))).toEqual([])
  expect(outside.filter((address) => list.has(address))).toEqual([])
})

test('a scope does not matter, an empty list has nobody', () => {
  expect(new AddressList(['fe80::/10']).has('fe80::1%eth0')).toBe(true)
  expect(new AddressList([]).isEmpty).toBe(true)
  expect(new AddressList([]).has('127.0.0.1')).toBe(false)
})

test('IPv4 addresses and networks in the form of IPv6 are the same', () => {
  const list = new AddressList(['::ffff:10.0.0.0/104', '::ffff:192.0.2.7', '2001:db8::/64'])
  expect(['10.9.9.9', '192.0.2.7', '::ffff:a00:1', '2001:db8::9'].map((one) => list.has(one))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['11.0.0.1', '192.0.2.8', '2001:db8:0:1::9'].map((one) => list.has(one))).toEqual([
    false,
    false,
    false,
  ])
  expect(new AddressList(['::/0']).has('192.0.2.7')).toBe(false)
})

test('what is no address says where it stands', () => {
  const wrong = [
    'nonsense',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::/129',
    '',
    '300.1.1.1',
    '010.0.0.1',
    '10.1',
    '10',
    '0x0a.0.0.1',
  ]
  for (const entry of [
    ...wrong,
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    '::ffff:10.0.0.0/129',
    ':::1',
  ]) {
    expect(() => new AddressList(['::1', entry], 'access.deny')).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID', path: 'access.deny[1]' }),
    )
  }
})
