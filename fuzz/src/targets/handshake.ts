import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ClientHandshake, HANDSHAKE_SIZE, ServerHandshake } from '@rtmp/handshake'
import { fromHex, type SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

const seeds = async (): Promise<Uint8Array[]> => {
  const text = await readFile(new URL('../../../vectors/handshake/captured.json', import.meta.url), 'utf8')
  const captured = JSON.parse(text) as { c0c1: string; s0s1s2: string; c2: string }[]
  const hello = new TextEncoder()
  return [
    ...captured.flatMap(({ c0c1, s0s1s2, c2 }) => [
      fromHex(`${c0c1}${c2}0200000000000401000000000000100003`),
      fromHex(s0s1s2),
    ]),
    hello.encode('GET / HTTP/1.1\r\n\r\n'),
    fromHex('160301020001'),
  ]
}

const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(message).digest()

/** Up to this many pieces, so that the time goes into handshakes and not into slices. */
const MAX_PIECES = 6

const run = (input: Uint8Array, random: SeededRandom): void => {
  const pattern = random.u32() & 0xff
  const crypto = {
    randomBytes: (count: number) => new Uint8Array(count).fill(pattern),
    ...(random.chance(0.7) ? { hmacSha256 } : {}),
  }
  const verify = random.pick(['off', 'warn', 'require'] as const)
  const digest = crypto.hmacSha256 !== undefined && random.chance(0.5)
  const side = random.chance(0.6)
    ? new ServerHandshake({ crypto, verify })
    : new ClientHandshake({
        crypto,
        verify,
        mode: digest ? 'digest' : 'plain',
        schema: digest && random.chance(0.5) ? 0 : 1,
      })
  for (let at = 0, pieces = 1; at < input.length; pieces++) {
    const left = input.length - at
    const size = pieces === MAX_PIECES ? left : 1 + random.below(random.chance(0.5) ? 8 : left)
    side.receive(input.subarray(at, at + size))
    at += size
  }
  if (side.done !== input.length >= HANDSHAKE_SIZE) throw new Error('done at the wrong byte')
  if (!side.done) return
  if (side.takeRest().length !== input.length - HANDSHAKE_SIZE)
    throw new Error('bytes behind the handshake were lost')
  if (side.result?.bytesReceived !== HANDSHAKE_SIZE) throw new Error('no result')
}

export const target: FuzzTarget = { name: 'handshake', seeds, run }
