import type { LiveStream, MemoryLedger } from '@rtmp/live/engine'
import type { MemoryOwner, MemoryShare } from './memory-share.ts'
import type { Services } from './services.ts'

/** What shedding is given of the server. */
type SheddingServices = Pick<Services, 'registry' | 'events' | 'limits'>

/** How far below the bound memory is brought: otherwise the next message would be too much again. */
const ROOM_SHARE = 1 / 8

/** What one owner may hold before it is among the first to pay, as a share of the bound. */
const OWNER_SHARE = 1 / 8

/**
 * What is taken back when there is too much, in this order, until there is room again:
 *
 * 1. What can be made again: encoded pieces of the caches, slabs that nobody uses.
 * 2. Groups of pictures of owners that hold more than they may, the largest owner first; of its streams those that nobody plays, then
 *    the largest.
 * 3. Connections of owners that hold more than they may: of the largest owner its largest connection, again and again.
 * 4. Where all hold what they may and it is too much still, the same by what each holds beside what it may.
 *
 * What somebody may hold comes from what he moves: a publisher that sends, and a player that takes, may hold seconds of it. A hoard is
 * what stands. So many small hoarders go before a large publisher does.
 */
export class MemoryShedding {
  readonly #services: SheddingServices
  readonly #ledger: MemoryLedger
  readonly #owners: ReadonlyMap<string, MemoryOwner>
  connections = 0
  caches = 0
  #target = 0
  #room = 0
  /** What those hold that have been ended and have not gone yet, in bytes. */
  #leaving = 0

  constructor(services: SheddingServices, ledger: MemoryLedger, owners: ReadonlyMap<string, MemoryOwner>) {
    this.#services = services
    this.#ledger = ledger
    this.#owners = owners
  }

  shed(now: number): void {
    const { registry, events, limits } = this.#services
    const bound = limits.memoryBytes
    const before = { connections: this.connections, caches: this.caches, bytes: this.#ledger.bytes }
    this.#room = bound * ROOM_SHARE
    this.#target = bound - this.#room
    for (const stream of registry.streams()) {
      stream.cache.forgetPieces()
      stream.memory.tell()
    }
    this.#leaving = 0
    for (const { shares } of this.#owners.values()) {
      for (const share of shares) {
        share.payer?.trim?.()
        if (isLeaving(share)) this.#leaving += share.ownBytes
      }
    }
    const most = bound * OWNER_SHARE
    this.#byExcess(most, (owner) => this.#forgetGroups(owner, owner.allowed(most), most))
    this.#byExcess(most, (owner) => this.#endConnections(owner, owner.allowed(most), most, now))
    this.#byShare(most, (owner) => this.#forgetGroups(owner, 0, 0))
    this.#byShare(most, (owner) => this.#endConnections(owner, 0, most, now))
    const connections = this.connections - before.connections
    const caches = this.caches - before.caches
    if (connections + caches === 0 || !events.has('memoryShed')) return
    const countedBytes = this.#ledger.bytes
    const freedBytes = before.bytes - countedBytes
    events.emit('memoryShed', { countedBytes, limitBytes: bound, freedBytes, connections, caches })
  }

  /** What is counted and goes by itself, in bytes; as it was when it was last looked at. */
  get leaving(): number {
    return this.#leaving
  }

  get #isEnough(): boolean {
    return this.#ledger.bytes - this.#leaving <= this.#target
  }

  /** Owners that hold more than they may, the one that holds most beyond it first. */
  #byExcess(most: number, take: (owner: MemoryOwner) => void): void {
    if (this.#isEnough) return
    const ranked = [...this.#owners.values()]
      .map((owner) => ({ owner, excess: owner.bytes - owner.allowed(most) }))
      .filter(({ excess }) => excess > 0)
      .toSorted((a, b) => b.excess - a.excess)
    this.#inTurn(ranked, take)
  }

  /** All owners that can pay, the one that holds most for what it may first. */
  #byShare(most: number, take: (owner: MemoryOwner) => void): void {
    if (this.#isEnough) return
    const ranked = [...this.#owners.values()]
      .map((owner) => ({ owner, share: owner.bytes / owner.allowed(most) }))
      .filter(({ share }) => share > 0)
      .toSorted((a, b) => b.share - a.share)
    this.#inTurn(ranked, take)
  }

  #inTurn(ranked: readonly { readonly owner: MemoryOwner }[], take: (owner: MemoryOwner) => void): void {
    for (const { owner } of ranked) {
      if (this.#isEnough) return
      take(owner)
    }
  }

  /** @param most - What a connection may hold at most to keep its groups; 0 spares none. */
  #forgetGroups(owner: MemoryOwner, allowed: number, most: number): void {
    const streams = [...owner.shares].flatMap((share) =>
      [...share.streams.keys()].map((stream) => ({ share, stream })),
    )
    const ranked = streams.toSorted(
      (a, b) => rank(a.stream) - rank(b.stream) || size(b.stream) - size(a.stream),
    )
    for (const { share, stream } of ranked) {
      if (this.#isEnough || owner.bytes <= allowed) return
      if (stream.cache.group.length === 0 || (most > 0 && excess(share, most) <= 0)) continue
      stream.cache.forgetGroup()
      share.setStream(stream, stream.memoryBytes)
      this.caches += 1
    }
  }

  #endConnections(owner: MemoryOwner, allowed: number, most: number, now: number): void {
    const ranked = [...owner.shares].toSorted((a, b) => hoard(b, most) - hoard(a, most))
    for (const share of ranked) {
      if (this.#isEnough || owner.bytes <= allowed) return
      if (share.isClosed) for (const stream of share.streams.keys()) stream.close(now)
      else if (share.payer !== undefined && !isLeaving(share)) {
        share.payer.payMemory(now, this.#leaving > this.#room)
        this.connections += 1
        // It is gone as soon as it has been told; until then it is counted, and nobody else pays for it.
        if (isLeaving(share)) this.#leaving += share.ownBytes
      }
    }
  }
}

const isLeaving = ({ payer }: MemoryShare): boolean => payer?.isLeaving === true

/** Streams that nobody plays go first. */
const rank = ({ subscribers }: LiveStream): number => (subscribers.length === 0 ? 0 : 1)

const size = (stream: LiveStream): number => stream.memoryBytes

/** What it holds beyond what it may; whoever has just brought much may hold no more than an owner. */
const excess = (share: MemoryShare, most: number): number =>
  share.isClosed ? share.bytes : share.bytes - allowedTo(share, most)

/**
 * By what shares of one owner are ranked. Where nobody has more than he may, whoever has used up most of it goes before those who may hold
 * little: otherwise the least who is there would pay for a crowd that takes just what it may.
 */
const hoard = (share: MemoryShare, most: number): number =>
  share.isClosed ? share.bytes : share.bytes - allowedTo(share, most) / 2

const allowedTo = ({ payer }: MemoryShare, most: number): number =>
  Math.min(payer?.allowedBytes ?? Number.POSITIVE_INFINITY, most)
