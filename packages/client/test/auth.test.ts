import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { adobeResponse } from '../src/auth/adobe.ts'
import { limelightResponse } from '../src/auth/limelight.ts'
import { toBase64 } from '../src/auth/md5.ts'

const md5 = (text: string): Uint8Array => createHash('md5').update(text).digest()

// Worked by hand from the formulas, in docs/wire/rtmp.md §15.
test('authmod=adobe, with and without opaque', () => {
  const challenge = { user: 'user', salt: 'ab12cd', challenge: 'srvch' }
  expect(adobeResponse(md5, { ...challenge, opaque: 'opq1' }, 'pass', '12345678')).toBe(
    '7b6L51KvnxySGgP3uMtzHA==',
  )
  expect(adobeResponse(md5, challenge, 'pass', '12345678')).toBe('wpJocA9So4sHB0NJrZCjZQ==')
})

test('authmod=llnw', () => {
  expect(limelightResponse(md5, { user: 'user', nonce: 'nonce1', app: 'app' }, 'pass', 'deadbeef')).toBe(
    '7fda6fb87dcd236228e12b745ef2dfe3',
  )
})

test('base64 pads as RFC 4648 says', () => {
  expect(['', 'f', 'fo', 'foo', 'foob'].map((text) => toBase64(new TextEncoder().encode(text)))).toEqual([
    '',
    'Zg==',
    'Zm8=',
    'Zm9v',
    'Zm9vYg==',
  ])
})
