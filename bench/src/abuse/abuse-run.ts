import { quantile, sleep } from '../server/bench-run.ts'
import { Load } from '../server/load.ts'
import type { Abuse } from './abuses.ts'
import { Crowd } from './crowd.ts'
import { type Sample, WatchedServer } from './watched-server.ts'

/** Players of the stream beside the abuse. */
export const PLAYERS = 3

const CALM_MS = 5000
/** Connections beside the attackers: the players and their publisher. */
const BYSTANDERS = PLAYERS + 1
/** Longer than a connection is lingered with, and waited for. */
const AFTER_MS = 12_000
const SAMPLE_MS = 1000
/** Samples from one account to the next: garbage has to be collected for it. */
const ACCOUNT_EVERY = 4
/** Until when memory may grow. */
const SETTLE_S = 60
/** What memory may vary by afterwards: the collector's freedom. */
const FLAT_SHARE = 1.15
const FLAT_BYTES = 16e6

/** A sample, and when it was taken in seconds since the abuse began. */
export interface Point extends Sample {
  readonly second: number
}

/** What the budget counted, and what there was without garbage: both more than before, by what was counted then. */
export interface Account {
  /** Since the abuse began. */
  readonly second: number
  readonly counted: number
  readonly there: number
}

/** Reads the account of a server from time to time. */
export class Accounting {
  readonly accounts: Account[] = []
  readonly #server: WatchedServer
  readonly #rest: { readonly counted: number; readonly truth: number }

  private constructor(server: WatchedServer, rest: { readonly counted: number; readonly truth: number }) {
    this.#server = server
    this.#rest = rest
  }

  /** Looks at a server at rest first. */
  static async begin(server: WatchedServer): Promise<Accounting> {
    return new Accounting(server, await server.account())
  }

  /** Looks once more; a server that cannot answer just now is left out. */
  async read(second: number): Promise<void> {
    const found = await this.#server.account().catch(() => undefined)
    if (found === undefined || Number.isNaN(found.truth) || Number.isNaN(found.counted)) return
    const there = Math.max(0, found.truth - this.#rest.truth + this.#rest.counted)
    this.accounts.push({ second, counted: found.counted, there })
  }
}

/** What is there without what stays when all have gone: what the server has made for itself meanwhile, compiled code most of it. */
const withoutKept = (accounts: readonly Account[]): Account[] => {
  const last = accounts.at(-1)
  const kept = last === undefined ? 0 : Math.max(0, last.there - last.counted)
  return accounts.map((account) => ({ ...account, there: Math.max(0, account.there - kept) }))
}

/** Of which the account is compared with the truth: below it, what there is by itself is too much of it. */
const LEAST_COUNTED = 8e6

/** The least and the most of what was counted as a share of what there was, where there was enough of it. */
export const sharesOf = (
  accounts: readonly Account[],
): { readonly least: number; readonly most: number } | undefined => {
  const shares = accounts
    .filter(({ counted, there }) => Math.max(counted, there) > LEAST_COUNTED)
    .map(({ counted, there }) => counted / there)
  return shares.length === 0 ? undefined : { least: Math.min(...shares), most: Math.max(...shares) }
}

/** How it went. */
export interface AbuseResult {
  readonly name: string
  readonly seconds: number
  readonly points: readonly Point[]
  readonly accounts: readonly Account[]
  /** How often an attacker came. */
  readonly visits: number
  /** What the players beside it got. */
  readonly others: {
    readonly messages: number
    readonly gaps: number
    readonly backwards: number
    readonly closed: number
    /** Milliseconds from the publisher to a player, while it lasted. */
    readonly p50: number
    readonly p99: number
  }
  /** What went wrong; empty when all went as it must. */
  readonly faults: readonly string[]
}

/** Does one abuse to a fresh server with a publisher and players beside it. */
export const runAbuse = async (abuse: Abuse, seconds: number): Promise<AbuseResult> => {
  const server = await WatchedServer.start()
  const others = Load.start()
  let crowd: Crowd | undefined
  try {
    const { port } = server
    await others.tell({ kind: 'publish', port, names: ['bench'], scale: abuse.scale })
    await others.tell({ kind: 'play', port, name: 'bench', count: PLAYERS, sampled: true })
    const points: Point[] = []
    const began = performance.now() + CALM_MS
    let accounting: Accounting | undefined
    const watch = async (until: number): Promise<void> => {
      while (performance.now() < until && server.isAlive) {
        const second = (performance.now() - began) / 1000
        points.push({ second, ...(await server.sample()) })
        if (accounting !== undefined && points.length % ACCOUNT_EVERY === 0) await accounting.read(second)
        await sleep(SAMPLE_MS)
      }
    }
    await watch(began)
    accounting = await Accounting.begin(server)
    await others.tell({ kind: 'reset' })
    crowd = new Crowd(port, abuse.count, abuse.visit)
    await watch(began + seconds * 1000)
    const { messages, gaps, backwards, closed, latencies } = await others.tell({ kind: 'read' })
    await crowd.end()
    await watch(performance.now() + AFTER_MS)
    const found = {
      messages,
      gaps,
      backwards,
      closed,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    }
    const { visits } = crowd
    const faults = faultsOf(server, points, found, seconds)
    const accounts = withoutKept(accounting.accounts)
    return { name: abuse.name, seconds, points, accounts, visits, others: found, faults }
  } finally {
    await crowd?.end()
    await others.stop()
    await server.stop()
  }
}

/** Most resident memory within some seconds. */
export const most = (points: readonly Point[], from: number, to: number): number =>
  Math.max(...points.filter(({ second }) => second >= from && second <= to).map(({ resident }) => resident))

const faultsOf = (
  server: WatchedServer,
  points: readonly Point[],
  others: AbuseResult['others'],
  seconds: number,
): string[] => {
  const faults: string[] = []
  const last = points.at(-1)
  if (!server.isAlive || last === undefined) faults.push(`the server has ended: ${server.said}`)
  if (others.gaps + others.backwards > 0) {
    faults.push(
      `players beside it missed something ${others.gaps} times, ${others.backwards} times it went back`,
    )
  }
  if (others.closed > 0) faults.push(`${others.closed} players beside it were thrown out`)
  if (others.messages === 0) faults.push('players beside it got nothing')
  if (last === undefined) return faults
  if (last.errors > 0) faults.push(`the server has noted ${last.errors} errors of its own: ${server.said}`)
  if (last.connections !== BYSTANDERS || last.streams !== 1) {
    faults.push(`${last.connections} connections and ${last.streams} streams are left behind`)
  }
  if (seconds >= SETTLE_S * 2) {
    const settled = most(points, SETTLE_S - 15, SETTLE_S + 15)
    const later = most(points, seconds - 30, seconds)
    if (later > settled * FLAT_SHARE && later > settled + FLAT_BYTES) {
      faults.push(`memory has grown from ${settled} to ${later} bytes after the first minute`)
    }
  }
  return faults
}
