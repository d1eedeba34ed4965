import { type LiveStream, MemoryLedger } from '@rtmp/live/engine'
import { describe as group, expect, test } from 'vitest'
import { type MemoryPayer, MemoryOwner, MemoryShare } from '../../src/core/memory-share.ts'
import { MemoryShedding } from '../../src/core/memory-shedding.ts'

/** With this bound 7000 bytes are left, 1000 are room, and nobody may hold more than 1000. */
const BOUND = 8000
const LEFT = 7000

/** A stream whose parts are counted as its own. */
class FakeStream {
  readonly subscribers: object[] = []
  readonly closedAt: number[] = []
  told = 0
  readonly #ledger: MemoryLedger
  #pieces: number
  #group: number
  readonly #rest: number

  constructor(ledger: MemoryLedger, sizes: { group?: number; pieces?: number; rest?: number }) {
    this.#ledger = ledger
    this.#group = sizes.group ?? 0
    this.#pieces = sizes.pieces ?? 0
    this.#rest = sizes.rest ?? 0
    ledger.count(this.memoryBytes)
  }

  get memoryBytes(): number {
    return this.#group + this.#pieces + this.#rest
  }

  readonly memory = { tell: (): void => void (this.told += 1) }

  get cache() {
    return {
      group: this.#group === 0 ? [] : [{}],
      forgetPieces: (): void => {
        this.#ledger.count(-this.#pieces)
        this.#pieces = 0
      },
      forgetGroup: (): void => {
        this.#ledger.count(-this.#group)
        this.#group = 0
      },
    }
  }

  close(now: number): void {
    this.closedAt.push(now)
    this.#ledger.count(-this.memoryBytes)
    this.#group = 0
  }
}

const begin = () => {
  const ledger = new MemoryLedger()
  const owners = new Map<string, MemoryOwner>()
  const streams: FakeStream[] = []
  const ended: (readonly [name: string, now: number, isCrowd: boolean])[] = []
  const trimmed: string[] = []
  const emitted: object[] = []
  let hears = true
  const shedding = new MemoryShedding(
    {
      registry: { streams: () => streams as unknown as Iterable<LiveStream> },
      events: { has: () => hears, emit: (_name: string, event: object) => emitted.push(event) },
      limits: { memoryBytes: BOUND },
    } as never,
    ledger,
    owners,
  )

  const owner = (name: string): MemoryOwner => {
    const one = owners.get(name) ?? new MemoryOwner(name)
    owners.set(name, one)
    return one
  }

  /** A connection, which gives all of it back as soon as it is ended, or is only leaving from then on. */
  const connection = (
    name: string,
    of: MemoryOwner,
    { own, allowed, goes = true }: { own: number; allowed: number; goes?: boolean },
  ) => {
    const payer = {
      allowedBytes: allowed,
      isLeaving: false as boolean,
      trim: () => void trimmed.push(name),
      payMemory: (now: number, isCrowd: boolean) => {
        ended.push([name, now, isCrowd])
        if (goes) share.close()
        else payer.isLeaving = true
      },
    } satisfies MemoryPayer
    const share: MemoryShare = new MemoryShare(ledger, of, payer)
    share.set(own, 0)
    return { share, payer }
  }

  const stream = (share: MemoryShare, sizes: ConstructorParameters<typeof FakeStream>[1], players = 0) => {
    const one = new FakeStream(ledger, sizes)
    for (let i = 0; i < players; i++) one.subscribers.push({})
    streams.push(one)
    share.setStream(one as unknown as LiveStream, one.memoryBytes)
    return one
  }

  const deaf = (): void => {
    hears = false
  }
  /** What the server itself holds, which nobody pays for. */
  const house = (bytes: number): MemoryShare => {
    const share = new MemoryShare(ledger, owner('the server itself'), undefined)
    share.set(bytes, 0)
    return share
  }
  const namesEnded = (): string[] => ended.map(([name]) => name)
  return { ledger, shedding, owner, house, connection, stream, ended, namesEnded, trimmed, emitted, deaf }
}

