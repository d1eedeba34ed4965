import { MediaMessage } from '@rtmp/e-rtmp'
import { fromHex } from '@rtmp/testkit'
import { describe as group, expect, test } from 'vitest'
import { HEADER_BYTES, MESSAGE_BYTES, TRACK_BYTES } from '../src/costs.ts'
import { EntryWatch } from '../src/entry-watch.ts'
import { Frames } from '../src/frames.ts'
import { rtmpFormat } from '../src/batch-format.ts'
import { framesFormat } from '../src/frames-format.ts'
import { Gop } from '../src/gop.ts'
import { LateJoinCache } from '../src/late-join-cache.ts'
import { DEFAULT_CACHE_LIMITS } from '../src/limits.ts'
import { BUFFER_BYTES, costOf, MemoryLedger } from '../src/memory-ledger.ts'
import { gapEnd } from '../src/overflow.ts'
import { SubscriptionQueue } from '../src/subscription-queue.ts'
import { Tally, ToldTally } from '../src/tally.ts'
import { ALL_TRACKS } from '../src/track-set.ts'
import {
  audioFrame,
  audioHeader,
  audioMessage,
  dataMessage,
  interFrame,
  keyFrame,
  metadata,
  trackFrame,
  videoHeader,
  videoMessage,
} from './arrange.ts'

group('the ledger', () => {
  test('what is let go and was not held changes nothing, and can be held again', () => {
    const ledger = new MemoryLedger()
    const [one, two] = [new ArrayBuffer(100), new ArrayBuffer(50)]
    ledger.release(one)
    expect([ledger.bytes, ledger.size]).toEqual([0, 0])
    ledger.hold(one)
    ledger.hold(two)
    ledger.release(two)
    ledger.release(two)
    expect([ledger.bytes, ledger.size]).toEqual([costOf(one), 1])
    ledger.hold(two)
    expect([ledger.bytes, ledger.size]).toEqual([costOf(one) + costOf(two), 2])
    expect(costOf(one)).toBe(100 + BUFFER_BYTES)
  })

  test('two ledgers count the same memory each for itself', () => {
    const [one, two] = [new MemoryLedger(), new MemoryLedger()]
    const memory = new ArrayBuffer(100)
    one.hold(memory)
    two.hold(memory)
    one.release(memory)
    expect([one.bytes, two.bytes]).toEqual([0, costOf(memory)])
  })
})

group('a tally of which somebody is told', () => {
  const begin = () => {
    const told: number[] = []
    const tally = new ToldTally(new MemoryLedger(), (bytes) => told.push(bytes))
    return { tally, told }
  }

  test('tells when it is off by more than 16,384 bytes, to either side', () => {
    const { tally, told } = begin()
    tally.count(16_384)
    expect(told).toEqual([])
    tally.count(1)
    expect(told).toEqual([16_385])
    tally.count(-16_384)
    expect(told).toEqual([16_385])
    tally.count(-1)
    expect(told).toEqual([16_385, 0])
  })

  test('by what is held and let go as well', () => {
    const { tally, told } = begin()
    const memory = new ArrayBuffer(20_000)
    tally.hold(memory)
    expect([told, tally.ledger.bytes]).toEqual([[costOf(memory)], costOf(memory)])
    tally.release(memory)
    expect([told, tally.ledger.bytes, tally.bytes]).toEqual([[costOf(memory), 0], 0, 0])
  })

  test('to the byte when it is asked, and not twice the same', () => {
    const { tally, told } = begin()
    tally.tell()
    tally.count(5)
    tally.tell()
    tally.tell()
    expect(told).toEqual([5])
  })
})

