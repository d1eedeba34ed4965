import { fromHex } from '@rtmp/testkit'
import { growthOf } from '@rtmp/testkit/work'
import { describe, expect, test } from 'vitest'
import { decodeAmf3Tree } from '../src/exact.ts'
import { decodeAmf3 } from '../src/index.ts'
import { bomb, u29 } from './bomb.ts'

const limits = { maxValues: 1e7, maxStringBytes: 1e8, maxTotalBytes: 1e8 }

describe('work is linear', () => {
  const kinds: [string, (size: number) => Uint8Array][] = [
    [
      'many objects of one class',
      (size) => fromHex(`09${u29(size * 2 + 1)}01 0a1303580361 01${'0a0101'.repeat(size - 1)}`),
    ],
    ['many equal names', (size) => fromHex(`0a0b01${'036101'.repeat(size)}01`)],
    ['many strings', (size) => fromHex('060361'.repeat(size))],
    ['a reference bomb', (size) => bomb(size)],
  ]

  test.each(kinds)('%s', (_name, make) => {
    const growth = growthOf((size) => {
      const bytes = make(size)
      return () => {
        decodeAmf3(bytes, { limits })
        decodeAmf3Tree(bytes, { limits })
      }
    }, 16_000)
    expect(growth).toBeLessThan(1.5)
  })
})
