import { MediaMessage } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { SendQueue } from '../src/core/send-queue.ts'

const picture = (timestamp: number, key = false): MediaMessage =>
  new MediaMessage(9, timestamp >>> 0, Uint8Array.of(key ? 0x17 : 0x27, 1, 0, 0, 0, 1))
const header = new MediaMessage(9, 0, Uint8Array.of(0x17, 0, 0, 0, 0, 1))

const put = (queue: SendQueue, message: MediaMessage): void => queue.push(message, queue.timeOf(message))

test('a queue knows how much media waits in it', () => {
  const queue = new SendQueue()
  expect([queue.ms, queue.bytes, queue.isEmpty]).toEqual([0, 0, true])
  for (let t = 0; t <= 400; t += 40) put(queue, picture(t, t === 0))
  expect([queue.ms, queue.bytes, queue.length]).toEqual([400, 66, 11])
  queue.shift()
  expect([queue.ms, queue.length]).toEqual([360, 10])
  while (queue.shift() !== undefined);
  expect([queue.ms, queue.bytes]).toEqual([0, 0])
})

test.each([
  ['thirty minutes ahead', 1_800_000],
  ['an hour back', -3_600_000],
  ['over the wrap of 32 bits', 2 ** 32 - 200],
])('a source that jumps %s has no backlog', (_, by) => {
  const queue = new SendQueue()
  for (let t = 0; t < 200; t += 40) put(queue, picture(by === 2 ** 32 - 200 ? by + t : t, t === 0))
  put(queue, header)
  for (let t = 200; t <= 400; t += 40) put(queue, picture(by + t))
  expect(queue.ms).toBe(400)
})
