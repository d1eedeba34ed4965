import { byteByByte, deliveries, fromHex, hmacSha256, mutate, SeededRandom } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clientFlights } from '../src/arbitraries.ts'
import {
  CLIENT_KEYS,
  ClientHandshake,
  findDigest,
  HANDSHAKE_SIZE,
  PACKET_SIZE,
  ServerHandshake,
  type Verification,
} from '../src/index.ts'
import { crypto, failureOf } from './helpers.ts'

const join = (...pieces: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** C0 and a plain C1. */
const plainC0C1 = (time = 0x12345678): Uint8Array => {
  const bytes = new SeededRandom(7).bytes(1 + PACKET_SIZE)
  bytes[0] = 3
  new DataView(bytes.buffer).setUint32(1, time)
  bytes.fill(0, 5, 9)
  return bytes
}

/** Feeds each side what the other says until both are silent. */
const converse = (
  client: ClientHandshake,
  server: ServerHandshake,
  cut: (bytes: Uint8Array) => Uint8Array[],
): void => {
  client.start()
  for (let quiet = false; !quiet; ) {
    quiet = true
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const)
      for (const output of from.takeOutput()) {
        quiet = false
        for (const piece of cut(output)) to.receive(piece)
      }
  }
}

describe('what is held', () => {
  test('is the packet that is coming, ours until it was answered, and what came behind', () => {
    const server = new ServerHandshake({ crypto: crypto(1) })
    const empty = server.memoryBytes
    const bytes = plainC0C1()
    server.receive(bytes.subarray(0, 1))
    expect(server.memoryBytes).toBe(empty)
    // Room for all of it is made with its first byte.
    server.receive(bytes.subarray(1, 2))
    expect(server.memoryBytes).toBe(empty + PACKET_SIZE)
    server.receive(bytes.subarray(2))
    const [sent = new Uint8Array(0)] = server.takeOutput()
    expect(server.memoryBytes).toBe(empty + sent.length)
    const c2 = sent.subarray(1, 1 + PACKET_SIZE)
    server.receive(c2.subarray(0, 1))
    expect(server.memoryBytes).toBe(empty + sent.length + PACKET_SIZE)
    server.receive(join(c2.subarray(1), new Uint8Array(700)))
    server.receive(new Uint8Array(300))
    expect(server.memoryBytes).toBe(empty + 1000)
    expect(server.takeRest()).toHaveLength(1000)
    expect(server.memoryBytes).toBe(empty)
  })

  test('is no answer that nobody looks at', () => {
    const server = new ServerHandshake({ crypto: crypto(1), verify: 'off' })
    const empty = server.memoryBytes
    server.receive(join(plainC0C1(), new Uint8Array(1000)))
    expect(server.memoryBytes).toBe(empty)
  })
})

describe('both roles', () => {
  for (const mode of ['plain', 'digest'] as const)
    for (const schema of [0, 1] as const)
      for (const serverHmac of [true, false])
        for (const cut of [(bytes: Uint8Array) => [bytes], byteByByte])
          test(`${mode}, schema ${schema}, server ${serverHmac ? 'with' : 'without'} HMAC, ${cut.name || 'whole'}`, () => {
            const client = new ClientHandshake({
              crypto: crypto(1),
              mode,
              schema,
              now: 11,
              verify: 'require',
            })
            const server = new ServerHandshake({ crypto: crypto(2, serverHmac), now: 22, verify: 'require' })
            converse(client, server, cut)
            const kind = mode === 'digest' && serverHmac ? 'digest' : 'plain'
            const answer = kind === 'digest' ? 'digest' : 'echo'
            expect(client.done && server.done).toBe(true)
            expect(client.result).toMatchObject({ kind, answer, peerTime: 22, protocolVersion: 3 })
            expect(server.result).toMatchObject({ kind, answer, peerTime: 11, protocolVersion: 3 })
            expect(server.result?.schema).toBe(kind === 'digest' ? schema : undefined)
            expect(client.result?.schema).toBe(kind === 'digest' ? schema : undefined)
            expect(client.result?.peerVersion).toBe(kind === 'digest' ? 0x0d0e0a0d : 0)
            expect(client.takeRest()).toHaveLength(0)
          })
})

