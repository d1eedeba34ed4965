import { check, nonStrict, notApplicable } from '../case/verdict.ts'
import { chunk0, chunk1, chunk2, chunk3 } from '../wire/chunk-bytes.ts'
import { command, userControl } from '../wire/commands.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import { bytesOf, joined } from '../wire/hex.ts'
import { audioFrame, isSound, videoFrame } from '../wire/media.ts'
import { measureMemory } from '../node/memory.ts'
import { serverCase } from './server-test.ts'
import { audio0, ordinarySession, pairCase, rest, video0, wellWritten } from './chunk-session.ts'

/** Cases about chunk streams (RTMP 1.0 §5.3). */
export const chunkCases = [
  pairCase('RTMP-CHUNK-01b', async (t, pair) => {
    let time = 100
    for (const csid of [63, 64, 319, 320, 1000]) {
      const frame = audioFrame()
      pair.pub.peer.raw(audio0(pair, csid, time, frame))
      await t.relayed(pair, 8, frame, time)
      time += 20
    }
  }),
  pairCase('RTMP-CHUNK-01c', async (t, pair) => {
    const frame = audioFrame(300)
    pair.pub.peer.raw(audio0(pair, 320, 100, frame.subarray(0, 128), 300), rest(320, frame))
    await t.relayed(pair, 8, frame, 100)
  }),
  serverCase('RTMP-CHUNK-02a', async (t) =>
    wellWritten(await ordinarySession(t), 'csid in its shortest form'),
  ),
  pairCase('RTMP-CHUNK-02b', async (t, pair) => {
    const [first, second] = [audioFrame(), audioFrame(50)]
    pair.pub.peer.raw(
      audio0(pair, 100, 100, first),
      chunk1({ csid: 100, delta: 20, typeId: 8, data: second, form: 3 }),
    )
    await t.relayed(pair, 8, first, 100)
    await t.relayed(pair, 8, second, 120)
  }),
  serverCase('RTMP-CHUNK-03a', async (t) => {
    const pair = await ordinarySession(t)
    for (const { messages } of [pair.pub.peer, pair.sub.peer]) {
      const wrong = messages.find(({ csid, typeId }) => csid === 2 && typeId > 6)
      check(wrong === undefined, 'no media or command on csid 2', `type ${wrong?.typeId}`)
    }
  }),
  serverCase('RTMP-CHUNK-03b', async (t) => {
    const peer = await t.handshake()
    peer.send({ ...command(0, 'connect', 1, t.properties()), csid: 5 })
    await t.result(peer, 1)
    const msid = await t.createStream(peer)
    const name = t.name()
    peer.send({ ...command(msid, 'publish', 5, null, t.profile.publishAs(name), 'live'), csid: 8 })
    check(
      (await t.status(peer, ['NetStream.Publish.Start'])) !== undefined,
      'NetStream.Publish.Start',
      'it did not come',
    )
  }),
  serverCase(
    'RTMP-CHUNK-04',
    async (t) => {
      const memory = measureMemory(t.profile.pid)
      const peer = await t.connect()
      for (let from = 3; from <= 65599 && peer.ended === undefined; from += 512) {
        const pieces: Uint8Array[] = []
        for (let csid = from; csid < Math.min(from + 512, 65600); csid++)
          pieces.push(chunk0({ csid, timestamp: 0, typeId: 18, msid: 77, data: Uint8Array.of(5) }))
        peer.raw(joined(...pieces))
        await t.pause(0)
      }
      await t.noHarm(peer)
      memory.grewLessThan(20)
    },
    { alone: true },
  ),
  serverCase('RTMP-CHUNK-05a', async (t) => {
    const pair = await ordinarySession(t)
    const back = audioFrame()
    pair.pub.sendAudio(back, 10)
    await t.relayed(pair, 8, back)
    wellWritten(pair, 'backward timestamps as type 0')
  }),
  pairCase('RTMP-CHUNK-05b', async (t, pair) => {
    const [first, second] = [audioFrame(), audioFrame()]
    pair.pub.peer.raw(audio0(pair, 10, 1000, first), audio0(pair, 10, 500, second))
    await t.relayed(pair, 8, first, 1000)
    await t.relayed(pair, 8, second, 500)
  }),
  serverCase('RTMP-CHUNK-06', async (t) => {
    const peer = await t.connect()
    await t.createStream(peer)
    const pub = await t.publish(t.name(), peer)
    pub.sendHeaders()
    const { sub, shift } = await t.join(pub)
    const frame = audioFrame()
    pub.sendAudio(frame, 100)
    await t.relayed({ sub, shift }, 8, frame, 100)
  }),
  pairCase('RTMP-CHUNK-07', async (t, pair) => {
    const frame = videoFrame(307)
    pair.pub.peer.raw(video0(pair, 4, 1000, frame.subarray(0, 128), 307), rest(4, frame))
    await t.relayed(pair, 9, frame, 1000)
  }),
  pairCase('RTMP-CHUNK-08a', async (t, pair) => {
    const [first, second] = [audioFrame(32), audioFrame(40)]
    pair.pub.peer.raw(audio0(pair, 10, 1000, first), chunk1({ csid: 10, delta: 20, typeId: 8, data: second }))
    await t.relayed(pair, 8, first, 1000)
    await t.relayed(pair, 8, second, 1020)
  }),
  pairCase('RTMP-CHUNK-08b', async (t, pair) => {
    const [first, second, third] = [audioFrame(32), audioFrame(40), audioFrame(40)]
    pair.pub.peer.raw(
      audio0(pair, 10, 1000, first),
      chunk1({ csid: 10, delta: 20, typeId: 8, data: second }),
      chunk2(10, 30, third),
    )
    await t.relayed(pair, 8, third, 1050)
  }),
  pairCase('RTMP-CHUNK-09a', async (t, pair) => {
    const frames = [audioFrame(32), audioFrame(32), audioFrame(32), audioFrame(32)] as const
    pair.pub.peer.raw(
      audio0(pair, 10, 1000, frames[0]),
      chunk2(10, 20, frames[1]),
      chunk3(10, frames[2]),
      chunk3(10, frames[3]),
    )
    for (const [index, frame] of frames.entries()) await t.relayed(pair, 8, frame, 1000 + 20 * index)
  }),
  pairCase('RTMP-CHUNK-09b', async (t, pair) => {
    const [zeroth, first, second] = [audioFrame(32), audioFrame(300), audioFrame(300)]
    pair.pub.peer.raw(
      audio0(pair, 10, 1000, zeroth),
      chunk1({ csid: 10, delta: 40, length: 300, typeId: 8, data: first.subarray(0, 128) }),
      rest(10, first),
      chunk3(10, second.subarray(0, 128)),
      rest(10, second),
    )
    await t.relayed(pair, 8, first, 1040)
    await t.relayed(pair, 8, second, 1080)
  }),
  pairCase('RTMP-CHUNK-10a', async (t, pair) => {
    const [video, audio] = [videoFrame(1000), audioFrame(500)]
    const pieces: Uint8Array[] = []
    for (let at = 0; at < 1000; at += 128) {
      const [v, a] = [video.subarray(at, at + 128), audio.subarray(at, at + 128)]
      pieces.push(at === 0 ? video0(pair, 6, 1000, v, 1000) : chunk3(6, v))
      if (a.length > 0) pieces.push(at === 0 ? audio0(pair, 4, 1000, a, 500) : chunk3(4, a))
    }
    pair.pub.peer.raw(...pieces)
    await t.relayed(pair, 8, audio, 1000)
    pair.sub.peer.rewind()
    await t.relayed(pair, 9, video, 1000)
  }),
  pairCase('RTMP-CHUNK-10b', async (t, pair) => {
    const video = videoFrame(300)
    const { peer } = pair.pub
    const answered = ({ typeId, payload }: SeenMessage): boolean => typeId === 4 && payload[1] === 7
    peer.send(userControl(6, 0xabcc))
    if ((await peer.next(answered, t.answerMs)) === undefined)
      return notApplicable('the server answers no pings, see RTMP-UCM-02b')
    peer.raw(video0(pair, 6, 1000, video.subarray(0, 128), 300))
    peer.send(userControl(6, 0xabcd))
    const pong = await peer.next(answered, t.answerMs)
    peer.raw(rest(6, video))
    await t.relayed(pair, 9, video, 1000)
    check(pong !== undefined, 'PingResponse before the video is complete', 'it did not come')
  }),
  pairCase('RTMP-CHUNK-11', async (t, pair) => {
    pair.pub.peer.setChunkSize(4096)
    for (let index = 1; index <= 100; index++) {
      pair.pub.sendVideo(videoFrame(20_000, index % 25 === 0), index * 20)
      pair.pub.peer.send(userControl(6, index))
      pair.sub.peer.send(userControl(6, index))
      if (index % 10 === 0) await t.pause(10)
    }
    const last = audioFrame()
    pair.pub.sendAudio(last, 2020)
    await t.relayed(pair, 8, last)
    wellWritten(pair)
  }),
  serverCase('RTMP-CHUNK-12', async (t) =>
    wellWritten(await ordinarySession(t), 'continuation chunks of type 3'),
  ),
  serverCase('RTMP-CHUNK-13', async (t) => {
    const pair = await t.pair()
    const { peer } = pair.pub
    peer.setChunkSize(65536)
    const frame = joined(videoFrame(100), new Uint8Array(0xffffff - 100).fill(7))
    new DataView(frame.buffer).setUint32(5, 0xffffff - 9)
    pair.pub.sendVideo(frame, 1000)
    const over = t.profile.claimed.messageBytes < 0xffffff
    const came = await pair.sub.peer.next(
      ({ typeId, payload }) => typeId === 9 && payload.length > 60,
      t.answerMs * 4,
    )
    if (came !== undefined) {
      check(came.payload.length === 0xffffff, '16777215 bytes', `${came.payload.length} bytes`)
      return
    }
    if (!over && peer.ended === undefined) nonStrict('a message of the largest size is taken and not relayed')
    check(over || (await t.hasEnded(peer)), 'the message arrives, or the connection ends', 'neither')
    if (!over) nonStrict('the connection ended at a message of the largest size')
  }),
  pairCase('RTMP-CHUNK-14a', async (t, pair) => {
    pair.pub.sendAudio(new Uint8Array(), 100)
    const next = audioFrame()
    pair.pub.sendAudio(next, 120)
    await t.relayed(pair, 8, next, 120)
    await t.alive(pair.pub.peer)
  }),
  serverCase('RTMP-CHUNK-14b', async (t) => {
    const peer = await t.connect()
    peer.send({ typeId: 18, msid: 0, payload: new Uint8Array() })
    await t.pause(Math.min(1000, t.quietMs))
    await t.alive(peer)
  }),
  serverCase('RTMP-CHUNK-15a', async (t) => {
    const peer = await t.connect()
    peer.raw(chunk1({ csid: 2, delta: 0, typeId: 4, data: bytesOf('0007 00000001') }))
    await t.alive(peer)
  }),
  serverCase('RTMP-CHUNK-15b', async (t) => {
    const one = await t.connect()
    one.raw(chunk2(40, 20, new Uint8Array(128)))
    const other = await t.connect()
    other.raw(chunk3(40, new Uint8Array(128)))
    await t.pause(Math.min(200, t.quietMs))
    await t.other()
  }),
  pairCase('RTMP-CHUNK-16a', async (t, pair) => {
    const frame = audioFrame(256)
    pair.pub.peer.raw(
      audio0(pair, 10, 100, frame.subarray(0, 128), 256),
      chunk1({ csid: 10, delta: 20, length: 256, typeId: 8, data: frame.subarray(128) }),
    )
    const seen = await pair.sub.peer.next(isSound, t.answerMs)
    if (seen === undefined) {
      check(await t.hasEnded(pair.pub.peer), 'the message arrives, or the connection ends', 'neither')
      return
    }
    check(
      seen.payload.length === 256 && seen.payload.every((byte, at) => byte === frame[at]),
      'the message unchanged',
      `${seen.payload.length} bytes, others`,
    )
  }),
  pairCase('RTMP-CHUNK-16b', async (t, pair) => {
    const [frame, second] = [audioFrame(256), audioFrame(100)]
    const from = pair.sub.peer.messages.length
    pair.pub.peer.raw(audio0(pair, 10, 100, frame.subarray(0, 128), 256), audio0(pair, 10, 120, second))
    await pair.pub.peer.until(() => pair.pub.peer.ended !== undefined, t.answerMs)
    const seen = pair.sub.peer.since(from).find(isSound)
    const clean = seen === undefined || seen.payload.every((byte, at) => byte === second[at])
    check(clean, 'no mixture of both messages reaches a player', `${seen?.payload.length} bytes`)
    if (pair.pub.peer.ended === undefined) nonStrict('the connection goes on')
  }),
  serverCase('RTMP-CHUNK-17', async (t) => {
    const peer = await t.connect()
    const one = await t.publish(t.name(), peer)
    const two = await t.publish(t.name(), peer)
    if (one.msid === two.msid) nonStrict('the server has one message stream per connection')
    one.sendHeaders()
    two.sendHeaders()
    const [atOne, atTwo] = [await t.join(one), await t.join(two)]
    const [first, second] = [audioFrame(), audioFrame()]
    peer.send({ ...one.audio(first, 300), csid: 10 }, { ...two.audio(second, 300), csid: 10 })
    await t.relayed(atOne, 8, first, 300)
    await t.relayed(atTwo, 8, second, 300)
  }),
  serverCase(
    'RTMP-CHUNK-18a',
    async (t) => {
      const memory = measureMemory(t.profile.pid)
      const claim = chunk0({
        csid: 6,
        timestamp: 0,
        length: 0xffffff,
        typeId: 9,
        msid: 1,
        data: new Uint8Array(100),
      })
      for (let opened = 0; opened < 50; opened++) (await t.connect()).raw(claim)
      await t.other()
      memory.grewLessThan(10)
    },
    { alone: true },
  ),
  serverCase(
    'RTMP-CHUNK-19',
    async (t) => {
      const peer = await t.connect()
      const size = 1024 * 1024
      peer.setChunkSize(size)
      for (let csid = 70; csid < 270 && peer.ended === undefined; csid++) {
        peer.raw(
          chunk0({ csid, timestamp: 0, length: size, typeId: 9, msid: 1, data: new Uint8Array(size - 1) }),
        )
        await peer.until(() => peer.ended !== undefined, 5)
        while (peer.link.congested && peer.ended === undefined) await t.pause(5)
      }
      await t.closed(peer)
    },
    { alone: true },
  ),
]
