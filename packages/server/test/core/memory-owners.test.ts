import { type LiveStream, TimerWheel } from '@rtmp/live/engine'
import { expect, test } from 'vitest'
import { Activities } from '../../src/core/activities.ts'
import { MemoryBudget } from '../../src/core/memory-budget.ts'
import type { MemoryPayer, MemoryShare } from '../../src/core/memory-share.ts'
import { Viewer } from '../../src/core/viewer.ts'

const BOUND = 8000

/** What is asked of a stream: who publishes, who waits. */
interface FakeStream {
  publication: { readonly owner: object } | undefined
  subscribers: { readonly owner: object }[]
  readonly cache: object
}

class FakeViewer extends Viewer {
  override readonly peer: never

  constructor(memory: MemoryShare | undefined) {
    super()
    this.peer = { memory } as never
  }

  override subscriberEnded(): void {}
}

/** The publications of a connection, as far as they are asked whose they are. */
const publishingOf = (memory: MemoryShare): Activities =>
  Object.create(Activities.prototype, { peer: { value: { memory } } }) as Activities

const begin = () => {
  const wheel = new TimerWheel(0)
  const budget = new MemoryBudget({
    registry: { streams: () => [] },
    events: { has: () => false, emit: () => {} },
    limits: { memoryBytes: BOUND },
    wheel,
    now: () => 0,
  } as never)
  const payer = (more: Partial<MemoryPayer> = {}): MemoryPayer & { paid: number } => ({
    allowedBytes: 0,
    paid: 0,
    payMemory() {
      this.paid += 1
    },
    ...more,
  })
  const stream = (owner?: object): FakeStream => ({
    publication: owner && { owner },
    subscribers: [],
    cache: { group: [] },
  })
  const changed = (one: FakeStream, bytes: number): void =>
    budget.streamChanged(one as unknown as LiveStream, bytes)
  const beside = (one: FakeStream): MemoryShare => budget.openBeside(one as unknown as LiveStream, payer())
  /** Whether an address has been forgotten: whoever comes from it then has an owner of his own. */
  const isForgotten = (share: MemoryShare, address: string): boolean => {
    const next = budget.open(address, payer())
    const forgotten = next.owner !== share.owner
    budget.close(next)
    return forgotten
  }
  return { budget, wheel, payer, stream, changed, beside, isForgotten }
}

test('there is too much one byte beyond the bound, and it is used up when nobody is about to give it back', () => {
  const { budget, payer, stream, beside } = begin()
  const leaving = payer({ isLeaving: true })
  const share = budget.open('192.0.2.1', leaving)
  const house = beside(stream({}))
  house.set(BOUND, 0)
  expect([budget.bytes, budget.isOver, budget.isUsedUp]).toEqual([BOUND, false, false])
  house.set(BOUND + 1, 0)
  expect([budget.isOver, budget.isUsedUp]).toEqual([true, true])
  house.set(BOUND, 0)
  share.set(500, 0)
  // What it was when it was looked at last: nothing yet.
  expect([budget.isOver, budget.isUsedUp]).toEqual([true, true])
  budget.shed(0)
  expect([budget.isOver, budget.isUsedUp]).toEqual([true, false])
  house.set(BOUND + 1, 0)
  expect(budget.isUsedUp).toBe(true)
})

test('an owner is forgotten with the last of his that goes', () => {
  const { budget, payer, isForgotten } = begin()
  const [one, two] = [budget.open('192.0.2.1', payer()), budget.open('192.0.2.1', payer())]
  expect(two.owner).toBe(one.owner)
  budget.close(one)
  expect(isForgotten(one, '192.0.2.1')).toBe(false)
  budget.close(two)
  expect(isForgotten(one, '192.0.2.1')).toBe(true)
})

test('so is an address when whoever came from it is known to be a user', () => {
  const { budget, payer, isForgotten } = begin()
  const share = budget.open('192.0.2.1', payer())
  const { owner } = share
  budget.isUser(share, 'anna')
  expect(share.owner.name).toBe('user anna')
  const next = budget.open('192.0.2.1', payer())
  expect(next.owner).not.toBe(owner)
  budget.isUser(next, 'anna')
  expect(next.owner).toBe(share.owner)
  expect(isForgotten(next, '192.0.2.1')).toBe(true)
})