describe('server', () => {
  test('says nothing before C1 is complete, then all at once, then nothing more', () => {
    const server = new ServerHandshake({ crypto: crypto(1) })
    const c0c1 = plainC0C1()
    server.receive(c0c1.subarray(0, PACKET_SIZE))
    expect(server.takeOutput()).toEqual([])
    server.receive(c0c1.subarray(PACKET_SIZE))
    const output = server.takeOutput()
    expect(output.map(({ length }) => length)).toEqual([HANDSHAKE_SIZE])
    server.receive(new Uint8Array(PACKET_SIZE - 1))
    expect(server.takeOutput()).toEqual([])
    expect(server.done).toBe(false)
    expect(failureOf(() => server.end())).toMatchObject({ code: 'HANDSHAKE_TRUNCATED', offset: 3072 })
    server.receive(new Uint8Array(1))
    expect(server.done).toBe(true)
    server.end()
  })

  test('plain: version zero, S2 is C1 byte for byte', () => {
    for (const version of [0, 0x09007c02]) {
      const c0c1 = plainC0C1()
      new DataView(c0c1.buffer).setUint32(5, version)
      const server = new ServerHandshake({ crypto: crypto(1), now: 0x1_0000_0003 })
      server.receive(c0c1)
      const [output] = server.takeOutput() as [Uint8Array]
      expect(output[0]).toBe(3)
      expect(output.slice(1, 9)).toEqual(fromHex('00000003 00000000'))
      expect(output.subarray(1 + PACKET_SIZE)).toEqual(c0c1.subarray(1))
      expect(new Set(output.subarray(9, 1 + PACKET_SIZE)).size).toBeGreaterThan(200)
    }
  })

  test('everything in one segment, C2 of zeros, and what follows is kept', () => {
    const rest = fromHex('03 000000 000004 01')
    for (const cut of [(bytes: Uint8Array) => [bytes], byteByByte]) {
      const server = new ServerHandshake({ crypto: crypto(1) })
      for (const piece of cut(join(plainC0C1(), new Uint8Array(PACKET_SIZE), rest))) {
        const reused = piece.slice()
        server.receive(reused)
        reused.fill(0xee)
      }
      expect(server.done).toBe(true)
      expect(server.result).toMatchObject({ kind: 'plain', answer: 'mismatch', peerTime: 0x12345678 })
      expect(server.result?.warnings).toHaveLength(1)
      expect(server.takeRest()).toEqual(rest)
      expect(server.takeRest()).toHaveLength(0)
    }
  })

  test.each([0, 1, 2, 4, 5, 6, 8, 9, 0x16, 31])('answers version %d with 3', (version) => {
    const c0c1 = plainC0C1()
    c0c1[0] = version
    const server = new ServerHandshake({ crypto: crypto(1) })
    server.receive(c0c1)
    expect(server.takeOutput()[0]?.[0]).toBe(3)
    server.receive(new Uint8Array(PACKET_SIZE))
    expect(server.result?.protocolVersion).toBe(version)
    expect(server.result?.warnings[0]).toMatch(/version/)
  })

  test.each([
    ['GET / HTTP/1.1', 'HANDSHAKE_HTTP_REQUEST'],
    ['POST /open/1', 'HANDSHAKE_HTTP_REQUEST'],
    ['PRI * HTTP/2.0', 'HANDSHAKE_HTTP_REQUEST'],
    ['  ', 'HANDSHAKE_VERSION'],
    ['\x7f', 'HANDSHAKE_VERSION'],
    ['\x16\x03\x01\x02', 'HANDSHAKE_TLS'],
  ])('recognises %j', (text, code) => {
    const bytes = new TextEncoder().encode(text)
    for (const pieces of [[bytes], byteByByte(bytes)]) {
      const server = new ServerHandshake({ crypto: crypto(1) })
      const failure = failureOf(() => {
        for (const piece of pieces) server.receive(piece)
      })
      expect(failure).toMatchObject({ name: 'DecodeError', code, offset: 0, phase: 'handshake' })
      expect(failureOf(() => server.receive(plainC0C1()))).toBe(failure)
      expect(server.takeOutput()).toEqual([])
      expect(server.done).toBe(false)
    }
  })

  test.each<[Verification, string | undefined]>([
    ['off', undefined],
    ['warn', undefined],
    ['require', 'HANDSHAKE_ECHO_MISMATCH'],
  ])('a wrong echo with verify %s', (verify, code) => {
    const server = new ServerHandshake({ crypto: crypto(1), verify })
    server.receive(plainC0C1())
    expect(failureOf(() => server.receive(new Uint8Array(PACKET_SIZE))).code).toBe(code)
    if (code === undefined) expect(server.result?.answer).toBe(verify === 'off' ? 'unchecked' : 'mismatch')
    else expect(server.done).toBe(false)
  })

  test('a wrong digest with verify require; FFmpeg’s echo in the digest form passes', () => {
    const client = new ClientHandshake({ crypto: crypto(5), mode: 'digest' })
    client.start()
    const [c0c1] = client.takeOutput() as [Uint8Array]
    for (const [answer, outcome] of [
      ['echo', undefined],
      ['zeros', 'HANDSHAKE_DIGEST_MISMATCH'],
    ] as const) {
      const server = new ServerHandshake({ crypto: crypto(1), verify: 'require' })
      server.receive(c0c1)
      const [output] = server.takeOutput() as [Uint8Array]
      const c2 = answer === 'echo' ? output.slice(1, 1 + PACKET_SIZE) : new Uint8Array(PACKET_SIZE)
      expect(failureOf(() => server.receive(c2)).code).toBe(outcome)
      if (outcome === undefined)
        expect(server.result).toMatchObject({
          kind: 'digest',
          answer: 'echo',
          warnings: [expect.any(String)],
        })
    }
  })

  test('time2 of the echo is of no account', () => {
    const server = new ServerHandshake({ crypto: crypto(1), verify: 'require' })
    server.receive(plainC0C1())
    const c2 = (server.takeOutput()[0] as Uint8Array).slice(1, 1 + PACKET_SIZE)
    c2.set(fromHex('0badcafe'), 4)
    server.receive(c2)
    expect(server.result).toMatchObject({ answer: 'echo', warnings: [] })
  })

  test('two servers differ in their random bytes', () => {
    const [a, b] = [1, 2].map((seed) => {
      const server = new ServerHandshake({ crypto: crypto(seed) })
      server.receive(plainC0C1())
      return server.takeOutput()[0] as Uint8Array
    })
    expect(a?.subarray(9, 1537)).not.toEqual(b?.subarray(9, 1537))
  })
})

