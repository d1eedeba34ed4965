import { describe, expect, test } from 'vitest'
import { fuzzSession, replaySession, runFuzz } from '../src/index.ts'
import type { Dial, Link } from '../src/wire/link.ts'
import { OurServers } from './our-server.ts'

const PATIENCE = { answerMs: 20_000, quietMs: 200 }
const SESSIONS = Number(process.env['CONFORMANCE_FUZZ'] ?? 200)

/** A server that stops for good when it is sent a byte of a kind that only hostile sessions send. */
const dyingOf = (dial: Dial, isDeadly: (bytes: Uint8Array) => boolean): Dial => {
  let dead = false
  return async () => {
    if (dead) {
      // Somebody starts it again for the next look.
      dead = false
      throw new Error('refused')
    }
    const link = await dial()
    const watched: Link = {
      get congested() {
        return link.congested
      },
      listen: (handler) => link.listen(handler),
      write: (bytes) => {
        if (isDeadly(bytes)) dead = true
        link.write(bytes)
      },
      end: () => link.end(),
      reset: () => link.reset(),
      pause: () => link.pause(),
      resume: () => link.resume(),
    }
    return watched
  }
}

describe('hostile sessions', () => {
  test('are the same for the same seed, and reach every state', () => {
    expect(fuzzSession(7)).toEqual(fuzzSession(7))
    const states = new Set(Array.from({ length: 100 }, (_, seed) => fuzzSession(seed).state))
    expect([...states].sort()).toEqual(['connected', 'handshaken', 'opened', 'playing', 'publishing'])
  })

  test('do our server no harm', { timeout: 300_000 }, async ({ onTestFinished }) => {
    const servers = new OurServers()
    onTestFinished(() => servers.close())
    const profile = await servers.profile('open', PATIENCE)
    const report = await runFuzz('ours', profile, {
      sessions: SESSIONS,
      maxMs: 240_000,
      seed: 1,
      parallel: 4,
    })
    console.log(`${report.runs} sessions from seed 1`)
    expect(report.findings).toEqual([])
    expect(report.runs).toBe(SESSIONS)
  })

  test('go on beside a witness that is asked whether it is there', { timeout: 60_000 }, async ({
    onTestFinished,
  }) => {
    const servers = new OurServers()
    onTestFinished(() => servers.close())
    const profile = await servers.profile('open', PATIENCE, { ping: { interval: 200, timeout: 300 } })
    // Long enough for the server to ask, and to give up who does not answer.
    const { findings, seconds } = await runFuzz('ours', profile, {
      sessions: 1_000_000,
      maxMs: 3000,
      seed: 1,
      parallel: 1,
    })
    expect(seconds).toBeGreaterThanOrEqual(3)
    expect(findings).toEqual([])
  })

  test('find a server that dies, and say of what', { timeout: 120_000 }, async ({ onTestFinished }) => {
    const servers = new OurServers()
    onTestFinished(() => servers.close())
    const own = await servers.profile('open', { answerMs: 2000, quietMs: 200 })
    const deadly = fuzzSession(40).writes.at(-1) ?? new Uint8Array()
    const isDeadly = (bytes: Uint8Array): boolean =>
      bytes.length === deadly.length && bytes.every((byte, at) => byte === deadly[at])
    const finding = await replaySession({ ...own, dial: dyingOf(own.dial, isDeadly) }, 40)
    expect(finding).toMatchObject({ seed: 40, state: fuzzSession(40).state })
    expect(finding?.writes).toEqual([deadly])
    expect(await replaySession(own, 40)).toBeUndefined()
  })
})
