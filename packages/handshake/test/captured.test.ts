import { fromHex, hmacSha256, readRepoJson, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import {
  CLIENT_KEYS,
  ClientHandshake,
  findDigest,
  isSignedResponse,
  SERVER_KEYS,
  ServerHandshake,
} from '../src/index.ts'
import { replay } from './helpers.ts'

// Handshakes between programs that are not ours. Given their random bytes and clocks, our machines must say the same.

interface Captured {
  readonly name: string
  readonly role: 'publish' | 'play'
  readonly server: string
  readonly c2EchoesS1: boolean
  readonly s2EchoesC1: boolean
  readonly c0c1: string
  readonly s0s1s2: string
  readonly c2: string
}

const time = (packet: Uint8Array): number => new DataView(packet.buffer, packet.byteOffset).getUint32(0)
const version = (packet: Uint8Array): number => new DataView(packet.buffer, packet.byteOffset).getUint32(4)

describe.each(await readRepoJson<Captured[]>('vectors/handshake/captured.json'))('$name', (captured) => {
  const c0c1 = fromHex(captured.c0c1)
  const s0s1s2 = fromHex(captured.s0s1s2)
  const c2 = fromHex(captured.c2)
  const c1 = c0c1.subarray(1)
  const s1 = s0s1s2.subarray(1, 1537)
  const s2 = s0s1s2.subarray(1537)
  const c1Digest = findDigest(c1, CLIENT_KEYS, hmacSha256)
  const s1Digest = findDigest(s1, SERVER_KEYS, hmacSha256)

  test('digests are where they should be', () => {
    expect(c1Digest === undefined).toBe(version(c1) === 0)
    if (s1Digest !== undefined && c1Digest !== undefined)
      expect(isSignedResponse(s2, c1Digest.digest, SERVER_KEYS, hmacSha256)).toBe(true)
    if (s1Digest !== undefined && !captured.c2EchoesS1)
      expect(isSignedResponse(c2, s1Digest.digest, CLIENT_KEYS, hmacSha256)).toBe(true)
  })

  test('our client says what the client said', () => {
    const mode = c1Digest === undefined ? 'plain' : 'digest'
    const client = new ClientHandshake({
      crypto: replay(c1.subarray(8), c2),
      mode,
      schema: c1Digest?.schema ?? 1,
      now: time(c1),
      verify: 'require',
    })
    client.start()
    const [first] = client.takeOutput()
    // The product version in C1 is the client's own; nginx-rtmp, for one, signs another than we do.
    const sameVersion = version(c1) === 0 || version(c1) === 0x09007c02
    if (sameVersion) expect(toHex(first as Uint8Array)).toBe(captured.c0c1)
    if (!sameVersion || (!captured.s2EchoesC1 && s1Digest === undefined)) return
    client.receive(s0s1s2)
    const [second] = client.takeOutput()
    if (captured.c2EchoesS1) {
      if (s1Digest === undefined) expect(toHex(second as Uint8Array)).toBe(captured.c2)
    } else if (c1Digest !== undefined) expect(toHex(second as Uint8Array)).toBe(captured.c2)
    expect(client.result).toMatchObject({
      kind: s1Digest === undefined ? 'plain' : 'digest',
      answer: s1Digest === undefined ? 'echo' : 'digest',
      peerTime: time(s1),
      peerVersion: version(s1),
    })
  })

  test('our server takes the client, and says what nginx-rtmp said', () => {
    const server = new ServerHandshake({
      crypto: replay(s1.subarray(8), s2),
      now: time(s1),
      verify: 'require',
    })
    server.receive(c0c1)
    const [output] = server.takeOutput()
    const nginx = s1Digest !== undefined && captured.server.startsWith('nginx')
    if (nginx) expect(toHex(output as Uint8Array)).toBe(captured.s0s1s2)
    // What the client answered fits our S1 when that is the S1 it saw.
    if (!nginx) return
    server.receive(c2)
    expect(server.result).toMatchObject({
      kind: 'digest',
      schema: c1Digest?.schema,
      answer: captured.c2EchoesS1 ? 'echo' : 'digest',
      peerVersion: version(c1),
      bytesReceived: 3073,
    })
  })
})