describe('client', () => {
  test('sends C0 and C1 at the start, C2 when S1 is complete, and is done with S2', () => {
    const client = new ClientHandshake({ crypto: crypto(1), now: 9 })
    expect(client.takeOutput()).toEqual([])
    client.start()
    client.start()
    const [first, ...more] = client.takeOutput()
    expect(more).toEqual([])
    expect(first).toHaveLength(1537)
    expect(first?.slice(0, 9)).toEqual(fromHex('03 00000009 00000000'))
    const s0s1 = plainC0C1(0x01020304)
    client.receive(s0s1.subarray(0, PACKET_SIZE))
    expect(client.takeOutput()).toEqual([])
    client.receive(s0s1.subarray(PACKET_SIZE))
    expect(client.takeOutput()).toEqual([s0s1.slice(1)])
    expect(client.done).toBe(false)
    client.receive(join(new Uint8Array(PACKET_SIZE), fromHex('02 00')))
    expect(client.done).toBe(true)
    expect(client.result).toMatchObject({ kind: 'plain', answer: 'mismatch', peerTime: 0x01020304 })
    expect(client.takeRest()).toEqual(fromHex('02 00'))
  })

  test('asked for the digest form, takes an echo of C1 as S1 for plain', () => {
    const client = new ClientHandshake({ crypto: crypto(1), mode: 'digest', verify: 'require' })
    client.start()
    const [c0c1] = client.takeOutput() as [Uint8Array]
    expect(findDigest(c0c1.subarray(1), CLIENT_KEYS, hmacSha256)?.schema).toBe(1)
    client.receive(join(c0c1, c0c1.subarray(1)))
    expect(client.takeOutput()).toEqual([c0c1.slice(1)])
    expect(client.result).toMatchObject({ kind: 'plain', answer: 'echo', peerVersion: 0x09007c02 })
    expect(client.result?.warnings).toHaveLength(1)
  })

  test.each([
    [0x48, 'HANDSHAKE_HTTP_RESPONSE'],
    [0x15, 'HANDSHAKE_TLS'],
    [0x16, 'HANDSHAKE_TLS'],
    [6, 'HANDSHAKE_VERSION'],
    [0, 'HANDSHAKE_VERSION'],
    [0xff, 'HANDSHAKE_VERSION'],
  ])('refuses version %d', (version, code) => {
    const client = new ClientHandshake({ crypto: crypto(1) })
    const failure = failureOf(() => client.receive(Uint8Array.of(version)))
    expect(failure).toMatchObject({ name: 'DecodeError', code, offset: 0 })
    expect(failureOf(() => client.receive(Uint8Array.of(3)))).toBe(failure)
  })

  test('verify require refuses a wrong S2, warn and off do not', () => {
    for (const [verify, code] of [
      ['require', 'HANDSHAKE_ECHO_MISMATCH'],
      ['warn', undefined],
      ['off', undefined],
    ] as const) {
      const client = new ClientHandshake({ crypto: crypto(1), verify })
      client.start()
      expect(failureOf(() => client.receive(join(plainC0C1(), new Uint8Array(PACKET_SIZE)))).code).toBe(code)
    }
  })

  test('what the caller gets wrong', () => {
    expect(failureOf(() => new ClientHandshake({ crypto: crypto(1, false), mode: 'digest' }))).toMatchObject({
      name: 'UsageError',
      code: 'HANDSHAKE_NO_HMAC',
      path: 'crypto.hmacSha256',
    })
    const client = new ClientHandshake({ crypto: { randomBytes: () => new Uint8Array(3) } })
    expect(failureOf(() => client.start())).toMatchObject({ code: 'HANDSHAKE_RANDOM_SHORT' })
  })
})

