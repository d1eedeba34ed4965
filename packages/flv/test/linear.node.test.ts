import { concat } from '@rtmp/bytes'
import { byteByByte } from '@rtmp/testkit'
import { growthOf } from '@rtmp/testkit/work'
import { describe, expect, test } from 'vitest'
import { readFlvFile } from '../src/file.ts'
import { encodeFlvHeader, encodeFlvTag } from '../src/index.ts'
import { fileOf, readSlices } from './tags.ts'

describe('work is linear', () => {
  const expectLinear = (run: (size: number) => () => void, size: number): void => {
    expect(growthOf(run, size)).toBeLessThan(1.5)
  }

  const tagOf = (size: number): Uint8Array =>
    encodeFlvTag({ typeId: 9, timestamp: 0, payload: new Uint8Array(size) })

  test('a tag that arrives byte by byte', () => {
    expectLinear((size) => {
      const slices = byteByByte(fileOf([{ typeId: 9, timestamp: 0, payload: new Uint8Array(size) }]))
      return () => expect(readSlices(slices).tags.length).toBe(1)
    }, 64_000)
  })

  test('damage that is searched through byte by byte', () => {
    expectLinear((size) => {
      const junk = new Uint8Array(size).fill(8)
      const slices = byteByByte(concat([encodeFlvHeader(), junk, tagOf(5), tagOf(5)]))
      return () => expect(readSlices(slices).tags.length).toBe(2)
    }, 32_000)
  })

  test('many damages, each searched through', () => {
    expectLinear((count) => {
      const pieces = Array.from({ length: count }, () => concat([tagOf(3), tagOf(3), Uint8Array.of(1, 2, 3)]))
      const bytes = concat([encodeFlvHeader(), ...pieces, tagOf(3)])
      return () => expect(readSlices([bytes]).tags.length).toBe(2 * count + 1)
    }, 3200)
  })

  test('headers that look good and lead nowhere', () => {
    expectLinear((count) => {
      // Plausible headers without end: every one announces more than there is.
      const header = Uint8Array.of(9, 0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0)
      const bytes = concat([encodeFlvHeader(), ...Array.from({ length: count }, () => header)])
      return () => expect(readSlices([bytes]).truncated).toBe(true)
    }, 8000)
  })

  test('back pointers that are wrong in patterns', () => {
    expectLinear((count) => {
      const good = tagOf(0)
      const bad = tagOf(0)
      bad[14] = 77
      const bytes = concat([
        encodeFlvHeader(),
        ...Array.from({ length: count }, (_, i) => (i % 3 === 0 ? good : bad)),
      ])
      return () => expect(readSlices([bytes]).tags.length).toBe(count)
    }, 8000)
  })

  test('facts of a file with many key frames', () => {
    expectLinear((count) => {
      const key = { typeId: 9, timestamp: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) }
      const bytes = fileOf(Array.from({ length: count }, () => key))
      return () => expect(readFlvFile(bytes).facts.keyframes.times.length).toBe(count)
    }, 8000)
  })
})
