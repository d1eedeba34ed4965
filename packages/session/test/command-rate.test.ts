import { describe, expect, it } from 'vitest'
import { CommandRate } from '../src/command-rate.ts'
import { RawClient } from './raw-peer.ts'

describe('the rate of commands', () => {
  it('takes four seconds of them at once, and one more as soon as there is time for one', () => {
    const rate = new CommandRate(10)
    for (let i = 0; i < 40; i++) expect(rate.take(0)).toBe('taken')
    expect(rate.take(0)).toBe('first')
    expect(rate.take(99)).toBe('refused')
    expect(rate.take(100)).toBe('taken')
    expect(rate.take(100)).toBe('refused')
  })

  it('is over when as many again have been refused, and not before', () => {
    const rate = new CommandRate(10)
    for (let i = 0; i < 40; i++) rate.take(0)
    for (let i = 1; i <= 40; i++) expect(rate.take(0)).toBe(i === 1 ? 'first' : 'refused')
    expect(rate.take(0)).toBe('over')
  })

  it('forgets what it refused when all has been well for a while', () => {
    const rate = new CommandRate(10)
    for (let i = 0; i < 60; i++) rate.take(0)
    for (let i = 0; i < 40; i++) rate.take(10_000)
    expect(rate.take(10_000)).toBe('first')
  })

  it('is bounded by nothing where that is wanted, and by a clock that stands still where not', () => {
    const any = new CommandRate(0)
    for (let i = 0; i < 1000; i++) expect(any.take(0)).toBe('taken')
    const rate = new CommandRate(1)
    rate.take(1000)
    for (let i = 0; i < 3; i++) expect(rate.take(500)).toBe('taken')
    expect(rate.take(500)).toBe('first')
  })
})

describe('a client that goes on asking', () => {
  it('is told once, then refused in silence, and then ended', () => {
    const client = new RawClient().connect().accept()
    const ended = (): unknown => client.events.find(({ kind }) => kind === 'closed')
    // connect was one of them.
    for (let i = 0; i < 199; i++) client.command(0, 'getStreamLength', i + 2)
    expect(client.spoken().filter((line) => line.startsWith('_result'))).toHaveLength(200)
    for (let i = 0; i < 200; i++) client.command(0, 'getStreamLength', i + 300)
    expect(client.spoken()).toEqual(['onStatus 0 NetConnection.Call.Failed'])
    expect(ended()).toBeUndefined()
    client.command(0, 'getStreamLength', 1000)
    expect(ended()).toMatchObject({ reason: 'protocolError', error: { code: 'SESSION_TOO_MANY_COMMANDS' } })
  })

  it('at a pace that is allowed is answered for ever', () => {
    const client = new RawClient().connect().accept()
    for (let i = 0; i < 1000; i++) {
      client.now += 20
      client.command(0, 'getStreamLength', i + 2)
    }
    expect(client.spoken().filter((line) => line.startsWith('_result'))).toHaveLength(1001)
  })
})
