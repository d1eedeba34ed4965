import { fromHex } from '@rtmp/testkit'
import { growthOf } from '@rtmp/testkit/work'
import { expect, test } from 'vitest'
import { decodeHevcConfig } from '../src/records.ts'
import { trackIdsOf } from '../src/index.ts'

test('the tracks of a message with many', () => {
  const growth = growthOf((tracks) => {
    const input = new Uint8Array(6 + 4 * tracks)
    input.set(fromHex('96 12 68766331'))
    return () => trackIdsOf('video', input)
  }, 32_000)
  expect(growth).toBeLessThan(1.5)
})

test('a configuration record of many parameter sets', () => {
  const growth = growthOf((sets) => {
    const record = new Uint8Array(23 + 3 + 2 * sets)
    record.set(fromHex('01 0160000000 900000000000 5d f000 fc fd f8 f8 0000 0f 01 a1'))
    record[24] = sets >> 8
    record[25] = sets
    return () => decodeHevcConfig(record)
  }, 32_000)
  expect(growth).toBeLessThan(1.5)
})
