import { encodeAmf0 } from '@rtmp/amf0'
import { check, nonStrict } from '../case/verdict.ts'
import { measureMemory } from '../node/memory.ts'
import { bigEndian, chunk0 } from '../wire/chunk-bytes.ts'
import { command, control } from '../wire/commands.ts'
import { bytesOf, holds, joined, sameBytes } from '../wire/hex.ts'
import { nameOf } from '../wire/message-text.ts'
import { audioFrame, OTHER_AVC_HEADER, OTHER_SPS, videoFrame } from '../wire/media.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { pairCase } from './chunk-session.ts'
import { isEndOfStream } from './command.ts'
import type { Pair } from './publisher.ts'
import { serverCase, type ServerTest } from './server-test.ts'

/** AMF0 objects one inside the other, as bytes. */
const depthBomb = (depth: number): Uint8Array => {
  const bytes = new Uint8Array(depth * 4)
  for (let at = 0; at < bytes.length; at += 4) bytes.set([3, 0, 1, 0x61], at)
  return bytes
}

/** What breaks the protocol, once each. */
const errors: readonly ((peer: WirePeer) => void)[] = [
  (peer) => peer.raw(new Uint8Array(1000).fill(0xff)),
  (peer) => peer.send(control(1, 0)),
  (peer) => peer.send({ typeId: 1, payload: new Uint8Array(2) }),
  (peer) => peer.send({ typeId: 20, payload: bytesOf('02 FFFF 61') }),
  (peer) => peer.send({ typeId: 20, payload: joined(encodeAmf0(['connect', 2]), depthBomb(1000)) }),
  (peer) =>
    peer.raw(
      chunk0({ csid: 6, timestamp: 0, length: 0xffffff, typeId: 20, msid: 0, data: new Uint8Array(128) }),
    ),
  (peer) => peer.send({ typeId: 22, msid: 1, payload: new Uint8Array(50).fill(0xff) }),
]

/** Polls until a name can be published again. */
const nameFree = async (t: ServerTest, name: string, ms: number): Promise<void> => {
  for (const until = performance.now() + ms; ; ) {
    const peer = await t.connect()
    const msid = await t.createStream(peer)
    peer.send(command(msid, 'publish', 5, null, t.profile.publishAs(name), 'live'))
    if ((await t.status(peer, [])) === 'NetStream.Publish.Start') return
    peer.link.reset()
    check(performance.now() < until, `the name is free within ${ms / 1000} s`, 'it is not')
    await t.pause(100)
  }
}

const drained = async (t: ServerTest, peer: WirePeer): Promise<void> => {
  while (peer.link.congested && peer.ended === undefined) await t.pause(2)
}

