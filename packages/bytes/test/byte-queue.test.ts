import { deliveries } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteQueue } from '../src/index.ts'

test('bytes come out in order, whatever the slices and the takes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }).chain((bytes) => fc.tuple(fc.constant(bytes), deliveries(bytes))),
      fc.array(fc.nat({ max: 40 })),
      ([bytes, slices], takes) => {
        const queue = new ByteQueue()
        for (const slice of slices) queue.push(slice)
        expect(queue.length).toBe(bytes.length)
        let at = 0
        for (const count of takes) {
          const piece = queue.take(count)
          if (at + count > bytes.length) {
            expect(piece).toBeUndefined()
            continue
          }
          expect(piece).toEqual(bytes.subarray(at, at + count))
          at += count
          expect(queue.position).toBe(at)
          expect(queue.u8At(0)).toBe(bytes[at])
        }
        expect(queue.length).toBe(bytes.length - at)
      },
    ),
  )
})

test('a take inside one slice is a view, across slices a copy', () => {
  const queue = new ByteQueue()
  const first = Uint8Array.of(1, 2, 3, 4)
  queue.push(first)
  queue.push(Uint8Array.of(5))
  expect(queue.take(2)?.buffer).toBe(first.buffer)
  expect(queue.take(3)?.buffer).not.toBe(first.buffer)
})

test('skip drops what there is and says how much', () => {
  const queue = new ByteQueue()
  queue.push(Uint8Array.of(1, 2, 3))
  expect(queue.skip(2)).toBe(2)
  expect(queue.skip(5)).toBe(1)
  expect(queue.position).toBe(3)
})
