import { MessageTypeId } from '@rtmp/chunk'
import { encodeUserControl } from '@rtmp/message'
import { describe, expect, it } from 'vitest'
import { CommandRate } from '../src/command-rate.ts'
import { HeldMessages } from '../src/held-messages.ts'
import { DEFAULT_SESSION_LIMITS } from '../src/index.ts'
import { isSoundName } from '../src/names.ts'
import { OutputQueue } from '../src/output-queue.ts'
import { RawClient } from './raw-peer.ts'
import { only } from './support.ts'

/** Each limit at the limit, and one beyond. */
describe('limits', () => {
  const message = (size: number) => ({
    typeId: 8,
    csid: 4,
    messageStreamId: 1,
    timestamp: 0,
    payload: new Uint8Array(size),
  })
  const held = (...sizes: readonly number[]): { readonly fits: boolean; readonly messages: HeldMessages } => {
    const messages = new HeldMessages({
      ...DEFAULT_SESSION_LIMITS,
      maxHeldBytes: 1000,
      maxHeldMessages: 10,
    })
    return { fits: sizes.map((size) => messages.hold(message(size))).at(-1) ?? true, messages }
  }
  const empty = (count: number): readonly number[] => Array.from({ length: count }, () => 0)

  it('bytes that are held', () => {
    expect([held(400, 600).fits, held(400, 601).fits]).toEqual([true, false])
  })

  it('messages that are held', () => {
    expect([held(...empty(10)).fits, held(...empty(11)).fits]).toEqual([true, false])
  })

  it('half of what may be held', () => {
    const half = (...sizes: readonly number[]): boolean => held(...sizes).messages.isHalfFull
    expect([half(), half(250, 250), half(250, 251)]).toEqual([false, false, true])
    expect([half(...empty(5)), half(...empty(6))]).toEqual([false, true])
    const { messages } = held(600)
    messages.replay()
    expect([messages.isHalfFull, messages.bytes, messages.memoryBytes]).toEqual([false, 0, 0])
  })

  it('bytes of a name, of narrow letters and of wide ones', () => {
    expect([isSoundName('abcd', 4), isSoundName('abcde', 4)]).toEqual([true, false])
    expect([isSoundName('éé', 4), isSoundName('éé', 3)]).toEqual([true, false])
    const controls = ['\u0000', '\u001f', ' ', '~', '\u007f', '\u0080']
    expect(controls.map((letter) => isSoundName(`a${letter}`, 4))).toEqual([
      false,
      false,
      true,
      true,
      false,
      true,
    ])
  })

  it('pings that are answered in one slice', () => {
    const peer = RawClient.ready({ limits: { maxPongsPerReceive: 3 } })
    const pongs = (pings: number): number => {
      const bytes = Array.from({ length: pings }, (_, timestamp) =>
        peer.writer.encode({
          csid: 2,
          typeId: MessageTypeId.userControl,
          messageStreamId: 0,
          timestamp: 0,
          payload: encodeUserControl({ kind: 'pingRequest', timestamp }),
        }),
      )
      peer.collect().received.splice(0)
      peer.bytes(Uint8Array.from(bytes.flatMap((one) => Array.from(one)))).collect()
      return peer.received.filter(({ typeId }) => typeId === MessageTypeId.userControl).length
    }
    expect([pongs(3), pongs(4), pongs(2)]).toEqual([3, 3, 2])
  })

  it('commands that cannot be decoded', () => {
    const peer = RawClient.ready({ limits: { maxBrokenCommands: 2 } })
    const send = (): unknown => {
      peer.send({ typeId: MessageTypeId.commandAmf0, payload: Uint8Array.of(0xff) })
      return only(peer.events, 'closed')[0]
    }
    expect([send(), send()]).toEqual([undefined, undefined])
    expect(send()).toMatchObject({ error: { code: 'SESSION_BROKEN_COMMANDS' } })
  })

  it('warnings that are reported', () => {
    const peer = RawClient.ready({ limits: { maxWarnings: 2 } })
    for (let id = 10; id < 14; id++)
      peer.send({ csid: 6, typeId: 9, messageStreamId: id, payload: Uint8Array.of(1) })
    expect([only(peer.events, 'warning').length, peer.server.stats.warnings]).toEqual([2, 4])
  })

  it('refused commands that are forgotten: when half of what may come at once has come back', () => {
    const afterRest = (rest: number): string => {
      const rate = new CommandRate(10)
      for (let i = 0; i < 41; i++) rate.take(0)
      let last = ''
      // As many as are left, and one more.
      for (let i = 0; i <= rest / 100; i++) last = rate.take(rest)
      return last
    }
    expect([afterRest(2000), afterRest(2100)]).toEqual(['refused', 'first'])
  })

  it('pieces that are joined, and those that go out as they are', () => {
    const sizes = (...pieces: readonly number[]): readonly number[] => {
      const queue = new OutputQueue()
      for (const size of pieces) queue.add(new Uint8Array(size))
      return queue.take().map(({ length }) => length)
    }
    expect(sizes(1024, 1, 1025, 1, 1, 1025, 1025, 5)).toEqual([1025, 1025, 2, 1025, 1025, 5])
    expect([sizes(), sizes(7), sizes(7, 8)]).toEqual([[], [7], [15]])
  })
})
