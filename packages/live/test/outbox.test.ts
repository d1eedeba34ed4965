import { expect, test } from 'vitest'
import { Outbox } from '../src/outbox.ts'
import { FakeTransport } from './arrange.ts'

const bytes = (length: number, value = 0): Uint8Array => new Uint8Array(length).fill(value)

test('while the transport keeps up, bytes go straight through', () => {
  const transport = new FakeTransport()
  const outbox = new Outbox(transport)
  const shared = bytes(10)
  outbox.write(shared, 0)
  expect(transport.sent[0]).toBe(shared)
  expect([outbox.congested, outbox.queuedBytes, outbox.totalBytes]).toEqual([false, 0, 10])
})

test('behind a slow transport bytes keep their order, and their age is that of the oldest', () => {
  const transport = new FakeTransport()
  const outbox = new Outbox(transport)
  transport.open = false
  outbox.write(bytes(100_000, 1), 0)
  expect(outbox.congested).toBe(false)
  for (let i = 2; i <= 3; i++) outbox.write(bytes(100_000, i), i * 1000)
  outbox.markCatchUp()
  for (let i = 4; i <= 6; i++) outbox.write(bytes(100_000, i), i * 1000)
  expect(outbox.congested).toBe(true)
  expect(outbox.queuedBytes).toBe(600_000)
  expect(outbox.age(7000)).toBe(5000)
  expect(outbox.exceeds({ bytes: 500_000, ms: 9000 }, 7000)).toBe(true)
  expect(outbox.exceeds({ bytes: 500_000, ms: 9000 }, 7000, 200_000)).toBe(false)
  expect(outbox.exceeds({ bytes: 900_000, ms: 4000 }, 7000)).toBe(true)
  expect(outbox.catchUpBytes).toBe(300_000)
  transport.release(2)
  expect(outbox.catchUpBytes).toBe(100_000)
  expect(outbox.age(7000)).toBe(4000)
  transport.release()
  expect(transport.sent.map((sent) => sent[0])).toEqual([1, 2, 3, 4, 5, 6])
  expect([outbox.congested, outbox.queuedBytes, outbox.age(9000)]).toEqual([false, 0, 0])
})

test('what has not been handed over can be taken back, write by write', () => {
  const transport = new FakeTransport()
  const outbox = new Outbox(transport)
  transport.open = false
  for (let i = 0; i < 20; i++) outbox.write(bytes(100_000, i), 0)
  const held = outbox.queuedBytes
  const dropped = outbox.discard()
  expect(dropped % 100_000).toBe(0)
  expect(outbox.queuedBytes).toBe(held - dropped)
  outbox.write(bytes(1, 99), 0)
  let handedOver = false
  outbox.whenHandedOver(() => {
    handedOver = true
  })
  expect(handedOver).toBe(false)
  transport.release()
  expect(handedOver).toBe(true)
  expect(transport.sent.at(-1)?.[0]).toBe(99)
  expect(transport.sent.length).toBe((held - dropped) / 100_000 + 1)
})

test('a closed outbox sends nothing more', () => {
  const transport = new FakeTransport()
  const outbox = new Outbox(transport)
  transport.open = false
  for (let i = 0; i < 10; i++) outbox.write(bytes(100_000, i), 0)
  outbox.close()
  outbox.write(bytes(5), 0)
  const handed = transport.pendingBytes
  transport.release()
  expect(transport.sent.reduce((sum, sent) => sum + sent.length, 0)).toBe(handed)
})
