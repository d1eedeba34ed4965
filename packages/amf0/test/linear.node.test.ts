import { fromHex } from '@rtmp/testkit'
import { growthOf } from '@rtmp/testkit/work'
import { describe, expect, test } from 'vitest'
import { decodeAmf0Tree } from '../src/exact.ts'
import { decodeAmf0, encodeAmf0 } from '../src/index.ts'
import { bomb } from './bomb.ts'

const limits = { maxValues: 1e7, maxStringBytes: 1e8, maxTotalBytes: 1e8 }

describe('work is linear', () => {
  const kinds: [string, (size: number) => Uint8Array][] = [
    ['many equal names', (size) => fromHex(`03${'00016105'.repeat(size)}000009`)],
    [
      'many different names',
      (size) =>
        fromHex(
          `03${Array.from({ length: size }, (_, i) => `0004${(0x61616161 + i).toString(16)}05`).join('')}000009`,
        ),
    ],
    [
      'many small objects',
      (size) => fromHex(`0a${size.toString(16).padStart(8, '0')}${'03000161050000 09'.repeat(size)}`),
    ],
    ['a reference bomb', (size) => bomb(size)],
    ['one long string', (size) => encodeAmf0(['é'.repeat(size * 8)])],
  ]

  test.each(kinds)('%s', (_name, make) => {
    const growth = growthOf((size) => {
      const bytes = make(size)
      return () => {
        decodeAmf0(bytes, { limits })
        decodeAmf0Tree(bytes, { limits })
      }
    }, 16_000)
    expect(growth).toBeLessThan(1.5)
  })
})
