import { isDecodeError } from '@rtmp/bytes'
import { mutate, SeededRandom } from '@rtmp/testkit/fuzz'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from '../../src/transport/proxy-header.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const SIGNATURE = '0d0a0d0a000d0a515549540a'

// Examples of the specification, §2.1, and of HAProxy's own traffic.
const VERSION_1: readonly [string, object][] = [
  [
    'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n',
    {
      source: { address: '192.168.0.1', port: 56_324 },
      destination: { address: '192.168.0.11', port: 443 },
    },
  ],
  [
    'PROXY TCP6 2001:DB8::1 ::ffff:10.0.0.1 65535 1935\r\n',
    {
      source: { address: '2001:db8::1', port: 65_535 },
      destination: { address: '::ffff:10.0.0.1', port: 1935 },
    },
  ],
  ['PROXY UNKNOWN\r\n', { source: undefined }],
  ['PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n', { source: undefined }],
]

const VERSION_2: readonly [string, string, object][] = [
  ['LOCAL', '20 00 0000', { source: undefined, secure: false }],
  [
    'LOCAL with addresses, which do not count',
    '20 11 000c 7f000001 7f000001 0001 0002',
    { source: undefined },
  ],
  [
    'IPv4',
    '21 11 000c c0a80001 c0a8000b dc04 01bb',
    { source: { address: '192.168.0.1', port: 56_324 }, destination: { address: '192.168.0.11', port: 443 } },
  ],
  [
    'IPv6',
    '21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 0400 078f',
    {
      source: { address: '2001:db8:0:0:0:0:0:1', port: 1024 },
      destination: { address: '0:0:0:0:0:0:0:1', port: 1935 },
    },
  ],
  ['a unix socket says nothing of the client', `21 31 00d8 ${'00'.repeat(216)}`, { source: undefined }],
  ['an unknown family', '21 00 0003 aabbcc', { source: undefined }],
  [
    'with TLVs: TLS used by the client, after an unknown one',
    '21 11 0018 c0a80001 c0a8000b dc04 01bb ea 0001 41 20 0005 01 00000000',
    { source: { address: '192.168.0.1', port: 56_324 }, secure: true },
  ],
]

const inputs = [
  ...VERSION_1.map(([text, facts]) => ({ name: text.trim(), bytes: ascii(text), facts })),
  ...VERSION_2.map(([name, text, facts]) => ({ name, bytes: hex(SIGNATURE + text), facts })),
]

describe.each(inputs)('$name', ({ bytes, facts }) => {
  test('is read, with what follows left alone', () => {
    const followed = Uint8Array.from([...bytes, 3, 0, 0, 0, 0])
    expect(readProxyHeader(followed)).toMatchObject({ length: bytes.length, ...facts })
  })

  test('every front part of it asks for more', () => {
    for (let end = 0; end < bytes.length; end++)
      expect(readProxyHeader(bytes.subarray(0, end))).toBeUndefined()
  })
})

const ILLEGAL: readonly [string, Uint8Array, string][] = [
  ['RTMP', hex('03 00000000'), 'PROXY_HEADER_MISSING'],
  ['HTTP', ascii('GET / HTTP/1.1\r\n'), 'PROXY_HEADER_MISSING'],
  ['a line without an end', ascii(`PROXY UNKNOWN ${'x'.repeat(200)}`), 'PROXY_HEADER_TOO_LONG'],
  ['a line that ends with LF alone', ascii('PROXY UNKNOWN\n'), 'PROXY_HEADER_INVALID'],
  ['another protocol', ascii('PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n'), 'PROXY_HEADER_INVALID'],
  ['a fifth field', ascii('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n'), 'PROXY_HEADER_INVALID'],
  ['no fields', ascii('PROXY TCP4\r\n'), 'PROXY_HEADER_INVALID'],
  ['an address beyond 255', ascii('PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n'), 'PROXY_HEADER_INVALID'],
  ['IPv6 called IPv4', ascii('PROXY TCP4 ::1 ::1 1 2\r\n'), 'PROXY_HEADER_INVALID'],
  ['a name', ascii('PROXY TCP6 host host 1 2\r\n'), 'PROXY_HEADER_INVALID'],
  ['a port beyond 65535', ascii('PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n'), 'PROXY_HEADER_INVALID'],
  ['a negative port', ascii('PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n'), 'PROXY_HEADER_INVALID'],
  ['version 3', hex(`${SIGNATURE}31 11 000c`), 'PROXY_HEADER_INVALID'],
  ['an unknown command', hex(`${SIGNATURE}22 11 000c`), 'PROXY_HEADER_INVALID'],
  ['a length of 65535', hex(`${SIGNATURE}21 11 ffff`), 'PROXY_HEADER_TOO_LONG'],
  ['IPv4 in too few bytes', hex(`${SIGNATURE}21 11 000b ${'00'.repeat(11)}`), 'PROXY_HEADER_INVALID'],
  ['half a TLV', hex(`${SIGNATURE}21 11 000e ${'00'.repeat(12)} 20 00`), 'PROXY_HEADER_INVALID'],
  ['a TLV beyond the end', hex(`${SIGNATURE}21 11 000f ${'00'.repeat(12)} 04 0001`), 'PROXY_HEADER_INVALID'],
]

test.each(ILLEGAL)('%s is refused', (_name, bytes, code) => {
  expect(() => readProxyHeader(bytes)).toThrow(expect.objectContaining({ code, phase: 'proxy' }))
})

test('hostile bytes end in a header, in asking for more within bounds, or in a DecodeError', () => {
  const random = new SeededRandom(1935)
  for (let run = 0; run < 20_000; run++) {
    const seed = inputs[run % inputs.length]?.bytes ?? new Uint8Array(0)
    const bytes = mutate(seed, random)
    try {
      const header = readProxyHeader(bytes)
      if (header === undefined) expect(bytes.length).toBeLessThan(MAX_PROXY_HEADER_BYTES)
      else expect(header.length).toBeLessThanOrEqual(bytes.length)
    } catch (error) {
      if (!isDecodeError(error)) throw error
    }
  }
})

test('what HAProxy would write of any IPv4 client is read back, in both versions', () => {
  const address = fc.ipV4()
  const port = fc.integer({ min: 0, max: 65_535 })
  fc.assert(
    fc.property(address, address, port, port, (from, to, fromPort, toPort) => {
      const source = { address: from, port: fromPort }
      const line = ascii(`PROXY TCP4 ${from} ${to} ${fromPort} ${toPort}\r\n`)
      expect(readProxyHeader(line)).toMatchObject({ source })
      const bytes = [...from.split('.'), ...to.split('.')].map(Number)
      const ports = [fromPort >> 8, fromPort & 255, toPort >> 8, toPort & 255]
      const binary = Uint8Array.from([...hex(`${SIGNATURE}2111000c`), ...bytes, ...ports])
      expect(readProxyHeader(binary)).toMatchObject({ source, length: 28 })
    }),
  )
})