test('the delivery does not matter', () => {
  fc.assert(
    fc.property(
      clientFlights(hmacSha256).chain((flight) => fc.tuple(fc.constant(flight), deliveries(flight.bytes))),
      ([flight, slices]) => {
        const server = new ServerHandshake({ crypto: crypto(3) })
        for (const slice of slices) server.receive(slice)
        expect(server.result).toMatchObject(
          flight.schema === undefined ? { kind: 'plain' } : { kind: 'digest', schema: flight.schema },
        )
        expect(server.takeRest()).toEqual(flight.rest)
        expect(server.takeOutput()).toHaveLength(1)
      },
    ),
    { numRuns: 60 },
  )
})

test('whatever is damaged, the end is a result, a typed error or waiting', () => {
  fc.assert(
    fc.property(clientFlights(hmacSha256), fc.nat(), (flight, seed) => {
      const random = new SeededRandom(seed)
      for (const side of [
        new ServerHandshake({ crypto: crypto(3), verify: 'require' }),
        new ClientHandshake({ crypto: crypto(4), mode: 'digest', verify: 'require' }),
      ]) {
        const failure = failureOf(() => side.receive(mutate(flight.bytes, random)))
        expect(failure.name ?? 'DecodeError').toBe('DecodeError')
        expect(side.done).toBe(side.result !== undefined)
      }
    }),
    { numRuns: 60 },
  )
})