group('a group of pictures', () => {
  const begin = (limits: Partial<typeof DEFAULT_CACHE_LIMITS> = {}) => {
    const ledger = new MemoryLedger()
    const gop = new Gop({ ...DEFAULT_CACHE_LIMITS, ...limits }, new Tally(ledger))
    const removed: number[] = []
    const add = (message: MediaMessage, now = message.timestamp): void =>
      gop.add(message, now, ({ timestamp }) => removed.push(timestamp))
    return { ledger, gop, removed, add }
  }

  test.each([
    ['bytes', { bytes: 60 }, 3, 20, 0],
    ['messages', { messages: 3 }, 3, 1, 0],
  ])('%s: whole at the bound, empty one beyond', (_what, limits, count, _size, at) => {
    const { gop, add, removed } = begin(limits)
    add(videoMessage(0, keyFrame(0)), at)
    for (let i = 1; i < count; i++) add(videoMessage(i, interFrame(i)), at)
    expect([gop.messages.length, gop.overflows, removed]).toEqual([count, 0, []])
    add(audioMessage(count, Uint8Array.of(0xaf)), at)
    expect([gop.messages.length, gop.bytes, gop.overflows]).toEqual([0, 0, 1])
    expect(removed).toEqual([])
  })

  test('ms: a key frame is as old as it may be, and a millisecond older', () => {
    const { gop, add } = begin({ ms: 100 })
    add(videoMessage(0, keyFrame(0)), 1000)
    add(videoMessage(1, interFrame(1)), 1100)
    expect([gop.messages.length, gop.overflows]).toEqual([2, 0])
    add(videoMessage(2, interFrame(2)), 1101)
    expect([gop.messages.length, gop.overflows]).toEqual([0, 1])
  })

  test('what comes before a key frame leaves at once; a key frame lets all before it go; of headers it is told', () => {
    const { ledger, gop, add, removed } = begin()
    add(videoMessage(1, videoHeader(1)))
    add(videoMessage(2, interFrame(2)))
    expect([gop.messages.length, gop.bytes, removed, ledger.bytes]).toEqual([0, 0, [1], 0])
    add(videoMessage(3, keyFrame(3)))
    add(videoMessage(4, videoHeader(4)))
    add(videoMessage(5, keyFrame(5, 25)))
    expect([gop.messages.map(({ timestamp }) => timestamp), gop.bytes]).toEqual([[5], 25])
    expect(removed).toEqual([1, 4])
    expect(ledger.bytes).toBe(25 + BUFFER_BYTES + MESSAGE_BYTES + TRACK_BYTES)
    gop.clear()
    expect([gop.messages.length, gop.bytes, ledger.bytes, ledger.size]).toEqual([0, 0, 0, 0])
  })

  test('has its first and last message’s place', () => {
    const { gop, add } = begin()
    add(videoMessage(0, keyFrame(0)))
    add(videoMessage(1, interFrame(1)))
    const { start, end } = gop
    expect(end - start).toBe(2)
    add(videoMessage(2, keyFrame(2)))
    expect([gop.start, gop.end]).toEqual([end, end + 1])
  })

  test('sixteen messages in the same memory are counted together, and all with the next that lies elsewhere', () => {
    const { ledger, add } = begin()
    const slab = new ArrayBuffer(4096)
    const inSlab = (i: number, payload: Uint8Array): MediaMessage => {
      const view = new Uint8Array(slab, i * 20, 20)
      view.set(payload)
      return videoMessage(i, view)
    }
    add(inSlab(0, keyFrame(0)))
    const first = ledger.bytes
    expect(first).toBe(4096 + BUFFER_BYTES + MESSAGE_BYTES + TRACK_BYTES)
    for (let i = 1; i < 16; i++) add(inSlab(i, interFrame(i)))
    expect(ledger.bytes).toBe(first)
    add(inSlab(16, interFrame(16)))
    expect(ledger.bytes).toBe(first + 16 * MESSAGE_BYTES)
    add(inSlab(17, interFrame(17)))
    expect(ledger.bytes).toBe(first + 16 * MESSAGE_BYTES)
    add(videoMessage(18, interFrame(18)))
    expect(ledger.bytes).toBe(first + 18 * MESSAGE_BYTES + 20 + BUFFER_BYTES)
  })

  test('a track that is given up costs nothing any more, and its frames are left out', () => {
    const { ledger, gop, add } = begin({ messages: 4 })
    add(videoMessage(0, trackFrame(1, true, 1)))
    add(videoMessage(1, trackFrame(0, true, 2)))
    add(videoMessage(2, trackFrame(1, false, 3)))
    add(videoMessage(3, trackFrame(0, false, 4)))
    const kinds = (): string[] =>
      gop
        .encode(framesFormat, true)
        .flatMap(({ messages }) => messages)
        .map(({ track, keyFrame: key }) => `${key ? 'K' : 'P'}${track}`)
    expect(kinds()).toEqual(['K1', 'K0', 'P1', 'P0'])
    add(videoMessage(4, trackFrame(0, false, 5)))
    expect([kinds(), gop.overflows]).toEqual([['K0', 'P0', 'P0'], 1])
    gop.clear()
    expect([ledger.bytes, ledger.size]).toEqual([0, 0])
  })
})

