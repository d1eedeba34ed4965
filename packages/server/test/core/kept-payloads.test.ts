import { createHash } from 'node:crypto'
import { concat } from '@rtmp/bytes'
import { SlabPool } from '@rtmp/chunk'
import { describe as group, expect, test } from 'vitest'
import { streamDetails } from '../../src/core/statistics.ts'
import { begin, crypto, type Peer } from './peer.ts'

/** What an application keeps, and what it was when it was given. */
class Kept {
  readonly #kept: { payload: Uint8Array; hash: string }[] = []

  readonly add = (payload: Uint8Array): void => {
    if (payload.length > 0) this.#kept.push({ payload, hash: hashOf(payload) })
  }

  get count(): number {
    return this.#kept.length
  }

  /** How many are not as they were. */
  get changed(): number {
    return this.#kept.filter(({ payload, hash }) => hashOf(payload) !== hash).length
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

type World = ReturnType<typeof begin>

/** Frames of 8 to 13 kB, a key frame every 25: many times what a publisher's pool holds. */
const sendFrames = ({ advance, clock }: World, publisher: Peer, from: number, count: number): void => {
  for (let i = from; i < from + count; i++) {
    const payload = new Uint8Array(8000 + (i % 7) * 900).fill(i & 255)
    payload.set([i % 25 === 0 ? 0x17 : 0x27, 1])
    // Time passes, as between two reads.
    advance(50)
    const message = { csid: 6, typeId: 9, messageStreamId: 1, timestamp: i * 20, payload }
    publisher.session.sendMessage(message)
    // In one slice: payloads that come in several are not cut from the pool.
    publisher.connection.receive(concat(publisher.session.takeOutput()), clock.now())
  }
}

/** Ways in which a payload can be seen from outside; each begins to keep, and may return what ends it. */
const ways: readonly (readonly [string, (world: World, keep: Kept['add']) => (() => void) | void])[] = [
  [
    'cache.gop',
    ({ core }, keep) => core.registry.find('live', 'key')?.cache.gop.forEach(({ payload }) => keep(payload)),
  ],
  [
    'cache.gop, looked at while somebody listens',
    ({ core }, keep) => {
      const untap = core.tap('live', 'key', () => {})
      core.registry.find('live', 'key')?.cache.gop.forEach(({ payload }) => keep(payload))
      return untap
    },
  ],
  [
    'cache.headers',
    ({ core }, keep) =>
      core.registry.find('live', 'key')?.cache.headers.forEach(({ payload }) => keep(payload)),
  ],
  ['a tap that stays', ({ core }, keep) => void core.tap('live', 'key', ({ payload }) => keep(payload))],
  ['a tap that ends', ({ core }, keep) => core.tap('live', 'key', ({ payload }) => keep(payload))],
  [
    'a tap that ends itself during its catch-up',
    ({ core }, keep) => {
      let count = 0
      const untap = core.tap('live', 'key', ({ payload }) => {
        count += 1
        if (count <= 4) keep(payload)
      })
      untap()
    },
  ],
  [
    'a tap that ends itself when called',
    ({ core }, keep) => {
      let untap: () => void = () => {}
      untap = core.tap('live', 'key', ({ payload }) => {
        keep(payload)
        untap()
      })
    },
  ],
  [
    'a subscription whose loop is left',
    ({ core }, keep) => {
      const subscription = core.subscribe('live', 'key')
      void (async () => {
        for await (const item of subscription) if (item.kind === 'video') keep(item.payload)
      })()
      return () => subscription.close()
    },
  ],
  [
    'a subscription with a signal',
    ({ core }, keep) => {
      const abort = new AbortController()
      const subscription = core.subscribe('live', 'key', { overflow: 'hold', signal: abort.signal })
      void (async () => {
        for await (const item of subscription) if (item.kind === 'video') keep(item.payload)
      })()
      return () => abort.abort()
    },
  ],
  [
    'statistics: tracks and what they are made of',
    ({ core, clock }, keep) => {
      const stream = core.registry.find('live', 'key')
      if (stream === undefined) return
      const bytesIn = (value: unknown): void => {
        if (value instanceof Uint8Array) keep(value)
        else if (typeof value === 'object' && value !== null)
          for (const one of Object.values(value)) bytesIn(one)
      }
      bytesIn(streamDetails(stream, clock.now()))
      const sample = stream.publication?.audioSample?.payload
      if (sample !== undefined) keep(sample)
    },
  ],
]

group('what is shown outside is never used again', () => {
  test.each(ways)('%s', async (name, look) => {
    const world = begin({ expectsErrors: true })
    const publisher = world.peer().publish()
    publisher.video(0, Uint8Array.from([0x17, 0, 0, 0, 0, 1, 66, 0, 30]))
    publisher.audio(0, Uint8Array.from([0xaf, 1, 1, 2, 3]))
    sendFrames(world, publisher, 0, 40)
    const kept = new Kept()
    const end = look(world, kept.add) ?? (() => {})
    await Promise.resolve()
    sendFrames(world, publisher, 40, 30)
    for (let i = 0; i < 200; i++) await Promise.resolve()
    end()
    sendFrames(world, publisher, 70, 400)
    expect(kept.changed).toBe(0)
    if (name !== 'statistics: tracks and what they are made of') expect(kept.count).toBeGreaterThan(0)
  })

  test.each(['mediaTag', 'videoFrame', 'keyframe', 'data'] as const)('the %s hook', (hook) => {
    const kept = new Kept()
    const world = begin({
      handler: {
        [hook]: (_: unknown, value: unknown) => {
          if (typeof value !== 'object' || value === null) return
          for (const field of Object.values(value)) if (field instanceof Uint8Array) kept.add(field)
        },
      },
    })
    const publisher = world.peer().publish()
    sendFrames(world, publisher, 0, 400)
    expect(kept.changed).toBe(0)
    if (hook === 'mediaTag' || hook === 'videoFrame') expect(kept.count).toBe(400)
  })

  test('and a single look costs its slabs only: afterwards memory is used again', () => {
    let allocated = 0
    const allocate = (size: number): Uint8Array<ArrayBuffer> => {
      allocated += size
      return new Uint8Array(size)
    }
    const world = begin({ session: { crypto, pool: new SlabPool({ allocate }) } })
    const publisher = world.peer().publish()
    sendFrames(world, publisher, 0, 100)
    const kept = new Kept()
    for (const { payload } of world.core.registry.find('live', 'key')?.cache.gop ?? []) kept.add(payload)
    world.core.tap('live', 'key', ({ payload }) => kept.add(payload))()
    sendFrames(world, publisher, 100, 1500)
    expect(kept.count).toBeGreaterThan(45)
    expect(kept.changed).toBe(0)
    // 16 MB have come; a group of pictures is 270 kB.
    expect(allocated).toBeLessThan(3_000_000)
  })
})