group('what can be made again', () => {
  test('goes first, of every stream and connection; where that is enough nobody pays and nothing is told', () => {
    const { ledger, shedding, owner, house, connection, stream, ended, trimmed, emitted } = begin()
    const a = connection('a', owner('x'), { own: 1500, allowed: 0 })
    connection('b', owner('y'), { own: 1500, allowed: 0 })
    const kept = stream(a.share, { group: 900, pieces: 1000 })
    const other = stream(house(2100), { group: 1000, pieces: 1000 })
    expect(ledger.bytes).toBe(LEFT + 2000)
    shedding.shed(5)
    expect(ledger.bytes).toBe(LEFT)
    expect([kept.told, other.told, trimmed, ended, emitted]).toEqual([1, 1, ['a', 'b'], [], []])
    expect([shedding.caches, shedding.connections]).toEqual([0, 0])
  })
})

group('groups of pictures', () => {
  test('of owners that hold too much: what nobody plays first, the largest of them first, until there is room', () => {
    const { ledger, shedding, owner, house, connection, stream, emitted } = begin()
    const { share } = connection('a', owner('x'), { own: 100, allowed: 500 })
    const played = stream(share, { group: 2000, rest: 1 }, 1)
    const small = stream(share, { group: 1000, rest: 1 })
    const large = stream(share, { group: 1500, rest: 1 })
    const groups = (): number[] => [played, small, large].map((one) => one.memoryBytes)
    house(LEFT + 1500 - ledger.bytes)
    shedding.shed(0)
    expect([groups(), ledger.bytes]).toEqual([[2001, 1001, 1], LEFT])
    // One byte more than there is room for.
    house(1)
    shedding.shed(0)
    expect(groups()).toEqual([2001, 1, 1])
    house(1001)
    shedding.shed(0)
    expect([groups(), share.bytes]).toEqual([[1, 1, 1], 103])
    expect([shedding.caches, shedding.connections]).toEqual([3, 0])
    expect(emitted).toEqual([
      { countedBytes: LEFT, limitBytes: BOUND, freedBytes: 1500, connections: 0, caches: 1 },
      { countedBytes: LEFT + 1 - 1000, limitBytes: BOUND, freedBytes: 1000, connections: 0, caches: 1 },
      { countedBytes: 5002, limitBytes: BOUND, freedBytes: 2000, connections: 0, caches: 1 },
    ])
  })

  test('of streams that somebody plays, the largest goes first too', () => {
    const { shedding, owner, house, connection, stream } = begin()
    const { share } = connection('a', owner('x'), { own: 100, allowed: 500 })
    const small = stream(share, { group: 1000 }, 2)
    const large = stream(share, { group: 1100 }, 1)
    house(LEFT)
    shedding.shed(0)
    expect([small.memoryBytes, large.memoryBytes]).toEqual([0, 0])
    const again = begin()
    const { share: other } = again.connection('a', again.owner('x'), { own: 100, allowed: 500 })
    const [first, second] = [1000, 1100].map((size) => again.stream(other, { group: size }, 1))
    again.house(LEFT - 1100)
    again.shedding.shed(0)
    expect([first?.memoryBytes, second?.memoryBytes]).toEqual([1000, 0])
  })

  test('the owner that holds most beyond what he may is first, and not who holds most', () => {
    const { shedding, owner, house, connection, stream } = begin()
    const big = connection('big', owner('big'), { own: 0, allowed: 900 })
    const hoard = connection('hoard', owner('hoard'), { own: 0, allowed: 100 })
    const ofBig = stream(big.share, { group: 1500 })
    const ofHoard = stream(hoard.share, { group: 1000 })
    house(LEFT - 1500)
    shedding.shed(0)
    expect([ofBig.memoryBytes, ofHoard.memoryBytes]).toEqual([1500, 0])
  })

  test('are left to who holds just what he may as long as another holds a byte more', () => {
    const { shedding, owner, house, connection, stream } = begin()
    const just = connection('just', owner('just'), { own: 0, allowed: 800 })
    const more = connection('more', owner('more'), { own: 0, allowed: 799 })
    const ofJust = stream(just.share, { group: 800 })
    const ofMore = stream(more.share, { group: 800 })
    house(LEFT - 800)
    shedding.shed(0)
    expect([ofJust.memoryBytes, ofMore.memoryBytes]).toEqual([800, 0])
  })

  test('nobody may hold more than an eighth of the bound, whatever he moves', () => {
    const { shedding, owner, house, connection, stream } = begin()
    const one = connection('one', owner('one'), { own: 0, allowed: 100_000 })
    const two = connection('two', owner('two'), { own: 0, allowed: 100_000 })
    const just = stream(one.share, { group: 1000 })
    const beyond = stream(two.share, { group: 1001 })
    house(LEFT - 1000)
    shedding.shed(0)
    expect([just.memoryBytes, beyond.memoryBytes]).toEqual([1000, 0])
    // Nor does he go behind who comes nearer to what he may.
    const again = begin()
    const near = again.connection('near', again.owner('near'), { own: 0, allowed: 900 })
    const far = again.connection('far', again.owner('far'), { own: 0, allowed: 100_000 })
    const ofNear = again.stream(near.share, { group: 900 })
    const ofFar = again.stream(far.share, { group: 1001 })
    again.house(LEFT - 900)
    again.shedding.shed(0)
    expect([ofNear.memoryBytes, ofFar.memoryBytes]).toEqual([900, 0])
  })

  test('of one owner, a connection that holds what it may keeps its own, and he keeps what he may', () => {
    const { shedding, owner, house, connection, stream, ended } = begin()
    const crowd = owner('crowd')
    const honest = connection('honest', crowd, { own: 0, allowed: 600 })
    const fat = connection('fat', crowd, { own: 0, allowed: 100 })
    const kept = stream(honest.share, { group: 600 })
    const [first, second] = [700, 100].map((size) => stream(fat.share, { group: size }))
    house(LEFT)
    shedding.shed(0)
    // With the largest gone he holds just what he may. What then is too much still is everybody's.
    expect([first?.memoryBytes, shedding.caches, ended.length]).toEqual([0, 3, 0])
    const again = begin()
    const other = again.owner('crowd')
    const spared = again.stream(again.connection('a', other, { own: 0, allowed: 600 }).share, { group: 600 })
    const taken = again.stream(again.connection('b', other, { own: 0, allowed: 100 }).share, { group: 500 })
    again.house(LEFT - 600)
    again.shedding.shed(0)
    expect([spared.memoryBytes, taken.memoryBytes]).toEqual([600, 0])
    expect([kept.memoryBytes, second?.memoryBytes]).toEqual([0, 0])
  })

  test('of an owner go until he holds just what he may; then those of the next', () => {
    const { shedding, owner, house, connection, stream } = begin()
    const x = connection('x', owner('x'), { own: 0, allowed: 600 })
    const y = connection('y', owner('y'), { own: 0, allowed: 100 })
    const [first, second] = [600, 700].map((size) => stream(x.share, { group: size }))
    const ofY = stream(y.share, { group: 300 })
    house(LEFT - 600)
    shedding.shed(0)
    expect([first, second, ofY].map((one) => one?.memoryBytes)).toEqual([600, 0, 0])
  })

  test('of an owner are left as soon as he holds what he may, also of a connection that holds more than it may', () => {
    const { ledger, shedding, owner, house, connection, stream } = begin()
    const x = owner('x')
    connection('idle', x, { own: 0, allowed: 600 })
    const fat = connection('fat', x, { own: 0, allowed: 100 })
    const [first, second] = [700, 700].map((size) => stream(fat.share, { group: size }))
    const ofY = stream(connection('y', owner('y'), { own: 0, allowed: 0 }).share, { group: 150 })
    house(LEFT - 700)
    shedding.shed(0)
    expect([first, second, ofY].map((one) => one?.memoryBytes)).toEqual([0, 700, 0])
    expect(ledger.bytes).toBe(LEFT)
  })

  test('without one, a stream has nothing to forget', () => {
    const { shedding, owner, house, connection, stream, emitted } = begin()
    stream(connection('a', owner('x'), { own: 0, allowed: 0 }).share, { rest: 900 })
    house(LEFT)
    shedding.shed(0)
    // Its connection pays instead.
    expect([shedding.caches, shedding.connections]).toEqual([0, 1])
    expect(emitted).toHaveLength(1)
  })
})