test('whoever publishes answers for a stream, then the first who waits for it, and at last whoever did before', () => {
  const { budget, payer, stream, changed } = begin()
  const publisher = budget.open('192.0.2.1', payer())
  const player = budget.open('192.0.2.2', payer())
  const one = stream(publishingOf(publisher))
  const bytes = (): number[] => [publisher, player].map((share) => share.bytes)
  changed(one, 100)
  expect(bytes()).toEqual([100, 0])
  changed(one, 150)
  expect(bytes()).toEqual([150, 0])
  one.publication = undefined
  one.subscribers.push({ owner: {} })
  changed(one, 120)
  // Whoever gets it inside the process answers for nothing.
  expect(bytes()).toEqual([120, 0])
  one.subscribers = [{ owner: new FakeViewer(player) }, { owner: {} }]
  changed(one, 90)
  expect(bytes()).toEqual([0, 90])
  changed(one, 0)
  expect(bytes()).toEqual([0, 0])
})

test('what is published inside the process, and what nobody has had, is the server’s own', () => {
  const { budget, payer, stream, changed, beside } = begin()
  const inside = stream({})
  const { owner } = beside(inside)
  expect(owner.name).toBe('the server itself')
  changed(inside, 70)
  expect(owner.bytes).toBe(70)
  changed(stream(), 30)
  expect(owner.bytes).toBe(100)
  const viewer = stream()
  viewer.subscribers.push({ owner: new FakeViewer(undefined) })
  changed(viewer, 5)
  expect(owner.bytes).toBe(105)
  const client = budget.open('192.0.2.1', payer())
  const published = stream(publishingOf(client))
  const segments = beside(published)
  expect(segments.owner).toBe(client.owner)
  segments.set(10, 0)
  expect([client.owner.bytes, client.bytes]).toEqual([10, 0])
})

test('what was left behind stays with who has left it, and goes with him', () => {
  const { budget, payer, stream, changed, isForgotten } = begin()
  const share = budget.open('192.0.2.1', payer())
  const left = stream(publishingOf(share))
  changed(left, 100)
  left.publication = undefined
  budget.close(share)
  expect([share.bytes, isForgotten(share, '192.0.2.1')]).toEqual([100, false])
  changed(left, 60)
  expect([share.bytes, share.owner.bytes, share.owner.shares.has(share)]).toEqual([60, 60, true])
  expect(isForgotten(share, '192.0.2.1')).toBe(false)
  changed(left, 0)
  expect([share.bytes, isForgotten(share, '192.0.2.1')]).toEqual([0, true])
  // It has left nothing here either: the next time it is somebody else's.
  const next = budget.open('192.0.2.9', payer())
  left.publication = { owner: publishingOf(next) }
  changed(left, 5)
  expect([next.bytes, share.bytes]).toEqual([5, 0])
})

test('of who goes on to answer for a stream nothing is left where he has gone', () => {
  const { budget, payer, stream, changed, isForgotten } = begin()
  const gone = budget.open('192.0.2.1', payer())
  const next = budget.open('192.0.2.2', payer())
  const one = stream(publishingOf(gone))
  changed(one, 100)
  budget.close(gone)
  one.publication = { owner: publishingOf(next) }
  changed(one, 100)
  expect([gone.bytes, next.bytes, isForgotten(gone, '192.0.2.1')]).toEqual([0, 100, true])
})

test('a stream that brings it beyond the bound sheds as soon as nothing is at work, and not at the bound', () => {
  const { budget, wheel, payer, stream, changed } = begin()
  const hoarder = payer()
  const share = budget.open('192.0.2.1', hoarder)
  const one = stream(publishingOf(share))
  share.set(BOUND, 0)
  changed(one, 10)
  wheel.advance(1000)
  expect(hoarder.paid).toBe(0)
  share.set(BOUND + 1, 0)
  changed(one, 20)
  expect(hoarder.paid).toBe(0)
  wheel.advance(2000)
  expect(hoarder.paid).toBeGreaterThan(0)
})
