import { MediaMessage } from '@rtmp/e-rtmp'
import { ServerSession } from '@rtmp/session'
import { afterEach, expect, test, vi } from 'vitest'
import { planLink, TORRENT } from '../simulation/plan.ts'
import { Player as Simulated } from '../simulation/player.ts'
import { Publisher } from '../simulation/publisher.ts'
import { Town } from '../simulation/town.ts'
import { Violation, World } from '../simulation/world.ts'
import { CallbackDoor } from '../src/core/callback-door.ts'
import { ServerCore } from '../src/core/server-core.ts'
import { Connection } from '../src/core/connection.ts'
import { MediaHooks } from '../src/core/media-hooks.ts'
import {
  Delivery,
  LateJoinCache,
  LiveStream,
  Outbox,
  Subscriber,
  Publication,
  StreamRegistry,
} from '@rtmp/live/engine'
import { ContinuousClock } from '@rtmp/bytes/time'

// What the simulation is worth: each fault that is put into the server must be seen, and seen for what it is.

const MINUTE = 60_000

/** Runs a small town with many joins; what it reports. */
const run = (): string | undefined => {
  const town = new Town(5, undefined, {
    names: 5,
    playersPerName: 4,
    crowd: { publishers: 10, players: 120 },
    decideMs: 50,
    refusals: 0,
    mediaHooks: 'both',
    torrent: false,
    ending: 'leave',
    streams: { latency: 1500 },
  })
  return reportOf(() => town.run(12 * MINUTE))
}

/** A publisher that sends 160 kB a second, a player that takes it and one that takes 20 kB a second. */
const flood = (): { report: string | undefined; throttles: number } => {
  const player = { soft: { bytes: 65_536, ms: 3000 }, hard: { bytes: 262_144, ms: 30_000 } }
  const cache = { bytes: 65_536, messages: 100, ms: 30_000, headerBytes: 1024, headers: 16 }
  const world = new World({ seed: 1, core: { streams: { player, cache } } })
  const wide = planLink(world.random)
  const stay = { app: 'live', lifeMs: MINUTE, farewell: 'end' } as const
  const style = { ...TORRENT, intervalMs: 200, size: 65_536 }
  new Publisher(world, { ...stay, name: 'flood', style, twice: false }, wide, () => undefined)
  new Simulated(
    world,
    { ...stay, names: ['flood'], kind: 'slow' },
    { ...wide, rate: 20, capacity: 5000 },
    () => undefined,
  )
  const fast = { names: ['flood'], kind: 'fast' } as const
  new Simulated(world, { ...stay, ...fast }, wide, () => undefined)
  const report = reportOf(() => world.run(2 * MINUTE))
  return { report, throttles: world.figures['throttles'] ?? 0 }
}

const reportOf = (simulation: () => void): string | undefined => {
  try {
    simulation()
  } catch (error) {
    if (error instanceof Violation) return error.message
    throw error
  }
  return undefined
}