group('what is kept for those who join', () => {
  const begin = (limits: Partial<typeof DEFAULT_CACHE_LIMITS> = {}) => {
    const ledger = new MemoryLedger()
    return { ledger, cache: new LateJoinCache({ ...DEFAULT_CACHE_LIMITS, ...limits }, new Tally(ledger)) }
  }
  const named = (i: number, size = 14): MediaMessage => dataMessage(0, metadata(i).subarray(0, size))

  test('headers: so many, and one beyond; so many bytes, and one beyond', () => {
    const many = begin({ headers: 2 }).cache
    for (const name of ['a', 'b']) many.setDataFrame(name, named(1))
    expect([many.headers.length, many.refused]).toEqual([2, 0])
    many.setDataFrame('c', named(1))
    expect([many.headers.length, many.refused]).toEqual([2, 1])
    many.setDataFrame('a', named(2))
    expect([many.headers.length, many.refused]).toEqual([2, 1])
    const { cache: large, ledger } = begin({ headerBytes: 28 })
    for (const name of ['a', 'b']) large.setDataFrame(name, named(1))
    expect([large.headers.length, large.bytes, large.refused]).toEqual([2, 28, 0])
    large.clearDataFrame('b')
    large.clearDataFrame('b')
    expect([large.headers.length, large.bytes]).toEqual([1, 14])
    large.setDataFrame('c', named(1, 15))
    expect([large.headers.length, large.bytes, large.refused]).toEqual([1, 14, 1])
    large.clear()
    expect([large.bytes, ledger.bytes, ledger.size]).toEqual([0, 0, 0])
  })

  test('a header costs its bytes, itself and its names', () => {
    const { cache, ledger } = begin()
    cache.setDataFrame('onCuePoint', named(1))
    const { name } = named(1)
    expect(ledger.bytes).toBe(14 + BUFFER_BYTES + HEADER_BYTES + (10 + name.length) * 2)
    cache.clearDataFrame('onCuePoint')
    expect(ledger.bytes).toBe(0)
  })

  test('the same header again is no other; one with another last byte is', () => {
    const { cache } = begin()
    const last = (byte: number): MediaMessage => {
      const payload = audioHeader(1)
      payload[payload.length - 1] = byte
      return audioMessage(byte, payload)
    }
    cache.add(videoMessage(0, keyFrame(0)), 0)
    cache.add(last(1), 0)
    cache.add(last(1), 0)
    expect(cache.group.map(({ timestamp }) => timestamp)).toEqual([0, 1])
    cache.add(last(2), 0)
    expect(cache.group.map(({ timestamp }) => timestamp)).toEqual([0, 1, 2])
    expect(cache.headers).toEqual([])
    cache.add(videoMessage(3, keyFrame(3)), 3)
    expect(cache.headers.map(({ timestamp }) => timestamp)).toEqual([2])
  })

  test('one that goes on where another ends is another', () => {
    const { cache } = begin()
    const sound = (timestamp: number, ...more: number[]): MediaMessage =>
      audioMessage(timestamp, Uint8Array.of(0xaf, 0, 0x12, 0x10, ...more))
    cache.add(videoMessage(0, keyFrame(0)), 0)
    cache.add(sound(1), 1)
    cache.add(sound(2, 0x56, 0xe5), 2)
    cache.add(sound(3), 3)
    expect(cache.group.map(({ timestamp }) => timestamp)).toEqual([0, 1, 2, 3])
  })

  test('a header beyond the bound stands in no group either', () => {
    const { cache } = begin({ headers: 1 })
    cache.add(videoMessage(0, keyFrame(0)), 0)
    cache.add(audioMessage(1, audioHeader(1)), 1)
    cache.add(videoMessage(2, videoHeader(2)), 2)
    expect([cache.group.map(({ timestamp }) => timestamp), cache.refused]).toEqual([[0, 1], 1])
  })

  test('a header that cannot be read does not take the place of one that can', () => {
    const { cache } = begin()
    const header = (timestamp: number, ...config: number[]): MediaMessage =>
      audioMessage(timestamp, Uint8Array.of(0xaf, 0, ...config))
    cache.add(videoMessage(0, keyFrame(0)), 0)
    cache.add(header(1, 0x12, 0x10), 1)
    cache.add(header(2, 0x12), 2)
    expect([cache.group.map(({ timestamp }) => timestamp), cache.refused]).toEqual([[0, 1], 1])
    cache.add(header(3, 0x11, 0x90), 3)
    expect([cache.group.map(({ timestamp }) => timestamp), cache.refused]).toEqual([[0, 1, 3], 1])
  })

  test('what was encoded for those who join costs nothing when it is forgotten', () => {
    const { cache, ledger } = begin()
    cache.add(videoMessage(0, videoHeader(0)), 0)
    cache.setDataFrame('onMetaData', named(1))
    cache.add(videoMessage(1, keyFrame(1)), 1)
    const { bytes } = ledger
    const format = rtmpFormat(60_000, 1)
    cache.catchUp(format, true, true, 0)
    cache.headersNow(format, true, true, 5)
    expect(ledger.bytes).toBeGreaterThan(bytes)
    cache.forgetPieces()
    expect(ledger.bytes).toBe(bytes)
  })

  test('a group that is forgotten leaves its headers in force', () => {
    const { cache } = begin()
    cache.add(videoMessage(0, keyFrame(0)), 0)
    cache.add(audioMessage(1, audioHeader(1)), 1)
    cache.add(audioMessage(2, audioFrame(2)), 2)
    cache.forgetGroup()
    expect([cache.group.length, cache.groupBytes, cache.overflows]).toEqual([0, 0, 0])
    expect(cache.headers.map(({ timestamp }) => timestamp)).toEqual([1])
  })

  test('says once whether it was shown to somebody who may keep it', () => {
    const { cache } = begin()
    void cache.group
    expect(cache.takeShown()).toBe(false)
    void cache.gop
    expect([cache.takeShown(), cache.takeShown()]).toEqual([true, false])
  })

  test('those who join get the kinds they want, and no group without video', () => {
    const { cache } = begin()
    cache.add(videoMessage(0, videoHeader(0)), 0)
    cache.add(audioMessage(0, audioHeader(0)), 0)
    cache.setDataFrame('onMetaData', named(1))
    cache.add(videoMessage(1, keyFrame(1)), 1)
    cache.add(audioMessage(2, audioFrame(2)), 2)
    const kinds = (audio: boolean, video: boolean) => {
      const { pieces, started } = cache.catchUp(framesFormat, audio, video, 9)
      const messages = pieces.flatMap((piece) => piece.messages)
      return [messages.map(({ typeId, isHeader }) => `${typeId}${isHeader ? 'h' : ''}`), started]
    }
    expect(kinds(true, true)).toEqual([['18', '9h', '8h', '9', '8'], ALL_TRACKS])
    expect(kinds(false, true)).toEqual([['18', '9h', '9'], ALL_TRACKS])
    expect(kinds(true, false)).toEqual([['18', '8h'], 0])
    const now = (audio: boolean, video: boolean): number[] | undefined =>
      cache.headersNow(framesFormat, audio, video, 7)?.messages.map(({ typeId }) => typeId)
    expect([now(true, true), now(true, false), now(false, true), now(false, false)]).toEqual([
      [9, 8],
      [8],
      [9],
      undefined,
    ])
  })
})

