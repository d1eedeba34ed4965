import { check, notApplicable } from '../case/verdict.ts'
import { chunk0 } from '../wire/chunk-bytes.ts'
import { userControl } from '../wire/commands.ts'
import { joined } from '../wire/hex.ts'
import { audioFrame } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import { measureMemory } from '../node/memory.ts'
import { ordinarySession, pairCase } from './chunk-session.ts'
import { serverCase } from './server-test.ts'

const isEvent =
  (event: number, value: number) =>
  ({ typeId, payload }: SeenMessage): boolean =>
    typeId === 4 &&
    payload.length >= 6 &&
    new DataView(payload.buffer, payload.byteOffset).getUint16(0) === event &&
    new DataView(payload.buffer, payload.byteOffset).getUint32(2) === value

/** Cases about user control messages (RTMP 1.0 §7.1.7). */
export const userControlCases = [
  serverCase('RTMP-UCM-01', async (t) => {
    const pair = await ordinarySession(t)
    for (const { messages } of [pair.pub.peer, pair.sub.peer]) {
      const wrong = messages.find(({ typeId, csid, msid }) => typeId === 4 && (csid !== 2 || msid !== 0))
      check(
        wrong === undefined,
        'user control on csid 2, stream 0',
        `csid ${wrong?.csid}, stream ${wrong?.msid}`,
      )
    }
  }),
  serverCase('RTMP-UCM-02b', async (t) => {
    const peer = await t.connect()
    peer.send(userControl(6, 0xdeadbeef))
    const pong = await peer.next(isEvent(7, 0xdeadbeef), t.answerMs)
    check(pong !== undefined, 'PingResponse with the same four bytes', 'none')
  }),
  serverCase('RTMP-UCM-03a', async (t) => {
    const pair = await t.pair()
    const begun = (messages: readonly SeenMessage[], msid: number): boolean => messages.some(isEvent(0, msid))
    check(begun(pair.pub.peer.messages, 0), 'StreamBegin(0) after connect', 'none')
    check(begun(pair.pub.peer.messages, pair.pub.msid), 'StreamBegin of the stream after publish', 'none')
    check(begun(pair.sub.peer.messages, pair.sub.msid), 'StreamBegin of the stream after play', 'none')
  }),
  serverCase('RTMP-UCM-04a', async (t) => {
    const peer = await t.connect()
    for (const event of [5, 8, 9, 26, 31, 32, 0x7fff]) peer.send(userControl(event, 1))
    await t.alive(peer)
  }),
  serverCase('RTMP-UCM-04b', async (t) => {
    const peer = await t.connect()
    for (const event of [0, 1, 2, 3, 4, 6, 7])
      for (const length of [0, 1, 2, 5])
        peer.send({ typeId: 4, payload: Uint8Array.of(0, event, 0, 0, 0).subarray(0, length) })
    await t.alive(peer)
  }),
  serverCase(
    'RTMP-UCM-05',
    async (t) => {
      const pair = await t.pair()
      for (let second = 1; second <= 120; second++) {
        pair.pub.sendAudio(audioFrame(), second * 1000)
        await t.pause(1000)
        check(
          pair.pub.peer.ended === undefined,
          'a publisher that sends stays, though it answers no ping',
          `ended after ${second} s`,
        )
      }
    },
    { slow: true },
  ),
  pairCase('RTMP-UCM-06', async (t, pair) => {
    const peer = await t.connect()
    peer.send(userControl(3, 0, 300))
    await t.alive(peer)
    pair.sub.peer.send(userControl(3, pair.sub.msid, 36_000_000))
    const frame = audioFrame()
    pair.pub.sendAudio(frame, 300)
    await t.relayed(pair, 8, frame)
    await t.alive(pair.sub.peer)
  }),
  serverCase(
    'RTMP-UCM-07',
    async (t) => {
      if (t.profile.pid === undefined) return notApplicable('measures memory: give the process id with --pid')
      const memory = measureMemory(t.profile.pid)
      const peer = await t.connect()
      peer.link.pause()
      const ping = chunk0({
        csid: 2,
        timestamp: 0,
        typeId: 4,
        msid: 0,
        data: Uint8Array.of(0, 6, 1, 2, 3, 4),
      })
      const thousand = joined(...Array.from({ length: 1000 }, () => ping))
      for (let sent = 0; sent < 100; sent++) {
        peer.raw(thousand)
        await t.pause(5)
      }
      await t.other()
      peer.link.resume()
      memory.grewLessThan(50)
    },
    { alone: true },
  ),
]