group('connections', () => {
  test('of an owner that holds too much: whoever holds most beyond what he may, until there is room', () => {
    const { ledger, shedding, owner, house, connection, ended, emitted } = begin()
    const x = owner('x')
    connection('most', x, { own: 900, allowed: 800 })
    connection('beyond', x, { own: 700, allowed: 100 })
    connection('little', x, { own: 100, allowed: 50 })
    house(LEFT + 700 - ledger.bytes)
    shedding.shed(7)
    expect(ended).toEqual([['beyond', 7, false]])
    expect(emitted).toEqual([
      { countedBytes: LEFT, limitBytes: BOUND, freedBytes: 700, connections: 1, caches: 0 },
    ])
    house(1)
    shedding.shed(8)
    expect(ended.slice(1)).toEqual([['most', 8, false]])
  })

  test('only until he holds what he may; then those of the next owner', () => {
    const { shedding, owner, house, connection, namesEnded } = begin()
    const [x, y] = [owner('x'), owner('y')]
    connection('x1', x, { own: 900, allowed: 300 })
    connection('x2', x, { own: 600, allowed: 300 })
    connection('y1', y, { own: 400, allowed: 100 })
    connection('y2', y, { own: 50, allowed: 100 })
    house(LEFT - 650)
    shedding.shed(0)
    // With the first gone he holds just what he may.
    expect(namesEnded()).toEqual(['x1', 'y1'])
  })

  test('who neither goes nor leaves when he is to pay is counted on, and the next pays', () => {
    const { shedding, owner, house, connection, ended } = begin()
    const x = owner('x')
    for (const own of [500, 400]) {
      const { payer } = connection(`${own}`, x, { own, allowed: 0 })
      payer.payMemory = (now, isCrowd) => ended.push([`${own}`, now, isCrowd])
    }
    house(LEFT)
    shedding.shed(0)
    expect([ended.map(([name]) => name), shedding.leaving]).toEqual([['500', '400', '500', '400'], 0])
  })

  test('that can do without nothing need not be asked to', () => {
    const { shedding, owner, house, connection, ended } = begin()
    const { payer } = connection('a', owner('x'), { own: 500, allowed: 0 })
    Reflect.deleteProperty(payer, 'trim')
    house(LEFT)
    shedding.shed(0)
    expect(ended).toHaveLength(1)
  })

  test('and groups are told of together, each time those of that time', () => {
    const { shedding, owner, house, connection, stream, emitted } = begin()
    const counts: object[] = []
    for (let i = 0; i < 2; i++) {
      const { share } = connection(`${i}`, owner('x'), { own: 500, allowed: 0 })
      stream(share, { group: 400 })
      house(i === 0 ? LEFT : 0)
      shedding.shed(0)
      const { connections, caches } = emitted.at(-1) as { connections: number; caches: number }
      counts.push({ connections, caches })
    }
    expect(counts).toEqual([
      { connections: 1, caches: 1 },
      { connections: 1, caches: 1 },
    ])
  })

  test('who is leaving is counted as gone, and is not ended again', () => {
    const { shedding, owner, house, connection, stream, namesEnded } = begin()
    const x = owner('x')
    const gone = connection('gone', x, { own: 500, allowed: 0, goes: false })
    connection('next', x, { own: 400, allowed: 0, goes: false })
    connection('last', x, { own: 300, allowed: 0, goes: false })
    house(LEFT - 700)
    shedding.shed(0)
    expect([namesEnded(), shedding.leaving]).toEqual([['gone'], 500])
    shedding.shed(0)
    expect([namesEnded(), shedding.leaving]).toEqual([['gone'], 500])
    // What it holds beside itself does not go with it.
    stream(gone.share, { rest: 1 })
    shedding.shed(0)
    expect([namesEnded(), shedding.leaving]).toEqual([['gone', 'next'], 900])
    gone.share.close()
    shedding.shed(0)
    expect(shedding.leaving).toBe(400)
    expect(shedding.connections).toBe(2)
  })

  test('are a crowd when more is leaving than there has to be room', () => {
    const { shedding, owner, house, connection, ended } = begin()
    const x = owner('x')
    for (const own of [700, 301, 300, 200]) connection(`${own}`, x, { own, allowed: 0, goes: false })
    house(LEFT)
    shedding.shed(0)
    expect(ended).toEqual([
      ['700', 0, false],
      ['301', 0, false],
      ['300', 0, true],
      ['200', 0, true],
    ])
    const again = begin()
    const y = again.owner('y')
    for (const own of [700, 300, 200]) again.connection(`${own}`, y, { own, allowed: 0, goes: false })
    again.house(LEFT)
    again.shedding.shed(0)
    expect(again.ended.map(([, , isCrowd]) => isCrowd)).toEqual([false, false, false])
  })

  test('that have gone and left streams behind are paid for by these', () => {
    const { ledger, shedding, owner, house, connection, stream, ended } = begin()
    const { share } = connection('gone', owner('x'), { own: 100, allowed: 5000 })
    const left = [stream(share, { rest: 600 }), stream(share, { rest: 500 })]
    share.close()
    house(LEFT - ledger.bytes)
    shedding.shed(9)
    expect(left.map(({ closedAt }) => closedAt)).toEqual([[], []])
    house(1)
    shedding.shed(9)
    expect([left.map(({ closedAt }) => closedAt), ended, shedding.connections]).toEqual([[[9], [9]], [], 0])
  })

  test('where all hold what they may, whoever has used up most of it pays', () => {
    const { shedding, owner, house, connection, namesEnded } = begin()
    connection('half', owner('x'), { own: 500, allowed: 1000 })
    connection('most', owner('y'), { own: 90, allowed: 100 })
    connection('little', owner('z'), { own: 10, allowed: 1000 })
    house(LEFT + 1 - 600 + 90 + 499)
    shedding.shed(0)
    expect(namesEnded()).toEqual(['most', 'half'])
  })

  test('of one owner in which nobody has more than he may, whoever has used up most of it', () => {
    const { shedding, owner, house, connection, namesEnded } = begin()
    const x = owner('x')
    connection('little', x, { own: 100, allowed: 100 })
    connection('large', x, { own: 300, allowed: 320 })
    connection('idle', x, { own: 50, allowed: 400 })
    house(LEFT + 1 - 450)
    shedding.shed(0)
    expect(namesEnded()).toEqual(['large'])
  })

  test('what the server holds itself is nobody’s, however much it is', () => {
    const { shedding, house, stream, ended, emitted } = begin()
    const kept = stream(house(50_000), { group: 1000 })
    shedding.shed(0)
    expect([kept.memoryBytes, kept.closedAt, ended, emitted]).toEqual([1000, [], [], []])
  })
})

test('what was shed is told only to who listens', () => {
  const { shedding, owner, house, connection, emitted, deaf } = begin()
  connection('a', owner('x'), { own: 500, allowed: 0 })
  house(LEFT)
  deaf()
  shedding.shed(0)
  expect([shedding.connections, emitted]).toEqual([1, []])
})
