import { check, notApplicable } from '../case/verdict.ts'
import { bigEndian, chunk0, chunk1, chunk3 } from '../wire/chunk-bytes.ts'
import { command, control } from '../wire/commands.ts'
import { joined } from '../wire/hex.ts'
import { audioFrame, isSound, videoFrame } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { audio0, ordinarySession, pairCase, rest, video0 } from './chunk-session.ts'
import type { Publisher } from './publisher.ts'
import { measureMemory } from '../node/memory.ts'
import { serverCase, type ServerTest } from './server-test.ts'

const acknowledgements = (peer: WirePeer): readonly number[] =>
  peer.messages.filter(({ typeId }) => typeId === 3).map(({ payload }) => u32(payload))

const u32 = (payload: Uint8Array): number => new DataView(payload.buffer, payload.byteOffset).getUint32(0)

/** Publishes this many bytes of video and waits until the server has read them. */
const pour = async (t: ServerTest, pub: Publisher, bytes: number): Promise<void> => {
  const { peer } = pub
  const size = 10_000
  peer.setChunkSize(4096)
  for (let sent = 0; sent < bytes; sent += size) {
    peer.send(pub.video(videoFrame(size, sent === 0), 100 + sent / 100))
    while (peer.link.congested && peer.ended === undefined) await t.pause(2)
  }
  await t.alive(peer)
}

const mustEnd = (id: string, size: number) =>
  serverCase(id, async (t) => {
    const peer = await t.connect()
    peer.send(control(1, size))
    await t.closed(peer)
  })

