import { expect, test } from 'vitest'
import { AddressList, LOOPBACK } from '../../src/transport/address-list.ts'

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
  expect(new AddressList(LOOPBACK).has('127.3.4.5')).toBe(true)
})

test('what is no address says where it stands', () => {
  for (const entry of ['nonsense', '10.0.0.0/33', '10.0.0.0/', '::/129', '']) {
    expect(() => new AddressList(['::1', entry], 'access.deny')).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID', path: 'access.deny[1]' }),
    )
  }
})
