import { describe, expect, it } from 'vitest'
import { MessageRate } from '../src/message-rate.ts'
import { RawClient } from './raw-peer.ts'
import { drain } from './support.ts'

describe('the rate of messages', () => {
  const rateOf = (perSecond: number) => {
    const resumed: number[] = []
    const rate = new MessageRate(perSecond, (now) => resumed.push(now))
    const take = (count: number): void => {
      for (let i = 0; i < count; i++) rate.take()
    }
    return { rate, resumed, take }
  }

  it('is spent with the last of four seconds of them, and rests', () => {
    const { rate, resumed, take } = rateOf(10)
    rate.came(0, 1000)
    take(39)
    expect([rate.isSpent, rate.dueAt]).toEqual([false, Number.POSITIVE_INFINITY])
    take(1)
    expect([rate.isSpent, rate.dueAt]).toEqual([true, 1250])
    rate.check(1249)
    expect([rate.isSpent, resumed]).toEqual([true, []])
    rate.check(1250)
    expect([rate.isSpent, resumed]).toEqual([false, [1250]])
    take(2)
    expect(rate.isSpent).toBe(false)
    take(1)
    expect(rate.isSpent).toBe(true)
  })

  it('rests longer when more were handled than there were', () => {
    const { rate, take } = rateOf(10)
    take(40)
    rate.check(0)
    take(20)
    expect(rate.dueAt).toBe(250)
    rate.check(250)
    take(1)
    expect(rate.dueAt).toBe(250 + 250 + 1850)
  })

  it('is paid for by bytes, which are not saved up', () => {
    const { rate, take } = rateOf(10)
    rate.came(64 * 100, 0)
    take(139)
    expect(rate.isSpent).toBe(false)
    const saving = rateOf(10)
    saving.rate.came(64 * 100, 0)
    saving.rate.came(0, 0)
    saving.take(39)
    expect(saving.rate.isSpent).toBe(false)
    saving.take(1)
    expect(saving.rate.isSpent).toBe(true)
  })

  it('is bounded by nothing where that is wanted', () => {
    const { rate, take } = rateOf(0)
    rate.came(1, 0)
    take(100_000)
    expect(rate.isSpent).toBe(false)
  })
})

describe('a client that floods with messages of one byte', () => {
  /** One message of a byte on chunk stream 7, and others behind it at two bytes each. */
  const flood = (count: number): Uint8Array => {
    const bytes = new Uint8Array(13 + (count - 1) * 2).fill(0x27)
    bytes.set([7, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0])
    for (let at = 13; at < bytes.length; at += 2) bytes[at] = 0xc7
    return bytes
  }

  it('has to wait in the middle of a slice, which may be filled anew, and loses nothing', () => {
    const client = RawClient.publishing({ limits: { maxMessagesPerSecond: 100 } })
    const media = (): number => client.events.filter(({ kind }) => kind === 'media').length
    const count = 1500
    const bytes = flood(count)
    const { deadlinesMade } = client.server
    client.bytes(bytes)
    expect(client.server.deadlinesMade).toBeGreaterThan(deadlinesMade)
    expect(media()).toBeGreaterThan(300)
    expect(media()).toBeLessThan(600)
    expect(client.server.shouldPauseReading).toBe(true)
    expect(client.server.memoryBytes).toBeGreaterThan(1500)
    // The memory is used for something else meanwhile.
    bytes.fill(0xff)
    const before = media()
    for (let left = count; media() < count; left--) {
      expect(left).toBeGreaterThan(0)
      const due = client.session.nextTimeout() ?? 0
      expect(due).toBeGreaterThan(client.now)
      client.now = due
      client.session.handleTimeout(due)
      client.events.push(...drain(client.session))
    }
    expect(client.now).toBeGreaterThanOrEqual(((count - before - 100) / 100) * 1000)
    expect(client.events.some(({ kind }) => kind === 'closed')).toBe(false)
    client.now += 4000
    client.bytes(Uint8Array.of(0xc7, 0x27))
    expect(media()).toBe(count + 1)
    expect(client.server.shouldPauseReading).toBe(false)
  })
})