group('where those who join can start', () => {
  const unit = (hex: string): string => (hex.length / 2).toString(16).padStart(8, '0') + hex
  const inter = fromHex(`2701000000${unit('41b800')}`)
  const recovery = fromHex(`2701000000${unit('0606018480')}${unit('41b800')}`)
  const key = fromHex(`1701000000${unit('65b800')}`)
  const begin = (keyFrameMs = 30_000, startWithoutKeyFrameMs = 0) => {
    const missing: (readonly [track: number, waitedMs: number, now: number])[] = []
    const watch = new EntryWatch({ keyFrameMs, startWithoutKeyFrameMs }, (...told) => missing.push(told))
    const admit = (payload: Uint8Array, now: number): boolean =>
      watch.admit(new MediaMessage(9, now, payload), now).keyFrame
    return { watch, admit, missing }
  }

  test('a recovery point is one after 2000 ms without a key frame, and not a millisecond before', () => {
    for (const [at, is] of [
      [1999, false],
      [2000, true],
    ] as const) {
      const { admit } = begin()
      admit(inter, 0)
      expect([at, admit(recovery, at)]).toEqual([at, is])
    }
  })

  test('behind a key frame it is one when the cache has forgotten that', () => {
    for (const [at, is] of [
      [4999, false],
      [5000, true],
    ] as const) {
      const { admit } = begin(5000)
      admit(key, 0)
      expect([at, admit(recovery, at)]).toEqual([at, is])
    }
  })

  test('any frame is one after as long as the rules say', () => {
    for (const [at, is] of [
      [3999, false],
      [4000, true],
    ] as const) {
      const { admit } = begin(30_000, 4000)
      admit(inter, 0)
      expect([at, admit(inter, at)]).toEqual([at, is])
    }
  })

  test('it is told after ten seconds, once, and when the key frame is forgotten besides', () => {
    const never = begin()
    never.admit(inter, 0)
    never.admit(inter, 9999)
    expect([never.missing, never.watch.missingTracks(9999)]).toEqual([[], []])
    never.admit(inter, 10_000)
    never.admit(inter, 20_000)
    expect([never.missing, never.watch.missingTracks(10_000)]).toEqual([[[0, 10_000, 10_000]], [0]])
    const once = begin(5000)
    once.admit(key, 0)
    once.admit(inter, 14_999)
    expect([once.missing, once.watch.missingTracks(14_999)]).toEqual([[], []])
    once.admit(inter, 15_000)
    expect([once.missing, once.watch.missingTracks(15_000)]).toEqual([[[0, 15_000, 15_000]], [0]])
  })

  test('it is told once, also when it has had a start since', () => {
    const { admit, missing } = begin(5000)
    admit(inter, 0)
    admit(inter, 10_000)
    admit(key, 20_000)
    admit(inter, 40_000)
    expect(missing).toEqual([[0, 10_000, 10_000]])
  })

  test('the main track says how long it is, whichever came first; without one the first does', () => {
    const { watch, admit } = begin()
    const ofTrack = (track: number): Uint8Array => fromHex(`a60361766331${`0${track}`}${unit('41b8')}`)
    admit(ofTrack(2), 1000)
    expect(watch.waitedMs(5000)).toBe(4000)
    admit(ofTrack(0), 3000)
    expect(watch.waitedMs(5000)).toBe(2000)
  })

  test('headers say nothing of it; without video there is nothing to wait for', () => {
    const { watch, admit, missing } = begin()
    expect([watch.waitedMs(5), watch.missingTracks(50_000)]).toEqual([undefined, []])
    expect(admit(videoHeader(1), 0)).toBe(false)
    expect(watch.waitedMs(5)).toBeUndefined()
    admit(inter, 100)
    expect([watch.waitedMs(105), missing]).toEqual([5, []])
  })
})