/** Cases about protocol control messages (RTMP 1.0 §5.4). */
export const protocolControlCases = [
  serverCase('RTMP-PCM-01a', async (t) => {
    const pair = await ordinarySession(t)
    for (const { messages } of [pair.pub.peer, pair.sub.peer]) {
      const wrong = messages.find(
        ({ typeId, csid, msid }) => [1, 2, 3, 5, 6].includes(typeId) && (csid !== 2 || msid !== 0),
      )
      check(
        wrong === undefined,
        'protocol control on csid 2, stream 0',
        `type ${wrong?.typeId}, csid ${wrong?.csid}, stream ${wrong?.msid}`,
      )
    }
  }),
  serverCase('RTMP-PCM-01b', async (t) => {
    const peer = await t.connect()
    peer.send({ ...control(1, 4096), csid: 3, msid: 1 })
    peer.chunkSize = 4096
    const transaction = t.transaction()
    peer.send(command(0, 'createStream', transaction, null, 'x'.repeat(300)))
    await t.result(peer, transaction)
  }),
  serverCase('RTMP-PCM-02a', async (t) => {
    for (const typeId of [1, 2, 3, 5, 6])
      for (let length = 0; length < 4; length++) {
        const peer = await t.connect()
        peer.send({ typeId, payload: new Uint8Array(length) })
        await t.pause(1)
        await t.noHarm(peer)
        peer.link.reset()
      }
  }),
  serverCase('RTMP-PCM-02b', async (t) => {
    const peer = await t.connect()
    peer.send({ typeId: 1, payload: joined(bigEndian(1000, 4), bigEndian(7, 4)) })
    peer.chunkSize = 1000
    const transaction = t.transaction()
    peer.send(command(0, 'createStream', transaction, null, 'x'.repeat(500)))
    await t.result(peer, transaction)
  }),
  serverCase('RTMP-PCM-03a', async (t) => {
    const peer = await t.connect()
    peer.setChunkSize(1)
    await t.alive(peer)
  }),
  pairCase('RTMP-PCM-03b', async (t, pair) => {
    const before = pair.sub.peer.judge.announcedSizes.length
    pair.sub.peer.setChunkSize(4096)
    const frame = videoFrame(9000)
    pair.pub.sendVideo(frame, 400)
    await t.relayed(pair, 9, frame)
    check(
      pair.sub.peer.judge.broken === undefined && pair.sub.peer.judge.announcedSizes.length === before,
      'the server keeps its own chunk size',
      'it changed with the tester’s',
    )
  }),
  pairCase('RTMP-PCM-04a', async (t, pair) => {
    const frame = videoFrame(200 * 1024)
    pair.pub.peer.setChunkSize(0x7fffffff)
    pair.pub.sendVideo(frame, 400)
    await t.relayed(pair, 9, frame, 400)
  }),
  serverCase('RTMP-PCM-04b', async (t) => {
    const peer = await t.connect()
    for (const size of [0xffffff, 0x1000000]) {
      peer.setChunkSize(size)
      await t.alive(peer)
    }
  }),
  serverCase(
    'RTMP-PCM-04c',
    async (t) => {
      const memory = measureMemory(t.profile.pid)
      for (let opened = 0; opened < 100; opened++) (await t.connect()).setChunkSize(0x7fffffff)
      await t.other()
      memory.grewLessThan(20)
    },
    { alone: true },
  ),
  mustEnd('RTMP-PCM-05a', 0),
  mustEnd('RTMP-PCM-05b', 0x80000080),
  serverCase('RTMP-PCM-06', async (t) => {
    const pair = await ordinarySession(t)
    for (const { judge } of [pair.pub.peer, pair.sub.peer]) {
      const small = judge.announcedSizes.find((size) => size < 128)
      check(small === undefined, 'announced chunk sizes of at least 128', String(small))
    }
  }),
  pairCase('RTMP-PCM-07', async (t, pair) => {
    const frame = videoFrame(1000)
    const { peer } = pair.pub
    peer.raw(video0(pair, 6, 400, frame.subarray(0, 128), 1000))
    peer.setChunkSize(300)
    peer.raw(
      chunk3(6, frame.subarray(128, 428)),
      chunk3(6, frame.subarray(428, 728)),
      chunk3(6, frame.subarray(728)),
    )
    await t.relayed(pair, 9, frame, 400)
  }),
  serverCase('RTMP-PCM-08', async (t) => {
    const peer = await t.connect()
    peer.setChunkSize(1)
    peer.setChunkSize(128)
    await t.alive(peer)
  }),
  serverCase('RTMP-PCM-09', async (t) => {
    const peer = await t.connect()
    const size = peer.judge.announcedSizes.at(-1)
    if (size === undefined) return notApplicable('the server announces no chunk size')
    peer.setChunkSize(size)
    const pub = await t.publish(t.name(), peer)
    pub.sendHeaders()
    const { sub, shift } = await t.join(pub)
    const frame = videoFrame(size + 1000)
    pub.sendVideo(frame, 400)
    await t.relayed({ sub, shift }, 9, frame, 400)
  }),
  serverCase('RTMP-PCM-10', async (t) => {
    const peer = await t.handshake()
    peer.setChunkSize(4096)
    peer.send(command(0, 'connect', 1, t.properties({ swfUrl: 'x'.repeat(200) })))
    await t.result(peer, 1)
  }),
  pairCase('RTMP-PCM-11a', async (t, pair) => {
    const [half, whole] = [audioFrame(1000), audioFrame(200)]
    const { peer } = pair.pub
    peer.raw(
      audio0(pair, 10, 300, half.subarray(0, 128), 1000),
      ...[1, 2, 3].map((at) => chunk3(10, half.subarray(at * 128, at * 128 + 128))),
    )
    peer.send(control(2, 10))
    peer.raw(audio0(pair, 10, 400, whole.subarray(0, 128), 200), rest(10, whole))
    const seen = await pair.sub.peer.next(isSound, t.answerMs)
    check(
      seen !== undefined && seen.payload.every((byte, at) => byte === whole[at]),
      'only the message after the abort arrives',
      seen === undefined ? 'nothing came' : `${seen.payload.length} bytes of another`,
    )
  }),
  serverCase('RTMP-PCM-12a', async (t) => {
    const peer = await t.connect()
    peer.send(control(2, 999), control(2, 3))
    await t.alive(peer)
  }),
  pairCase('RTMP-PCM-12b', async (t, pair) => {
    const [half, whole] = [audioFrame(256), audioFrame(100)]
    const { peer } = pair.pub
    peer.raw(audio0(pair, 10, 1000, half.subarray(0, 128), 256))
    peer.send(control(2, 10))
    peer.raw(chunk1({ csid: 10, delta: 20, typeId: 8, data: whole }))
    await t.relayed(pair, 8, whole, 1020)
  }),
  serverCase('RTMP-PCM-13a', async (t) => {
    const pub = await t.publish()
    pub.peer.send(control(5, 100_000))
    pub.sendHeaders()
    const mebibyte = 1024 * 1024
    await pour(t, pub, mebibyte)
    const counts = [0, ...acknowledgements(pub.peer)]
    check(counts.length > 1, 'acknowledgements', 'none')
    const steps = counts.slice(1).map((count, index) => count - (counts[index] ?? 0))
    // A read from the socket may run past the window before the server looks at it.
    const slack = 100_000 + 65_536 + 3073
    check(
      steps.every((step) => step <= slack),
      'one at least every 100000 bytes',
      `${Math.max(...steps)} bytes between two`,
    )
  }),
  serverCase('RTMP-PCM-14', async (t) => {
    const pub = await t.publish()
    pub.peer.send(control(5, 50_000))
    pub.sendHeaders()
    await pour(t, pub, 500_000)
    const counts = acknowledgements(pub.peer)
    check(
      counts.every((count, index) => count >= (counts[index - 1] ?? 0)),
      'values that rise',
      counts.join(', '),
    )
    const last = counts.at(-1) ?? 0
    const sent = pub.peer.bytesSent
    check(
      last <= sent && last >= sent - 50_000 - 65_536 - 3073,
      `within a window of ${sent} bytes`,
      String(last),
    )
  }),
  serverCase('RTMP-PCM-15a', async (t) => {
    const pair = await t.pair()
    await pour(t, pair.pub, 20 * 1024 * 1024)
    const frame = audioFrame()
    pair.pub.sendAudio(frame, 210_000)
    await t.relayed(pair, 8, frame)
  }),
  pairCase('RTMP-PCM-15b', async (t, pair) => {
    for (const count of [0, 0xffffffff, 0xffffffff, 0xf0000000, 0]) pair.sub.peer.send(control(3, count))
    const frame = audioFrame()
    pair.pub.sendAudio(frame, 300)
    await t.relayed(pair, 8, frame)
    await t.alive(pair.sub.peer)
  }),
  serverCase('RTMP-PCM-15c', async (t) => {
    const peer = await t.connect()
    const thousand = joined(
      ...Array.from({ length: 1000 }, (_, index) =>
        chunk0({ csid: 2, timestamp: 0, typeId: 3, msid: 0, data: bigEndian(index, 4) }),
      ),
    )
    for (let sent = 0; sent < 100; sent++) peer.raw(thousand)
    await t.noHarm(peer)
  }),
  serverCase('RTMP-PCM-16a', async (t) => {
    const peer = await t.connect()
    const before = acknowledgements(peer).length
    peer.send(control(5, 0))
    await t.alive(peer)
    for (let sent = 0; sent < 20; sent++) await t.alive(peer)
    const count = acknowledgements(peer).length - before
    check(count <= 21, 'no storm of acknowledgements', `${count} for 21 commands`)
  }),
  serverCase('RTMP-PCM-16b', async (t) => {
    const pub = await t.publish()
    pub.peer.send(control(5, 1))
    pub.sendHeaders()
    pub.peer.setChunkSize(4096)
    for (let sent = 0; sent < 100; sent++) pub.sendVideo(videoFrame(10_000, sent === 0), sent * 40)
    await t.noHarm(pub.peer)
    const bytes = pub.peer.bytesReceived
    check(bytes < 16 * 1024 * 1024, 'less than 16 MiB of acknowledgements', `${bytes} bytes`)
  }),
  serverCase('RTMP-PCM-17', async (t) => {
    const peer = await t.connect()
    const window = peer.messages.findIndex(({ typeId }) => typeId === 5)
    check(window !== -1, 'Window Ack Size with the answer to connect', 'none')
    const result = peer.messages.findIndex((message: SeenMessage) => message.typeId === 20)
    check(window < result, 'Window Ack Size before _result', 'after it')
  }),
  serverCase('RTMP-PCM-20', async (t) => {
    const pair = await t.pair()
    pair.sub.peer.send({ typeId: 6, payload: joined(bigEndian(1000, 4), Uint8Array.of(0)) })
    await pour(t, pair.pub, 200_000)
    await t.other()
  }),
  serverCase('RTMP-PCM-21', async (t) => {
    const peer = await t.connect()
    peer.send({ typeId: 6, payload: bigEndian(2_500_000, 4) })
    peer.send({ typeId: 6, payload: joined(bigEndian(2_500_000, 4), Uint8Array.of(9)) })
    await t.alive(peer)
  }),
]
