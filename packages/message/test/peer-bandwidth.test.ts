import { describe, expect, it } from 'vitest'
import { PeerBandwidthLimiter } from '../src/index.ts'

describe('the peer bandwidth limit', () => {
  const after = (...steps: Parameters<PeerBandwidthLimiter['receive']>[]): number | undefined => {
    const limiter = new PeerBandwidthLimiter()
    for (const step of steps) limiter.receive(...step)
    return limiter.limit
  }

  it('starts without a limit', () => {
    expect(after()).toBeUndefined()
    expect(new PeerBandwidthLimiter().allows(Number.MAX_SAFE_INTEGER)).toBe(true)
  })

  it('follows hard, soft and dynamic', () => {
    expect(after([100, 'hard'])).toBe(100)
    expect(after([100, 'hard'], [200, 'hard'])).toBe(200)
    expect(after([100, 'soft'])).toBe(100)
    expect(after([100, 'hard'], [200, 'soft'])).toBe(100)
    expect(after([100, 'hard'], [50, 'soft'])).toBe(50)
    expect(after([100, 'dynamic'])).toBeUndefined()
    expect(after([100, 'hard'], [200, 'dynamic'])).toBe(200)
    expect(after([100, 'hard'], [200, 'dynamic'], [300, 'dynamic'])).toBe(300)
    expect(after([100, 'soft'], [200, 'dynamic'])).toBe(100)
    expect(after([100, 'hard'], [90, 'soft'], [200, 'dynamic'])).toBe(90)
  })

  it('never becomes zero', () => {
    expect(after([0, 'hard'])).toBeUndefined()
    expect(after([100, 'hard'], [0, 'soft'])).toBe(100)
  })

  it('is answered when the window is news', () => {
    const limiter = new PeerBandwidthLimiter()
    expect(limiter.receive(100, 'dynamic')).toBe(100)
    expect(limiter.receive(100, 'hard')).toBeUndefined()
    expect(limiter.receive(200, 'soft')).toBe(200)
    limiter.noteAnnounced(300)
    expect(limiter.receive(300, 'hard')).toBeUndefined()
    expect(limiter.receive(0, 'hard')).toBeUndefined()
  })

  it('holds back output at the limit', () => {
    const limiter = new PeerBandwidthLimiter()
    limiter.receive(100, 'hard')
    expect([limiter.allows(99), limiter.allows(100)]).toEqual([true, false])
  })
})