test('a gap ends with a group that began when it did or later, or at once where there is no video to wait for', () => {
  const gap = { from: 0, position: 10, videoMessages: 7 }
  const end = (
    position: number,
    isEmpty: boolean,
    wantsVideo = true,
    videoMessages = 8,
  ): string | undefined => gapEnd(gap, wantsVideo, { position, isEmpty }, videoMessages)
  expect([end(9, false), end(10, false), end(11, false)]).toEqual([undefined, 'group', 'group'])
  expect([end(10, true), end(9, true)]).toEqual([undefined, undefined])
  expect([end(9, false, false), end(9, false, true, 7), end(9, false, true, 6)]).toEqual([
    'now',
    'now',
    undefined,
  ])
})

test('what waits for an iterator is taken in order; a batch counts until its last message, and its end is told then', () => {
  let arrived = 0
  const ended: string[] = []
  const queue = new SubscriptionQueue(() => (arrived += 1))
  const message = (timestamp: number): MediaMessage => videoMessage(timestamp, interFrame(timestamp))
  const [first, second] = [new Frames([message(1), message(2)]), new Frames([message(3)])]
  const gap = new Frames([], { kind: 'gap', from: 5, to: 9 })
  queue.write(first, () => ended.push('first'))
  queue.write(gap)
  queue.write(second, () => ended.push('second'))
  const bytes = first.length + gap.length + second.length
  expect([arrived, queue.pendingBytes]).toEqual([3, bytes])
  expect(queue.take()).toBe(first.messages[0])
  expect([queue.pendingBytes, ended]).toEqual([bytes, []])
  expect(queue.take()).toBe(first.messages[1])
  expect([queue.pendingBytes, ended]).toEqual([bytes - first.length, ['first']])
  expect(queue.take()).toBe(gap.gap)
  expect(queue.pendingBytes).toBe(second.length)
  expect(queue.take()).toBe(second.messages[0])
  expect([queue.pendingBytes, ended, queue.take()]).toEqual([0, ['first', 'second'], undefined])
  queue.write(first, () => ended.push('again'))
  queue.take()
  queue.clear()
  expect([queue.pendingBytes, queue.take()]).toEqual([0, undefined])
  queue.write(first)
  expect(queue.take()).toBe(first.messages[0])
  expect(ended).toEqual(['first', 'second'])
})
