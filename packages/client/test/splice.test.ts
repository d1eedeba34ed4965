import { MediaMessage } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { Splice } from '../src/core/splice.ts'

const picture = (timestamp: number, hex: string): MediaMessage =>
  new MediaMessage(9, timestamp, Uint8Array.from(Buffer.from(hex, 'hex')))

const unit = (hex: string): string => (hex.length / 2).toString(16).padStart(8, '0') + hex
const INTER = `2701000000${unit('41b800')}`
const RECOVERY = `2701000000${unit('0606018480')}${unit('41b800')}`
const KEY = `1701000000${unit('65b800')}`

/** Times passed on of a second connection's pictures, one a second. */
const after = (hex: (second: number) => string, seconds: number): (number | undefined)[] => {
  const splice = new Splice()
  splice.map(picture(0, KEY), true, 0)
  splice.begin()
  return Array.from({ length: seconds }, (_, i) =>
    splice.map(picture(i * 1000, hex(i)), true, 1000 + i * 1000),
  )
}

test('a new connection is passed on from its first key frame', () => {
  const times = after((second) => (second === 2 ? KEY : INTER), 4)
  expect(times.slice(0, 2)).toEqual([undefined, undefined])
  expect(times[3]).toBeDefined()
})

test('a stream with intra refresh goes on at a recovery point', () => {
  const times = after((second) => (second === 3 ? RECOVERY : INTER), 5)
  expect(times.map((time) => time !== undefined)).toEqual([false, false, false, true, true])
})

test('and one without either after ten seconds', () => {
  const times = after(() => INTER, 12)
  expect(times.map((time) => time !== undefined).indexOf(true)).toBe(10)
})