/** Puts something in the place of a method. It is given the original, bound, and how often it was called before. */
const replace = <Owner extends object, Name extends keyof Owner & string>(
  prototype: Owner,
  name: Name,
  fault: (original: (...values: unknown[]) => unknown, call: number, values: readonly unknown[]) => unknown,
): void => {
  const original = prototype[name] as unknown as (...values: unknown[]) => unknown
  let calls = 0
  const faulty = function (this: unknown, ...values: unknown[]): unknown {
    return fault((...given) => original.apply(this, given), calls++, values)
  }
  vi.spyOn(prototype as Record<string, () => unknown>, name).mockImplementation(faulty)
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('without a fault nothing is reported', { timeout: 60_000 }, () => {
  expect(run()).toBeUndefined()
})

const FAULTS: readonly (readonly [fault: string, put: () => void, report: RegExp])[] = [
  [
    'a batch is lost for one player',
    () =>
      replace(Subscriber.prototype, 'deliver', (original, i, values) =>
        i % 20 === 19 ? Delivery.done : original(...values),
      ),
    /is missing|lacks|is not a key frame|without its/,
  ],
  [
    'a batch is sent twice to one player',
    () =>
      replace(Subscriber.prototype, 'deliver', (original, i, values) => {
        if (i % 20 === 19) original(...values)
        return original(...values)
      }),
    /where \d+ was due/,
  ],
  [
    'who joins gets nothing of the group of pictures',
    () => replace(LateJoinCache.prototype, 'catchUp', () => ({ pieces: [], started: 0 })),
    /joined at message \d+, but begins with \d+/,
  ],
  [
    'who joins gets the open batch twice',
    () =>
      replace(Subscriber.prototype, 'catchUp', (original, _, [pieces, started, , now]) =>
        original(pieces, started, 0, now),
      ),
    /where \d+ was due|joined at message \d+, but begins with \d+/,
  ],
  [
    'a payload is written to',
    () =>
      replace(Publication.prototype, 'push', (original, i, values) => {
        const { payload } = values[0] as MediaMessage
        if (i % 20 === 19) payload[payload.length - 1] = (payload.at(-1) as number) ^ 1
        return original(...values)
      }),
    /was damaged/,
  ],
  [
    'time goes back',
    () =>
      replace(ContinuousClock.prototype, 'map', (original, i, values) => {
        const time = original(...values) as number
        return i % 40 === 39 ? (time - 200_000) >>> 0 : time
      }),
    /goes back|the offset of publication/,
  ],
  [
    'batches wait for long',
    () =>
      replace(LiveStream.prototype, 'settle', (original, _, values) =>
        (values[0] as number) % MINUTE < 1000 ? original(...values) : undefined,
      ),
    /comes \d+ ms late|is missing|lacks/,
  ],
  ...(['handshakeComplete', 'unpublish', 'playStop', 'disconnect'] as const).map(
    (hook) =>
      [
        `${hook} is called twice`,
        () =>
          replace(CallbackDoor.prototype, 'tell', (original, _, values) => {
            if (values[0] === hook) original(...values)
            return original(...values)
          }),
        /twice|behind disconnect|has not begun or is over/,
      ] as const,
  ),
  ...(['handshakeComplete', 'unpublish', 'playStop', 'disconnect'] as const).map(
    (hook) =>
      [
        `${hook} is not called`,
        () =>
          replace(CallbackDoor.prototype, 'tell', (original, _, values) =>
            values[0] === hook ? undefined : original(...values),
          ),
        /hooks of connection|hooks know of|without their disconnect|twice for/,
      ] as const,
  ),
  [
    'media hooks see a message twice',
    () =>
      replace(MediaHooks.prototype, 'media', (original, i, values) => {
        if (i % 20 === 19) original(...values)
        return original(...values)
      }),
    /hooks see message|keyframe/,
  ],
  [
    'media hooks do not see a message',
    () =>
      replace(MediaHooks.prototype, 'media', (original, i, values) => {
        const [typeId, timestamp, payload] = values as Parameters<MediaHooks['media']>
        return i % 20 === 19 ? new MediaMessage(typeId, timestamp, payload) : original(...values)
      }),
    /hooks see message|hooks have seen/,
  ],
  [
    'a stream stays in the registry',
    () => replace(StreamRegistry.prototype, 'streamEnded', () => undefined),
    /streams for \d+ publishes and plays|are left when everybody has gone/,
  ],
  [
    'a connection is not forgotten',
    () =>
      replace(ServerCore.prototype, 'connectionGone', (original, i, values) =>
        i === 20 ? undefined : original(...values),
      ),
    /keeps connections that are gone|are left when everybody has gone/,
  ],
  [
    'bytes are not counted',
    () => replace(ServerSession.prototype, 'noteBytesSent', () => undefined),
    /sent, counted/,
  ],
]

test.each(FAULTS)('%s', { timeout: 60_000 }, (_fault, put, report) => {
  put()
  expect(run()).toMatch(report)
})

test('nothing bounds what waits for a player', () => {
  const { report, throttles } = flood()
  expect(report).toBeUndefined()
  expect(throttles).toBeGreaterThan(0)
  replace(Outbox.prototype, 'exceeds', () => false)
  expect(flood().report).toMatch(/bytes wait for connection/)
})

test('a player that is behind takes the others with it', () => {
  const check = Connection.prototype.check
  const known = new Set<Connection>()
  vi.spyOn(Connection.prototype, 'check').mockImplementation(function (this: Connection, now) {
    known.add(this)
    check.call(this, now)
    if (!this.outbox.congested) return
    for (const other of known) {
      if (other !== this && other.playings.length > 0) other.close('kicked', 'a fault', now)
    }
  })
  expect(flood().report).toMatch(/was thrown out|is over for a player while it goes on/)
})