/** Cases about hostile input and lost connections. */
export const robustCases = [
  pairCase('RTMP-ROB-01', async (t, pair) => {
    let time = 100
    for (const broken of errors) {
      broken(await t.connect())
      const frame = audioFrame()
      pair.pub.sendAudio(frame, (time += 20))
      await t.relayed(pair, 8, frame, time)
    }
  }),
  serverCase(
    'RTMP-ROB-04',
    async (t) => {
      const pair = await t.pair()
      const frame = videoFrame(4 * 1024 * 1024)
      const { peer } = pair.pub
      peer.setChunkSize(1)
      pair.pub.sendVideo(frame, 400)
      await t.other()
      const seen = await t.heard(pair.sub.peer, 9, frame, t.answerMs * 4)
      check(
        seen !== undefined || (await t.hasEnded(peer)),
        'the message arrives, or the connection ends',
        'neither',
      )
    },
    { alone: true },
  ),
  serverCase(
    'RTMP-ROB-05',
    async (t) => {
      const memory = t.profile.pid === undefined ? undefined : measureMemory(t.profile.pid)
      const peer = await t.connect()
      for (let csid = 70; csid < 5070 && peer.ended === undefined; csid++) {
        peer.raw(
          chunk0({ csid, timestamp: 0, length: 10_000, typeId: 9, msid: 1, data: new Uint8Array(128) }),
        )
        if (csid % 100 === 0) await t.pause(1)
      }
      await t.noHarm(peer)
      memory?.grewLessThan(60)
    },
    { alone: true },
  ),
  serverCase(
    'RTMP-ROB-06a',
    async (t) => {
      const memory = measureMemory(t.profile.pid)
      const pair = await t.pair()
      const still = await t.play(pair.pub.name)
      await t.through(pair.pub, still)
      still.peer.link.pause()
      pair.pub.peer.setChunkSize(65536)
      for (let sent = 1; sent <= 1000; sent++) {
        pair.pub.sendVideo(videoFrame(62_500, sent % 50 === 0), 400 + sent * 10)
        await drained(t, pair.pub.peer)
        if (sent % 20 === 0) await t.pause(1)
      }
      const last = audioFrame()
      pair.pub.sendAudio(last, 20_000)
      await t.relayed(pair, 8, last)
      memory.grewLessThan(150)
    },
    { alone: true },
  ),
  serverCase(
    'RTMP-ROB-06b',
    async (t) => {
      const pair = await t.pair()
      const slow = await t.play(pair.pub.name)
      await t.through(pair.pub, slow)
      for (let second = 1; second <= 60 && slow.peer.ended === undefined; second++) {
        slow.peer.link.pause()
        for (let sent = 0; sent < 25; sent++)
          pair.pub.sendVideo(videoFrame(4000, sent === 0), second * 1000 + sent * 40)
        await t.pause(900)
        slow.peer.link.resume()
        await t.pause(100)
      }
      const last = audioFrame()
      pair.pub.sendAudio(last, 100_000)
      await t.relayed(pair, 8, last)
    },
    { slow: true },
  ),
  pairCase('RTMP-ROB-07a', async (t, pair) => {
    pair.pub.peer.link.end()
    const told = await pair.sub.peer.next(isEndOfStream, t.profile.claimed.idleMs)
    check(
      told !== undefined || pair.sub.peer.ended !== undefined,
      'the player is told of the end',
      'it was not',
    )
    await nameFree(t, pair.pub.name, 2000)
  }),
  serverCase(
    'RTMP-ROB-07b',
    async (t) => {
      const pub = await t.publish()
      pub.sendHeaders()
      pub.sendAudio(audioFrame(), 20)
      await nameFree(t, pub.name, t.profile.claimed.idleMs + 10_000)
    },
    { slow: true },
  ),
  serverCase(
    'RTMP-ROB-07c',
    async (t) => {
      const memory = measureMemory(t.profile.pid)
      const name = t.name()
      for (let cycle = 0; cycle < 1000; cycle++) {
        const peer = await t.handshake()
        peer.send(command(0, 'connect', 1, t.properties()), command(0, 'createStream', 2, null))
        peer.send(command(1, 'publish', 5, null, t.profile.publishAs(name), 'live'))
        await t.result(peer, 2)
        peer.link.reset()
      }
      await nameFree(t, name, 5000)
      memory.grewLessThan(60)
    },
    { alone: true },
  ),
  serverCase(
    'RTMP-ROB-08a',
    async (t) => {
      const memory = t.profile.pid === undefined ? undefined : measureMemory(t.profile.pid)
      const peer = await t.connect()
      for (let sent = 0; sent < 100 && peer.ended === undefined; sent++) {
        peer.send(
          ...Array.from({ length: 1000 }, (_, at) => command(0, 'fooBar', 1000 + sent * 1000 + at, null)),
        )
        await drained(t, peer)
      }
      await t.noHarm(peer)
      memory?.grewLessThan(60)
    },
    { alone: true },
  ),
  pairCase('RTMP-ROB-09', async (t, pair) => {
    for (const time of [0, 4_000_000_000, 5, 0x7fffffff, 0]) {
      const frame = audioFrame()
      pair.pub.sendAudio(frame, time)
      await t.relayed(pair, 8, frame)
    }
    await t.alive(pair.pub.peer)
  }),
  serverCase('RTMP-ROB-10', async (t) => {
    for (const broken of errors.slice(0, 3)) {
      const peer = await t.connect()
      await t.alive(peer)
      const from = peer.messages.length
      broken(peer)
      if (!(await peer.until(() => peer.ended !== undefined, 1000)))
        nonStrict('the connection is open a second after the error')
      const after = peer
        .since(from)
        .find((message) => message.typeId > 6 && !['_error', 'onStatus'].includes(nameOf(message)))
      check(after === undefined, 'nothing but a status after the error', `type ${after?.typeId}`)
    }
  }),
  serverCase('AMF0-REF-03', async (t) => {
    for (const hex of ['070000', '07FFFF']) {
      const peer = await t.connect()
      peer.send({ typeId: 20, payload: joined(encodeAmf0(['fooBar', 7]), bytesOf(hex)) })
      await t.noHarm(peer)
    }
  }),
  serverCase('AMF-SEC-01c', async (t) => {
    for (const name of ['connect', 'fooBar']) {
      const peer = await (name === 'connect' ? t.handshake() : t.connect())
      peer.send({ typeId: 20, payload: joined(encodeAmf0([name, 1]), depthBomb(100_000)) })
      await peer.until(() => peer.ended !== undefined, 100)
      await t.other()
    }
    const pub = await t.publish()
    pub.peer.send({
      typeId: 18,
      msid: pub.msid,
      payload: joined(encodeAmf0(['@setDataFrame', 'onMetaData']), depthBomb(100_000)),
    })
    pub.peer.send({
      typeId: 9,
      msid: pub.msid,
      payload: joined(bytesOf('D4 68766331'), encodeAmf0(['colorInfo']), depthBomb(100_000)),
    })
    await t.noHarm(pub.peer)
  }),
  serverCase('AMF-SEC-04', async (t) => {
    const peer = await t.connect()
    const size = 1_000_000
    peer.setChunkSize(65536)
    peer.send({
      typeId: 20,
      payload: joined(
        encodeAmf0(['fooBar', 7]),
        Uint8Array.of(10),
        bigEndian(size, 4),
        new Uint8Array(size).fill(5),
      ),
    })
    await t.noHarm(peer)
  }),
  pairCase('AMF-SEC-07', async (t, pair) => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString']
    const properties = new Uint8Array(
      joined(
        ...names.map((name) =>
          joined(
            bigEndian(name.length, 2),
            new TextEncoder().encode(name),
            bytesOf('03 0008 706F6C6C75746564 0101 000009'),
          ),
        ),
      ),
    )
    const object = joined(Uint8Array.of(3), properties, bytesOf('000009'))
    const peer = await t.handshake()
    const inside = encodeAmf0([t.properties()])
    peer.send({
      typeId: 20,
      payload: joined(
        encodeAmf0(['connect', 1]),
        inside.subarray(0, inside.length - 3),
        properties,
        bytesOf('000009'),
      ),
    })
    await t.result(peer, 1)
    pair.pub.peer.send({
      typeId: 18,
      msid: pair.pub.msid,
      payload: joined(encodeAmf0(['@setDataFrame', 'onMetaData']), object),
    })
    await t.alive(pair.pub.peer)
  }),
  pairCase('FLV-AVC-07', async (t, pair) => {
    pair.pub.sendVideo(bytesOf('17 02 000000'), 300)
    await newHeaderFirst(t, pair)
  }),
  pairCase('FLV-AVC-08', async (t, pair) => {
    await newHeaderFirst(t, pair)
    const late = await t.play(pair.pub.name)
    await t.through(pair.pub, late)
    const headers = late.peer.messages.filter(({ typeId, payload }) => typeId === 9 && payload[1] === 0)
    check(
      headers.some(({ payload }) => sameBytes(payload, OTHER_AVC_HEADER)) ||
        ((await t.rewrites()) && headers.some(({ payload }) => holds(payload, OTHER_SPS))),
      'the new header for whoever joins later',
      'not it',
    )
  }),
  pairCase('FLV-AVC-09', async (t, pair) => {
    pair.pub.sendVideo(bytesOf('27 01 000000'), 300)
    const next = videoFrame()
    pair.pub.sendVideo(next, 340)
    await t.relayed(pair, 9, next, 340)
    await t.alive(pair.pub.peer)
  }),
]

/** A header that changes in the middle of a stream reaches the player before the picture behind it. */
const newHeaderFirst = async (t: ServerTest, pair: Pair): Promise<void> => {
  const key = videoFrame(60, true)
  pair.pub.sendVideo(OTHER_AVC_HEADER, 340)
  pair.pub.sendVideo(key, 340)
  const header = await t.heard(pair.sub.peer, 9, OTHER_AVC_HEADER)
  pair.sub.peer.rewind()
  const picture = await t.relayed(pair, 9, key)
  if (header !== undefined) return check(header.endsAt < picture.endsAt, 'the new header first', 'after it')
  // A server that writes streams anew may put the parameter sets into the picture itself.
  const before = pair.sub.peer.messages.some(
    ({ typeId, payload, endsAt }) => typeId === 9 && endsAt <= picture.endsAt && holds(payload, OTHER_SPS),
  )
  check(before && (await t.rewrites()), 'the new header before the picture', 'it did not come')
}
