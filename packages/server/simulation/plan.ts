import type { SeededRandom } from '@rtmp/testkit/fuzz'
import type { SessionOptions } from '@rtmp/session'
import type { StreamRegistryOptions } from '@rtmp/live/engine'
import type { LinkProfile } from './link.ts'
import type { MediaHookStyle } from './media-hook-check.ts'
import type { MediaStyle } from './media-source.ts'

/** What a seed decides once and for all. */
export interface TownPlan {
  readonly streams: StreamRegistryOptions
  readonly session: Omit<SessionOptions, 'crypto'>
  /** How long hooks may take to decide, in milliseconds; 0 decides at once. */
  readonly decideMs: number
  /** How often hooks refuse, 0 to 1. */
  readonly refusals: number
  readonly mediaHooks: MediaHookStyle
  /** What the server's clock shows in the beginning, in milliseconds. */
  readonly startMs: number
  /** Names that are published, and how many players each of them has about. */
  readonly names: number
  readonly playersPerName: number
  /** Milliseconds from one visitor to the next. */
  readonly visitorMs: number
  /** Whether there is a stream whose bytes are more than 32 bits can count. */
  readonly torrent: boolean
  /** From time to time so many more come at once. */
  readonly crowd: { readonly publishers: number; readonly players: number }
  /** How it ends: everybody goes by himself, or the server is closed, or drained. */
  readonly ending: 'leave' | 'close' | 'drain'
}

const KIB = 1024

/** How many seeds share one torrent: it costs as much as ten hours of everything else. */
const TORRENT_EVERY = 25

/** Draws a town. */
export const planTown = (seed: number, random: SeededRandom): TownPlan => ({
  streams: {
    latency: random.pick(['low', 'balanced', 'throughput', 350] as const),
    secondPublisher: random.pick(['refuse', 'replace', 'replaceIfIdle'] as const),
    graceMs: random.pick([0, 3000, 10_000, 30_000]),
    absentStream: random.chance(0.8) ? 'wait' : 'reject',
    waitMs: random.pick([5000, 60_000]),
    cache: {
      bytes: random.pick([4, 64, 32 * KIB]) * KIB,
      messages: random.pick([20, 10_000]),
      ms: random.pick([10_000, 30_000, 120_000]),
      headerBytes: 1024 * KIB,
      headers: 1024,
    },
    player: {
      soft: { bytes: random.pick([2, 32, 4 * KIB]) * KIB, ms: 3000 },
      hard: { bytes: random.pick([16, 256, 16 * KIB]) * KIB, ms: 30_000 },
    },
  },
  session: {
    ping: { interval: random.pick([30_000, 60_000, 60_000]), timeout: 30_000 },
    initialWindowAckSize: random.pick([500, 2_500_000]),
  },
  decideMs: random.pick([0, 50, 3000]),
  refusals: seed % TORRENT_EVERY === 0 ? 0 : random.pick([0, 0.03]),
  mediaHooks: random.pick(['none', 'none', 'raw', 'parsed', 'both'] as const),
  // A server that has run for 0, 24.8 and 49.7 days.
  startMs: random.pick([0, 2 ** 31 - 600_000, 2 ** 32 - 600_000]),
  names: random.chance(0.2) ? 30 + random.below(20) : 4 + random.below(12),
  playersPerName: 2 + random.below(6),
  visitorMs: 20_000 + random.below(120_000),
  torrent: seed % TORRENT_EVERY === 0,
  crowd: { publishers: 100 + random.below(100), players: 200 + random.below(200) },
  ending: random.pick(['leave', 'close', 'drain'] as const),
})

/** Timestamps that publishers begin with: most just before something overflows. */
const STARTS = [0, 0xffffff, 2 ** 31, 2 ** 32]

/** A short and quiet stream: one of hundreds. */
export const planCrowdMedia = (random: SeededRandom): MediaStyle => ({
  ...planMedia(random, 600_000),
  intervalMs: 8000 + random.below(17_000),
  hurryAtMs: undefined,
  size: 100,
})

/** Draws what a publisher sends in a life of so many milliseconds. */
export const planMedia = (random: SeededRandom, lifeMs: number): MediaStyle => {
  const video = random.chance(0.9)
  const slow = random.chance(0.97)
  const end = random.pick(STARTS)
  return {
    start: (end - (end === 0 ? 0 : random.below(Math.min(lifeMs, 600_000)))) >>> 0,
    intervalMs: slow ? 8000 + random.below(17_000) : 300 + random.below(1500),
    hurryAtMs: random.chance(0.08) ? random.below(lifeMs) : undefined,
    hurryForMs: 2000 + random.below(10_000),
    video,
    audio: !video || random.chance(0.6),
    tracks: random.chance(0.15) ? 2 + random.below(2) : 1,
    gop: random.pick([1, 2, 8, 50]),
    headers: random.chance(0.9),
    size: random.chance(0.1) ? 8000 : 60 + random.below(300),
  }
}

/** Sends more than 2³² bytes in ten minutes: 1,200 key frames of 4 MiB. */
export const TORRENT: MediaStyle = {
  start: 2 ** 32 - 60_000,
  intervalMs: 500,
  hurryAtMs: undefined,
  hurryForMs: 0,
  video: true,
  audio: false,
  tracks: 1,
  gop: 1,
  headers: true,
  size: 4 * 1024 * KIB,
}

/** Draws a way between a client and the server that keeps up. */
export const planLink = (random: SeededRandom): LinkProfile => {
  const least = random.pick([0, 5, 100])
  return {
    delay: [least, least + random.pick([0, 10, 300])],
    rate: Number.POSITIVE_INFINITY,
    capacity: Number.POSITIVE_INFINITY,
    cuts: random.pick([0, 0, 0.1, 0.8]),
    scribbles: random.chance(0.2),
  }
}

/** Draws a way that does not. */
export const planSlowLink = (random: SeededRandom): LinkProfile => ({
  ...planLink(random),
  rate: random.pick([0.02, 0.5, 20]),
  capacity: random.pick([500, 5000, 65_536]),
})
