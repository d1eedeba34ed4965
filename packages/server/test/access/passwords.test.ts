import { pbkdf2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashPassword } from '../../src/access.ts'
import { isHashed, isPassword } from '../../src/access/password.ts'
import { hex, sameText, Signer } from '../../src/access/secret.ts'

/** As other software makes it: `hash_password.py` of docs/access.md. */
const stored = (iterations: number, salt = 'ab12cd'): string =>
  `pbkdf2:${iterations}:${salt}:${pbkdf2Sync('geheim', salt, iterations, 32, 'sha256').toString('hex')}`

test('hashes that others have made, in either case', async () => {
  const [prefix, count, salt = '', hash = ''] = stored(1000).split(':')
  for (const one of [
    stored(1000),
    stored(1),
    [prefix, count, salt.toUpperCase(), hash].join(':'),
    [prefix, count, salt, hash.toUpperCase()].join(':'),
  ]) {
    expect([one, await isPassword('geheim', one), await isPassword('Geheim', one)]).toEqual([
      one,
      true,
      false,
    ])
  }
})

test('what is no hash is the password itself', async () => {
  for (const plain of [
    'other:1000:aa:bb',
    'pbkdf2:1000:aa:bb:cc',
    'pbkdf2:0:aa:bb',
    'pbkdf2:-1:aa:bb',
    'pbkdf2:x:aa:bb',
    'pbkdf2:10000001:aa:bb',
    'pbkdf2',
  ]) {
    expect([plain, isHashed(plain), await isPassword(plain, plain)]).toEqual([plain, false, true])
    expect(await isPassword('', plain)).toBe(false)
  }
  for (const hashed of ['pbkdf2:1:aa:bb', 'pbkdf2:10000000:aa:bb']) expect(isHashed(hashed)).toBe(true)
})

test('two hashes of one password are different', async () => {
  expect(await hashPassword('geheim')).not.toBe(await hashPassword('geheim'))
})

test('every letter of a text counts', () => {
  expect(sameText('abcd', 'abcd')).toBe(true)
  for (const other of ['xbcd', 'axcd', 'abxd', 'abcx', 'abc', 'abcde', 'dcba', 'aaaa', ''])
    expect([other, sameText('abcd', other), sameText(other, 'abcd')]).toEqual([other, false, false])
})

test('bytes as hex, and a signature as RFC 4231 has it', async () => {
  expect(hex(Uint8Array.of(0, 1, 0x0a, 0xff))).toBe('00010aff')
  expect(hex(await new Signer('Jefe').sign('what do ya want for nothing?'))).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})
