import { check } from '../case/verdict.ts'
import { bigEndian, chunk0, chunk3 } from '../wire/chunk-bytes.ts'
import { command, control, subMessage, userControl } from '../wire/commands.ts'
import { joined } from '../wire/hex.ts'
import { audioFrame, videoFrame } from '../wire/media.ts'
import { type ClientTest, clientCase } from './client-test.ts'
import { ServerSide } from './server-side.ts'

/** A rule about how chunks are written, in an ordinary session. */
const writes = (id: string, rule: string) =>
  clientCase(id, async (t) => {
    const side = await t.serve()
    await t.works(side)
    const { judge } = side.peer
    check(judge.broken === undefined, 'every byte is part of a chunk', judge.broken ?? '')
    check(!judge.faults.has(rule), rule, judge.faults.get(rule) ?? '')
  })

/** Something is sent in the middle of a session, and the client bears it. */
const bears = (id: string, send: (side: ServerSide) => void) =>
  clientCase(id, async (t) => {
    const side = await t.serve()
    await t.works(side)
    send(side)
    await t.alive(side)
  })

/** Something that no client can bear is sent: it leaves. */
const leavesAfter = (id: string, send: (side: ServerSide) => void) =>
  clientCase(id, async (t) => {
    const side = await t.serve()
    await t.works(side)
    send(side)
    await t.leaves(side.peer)
  })

const acknowledgements = ({ peer }: ServerSide): readonly number[] =>
  peer.messages
    .filter(({ typeId }) => typeId === 3)
    .map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(0))

/** Plays so many bytes to a client with a window. */
const playBytes = async (t: ClientTest, window: number, bytes: number): Promise<ServerSide> => {
  const side = await t.serve('play')
  await t.works(side)
  side.peer.send(control(5, window))
  side.peer.setChunkSize(4096)
  for (let sent = 0; sent < bytes; sent += 10_000) side.peer.send(side.video(videoFrame(10_000, sent === 0)))
  await t.alive(side)
  return side
}

const repeat = (payload: Uint8Array, times: number): Uint8Array =>
  joined(...Array.from({ length: times }, () => payload))

/** Cases about a client's chunks and control messages. */
export const clientWireCases = [
  clientCase('RTMP-CHUNK-01d', async (t) => {
    const answerOn =
      (csid: number) =>
      (side: ServerSide, values: readonly unknown[]): void => {
        const info = { level: 'status', code: 'NetConnection.Connect.Success', description: 'yes' }
        side.peer.send({ ...command(0, '_result', Number(values[1]), {}, info), csid })
      }
    await t.works(await t.serve(undefined, { on: { connect: answerOn(320) } }))
  }),
  writes('RTMP-CHUNK-02a', 'csid in its shortest form'),
  clientCase('RTMP-CHUNK-03a', async (t) => {
    const side = await t.serve()
    await t.works(side)
    const wrong = side.peer.messages.find(({ csid, typeId }) => csid === 2 && typeId > 6)
    check(wrong === undefined, 'no media or command on csid 2', `type ${wrong?.typeId}`)
  }),
  writes('RTMP-CHUNK-05a', 'backward timestamps as type 0'),
  clientCase('RTMP-CHUNK-09c', async (t) => {
    const side = await t.serve('play')
    await t.works(side)
    const frames = [audioFrame(), audioFrame(), audioFrame()] as const
    side.peer.raw(
      chunk0({ csid: 10, timestamp: 0, typeId: 8, msid: 1, data: frames[0] }),
      joined(Uint8Array.of(0x8a), bigEndian(20, 3), frames[1]),
      chunk3(10, frames[2]),
    )
    await t.alive(side)
  }),
  writes('RTMP-CHUNK-11', 'every byte is part of a chunk'),
  writes('RTMP-CHUNK-12', 'continuation chunks of type 3'),
  clientCase('RTMP-CHUNK-18b', async (t) => {
    const side = await t.serve('play')
    await t.works(side)
    side.peer.raw(
      chunk0({ csid: 20, timestamp: 0, length: 0xffffff, typeId: 9, msid: 1, data: new Uint8Array(128) }),
    )
    await t.noHarm(side)
  }),
  writes('RTMP-CHUNK-22', 'no message that begins with type 3 right after type 0'),
  writes('RTMP-CHUNK-24c', 'no extended timestamp below 0xffffff'),
  writes('RTMP-CHUNK-26b', 'the same extended timestamp in every chunk of a message'),
  clientCase('RTMP-PCM-01a', async (t) => {
    const side = await t.serve()
    await t.works(side)
    const wrong = side.peer.messages.find(
      ({ typeId, csid, msid }) => [1, 2, 3, 5, 6].includes(typeId) && (csid !== 2 || msid !== 0),
    )
    check(
      wrong === undefined,
      'protocol control on csid 2, stream 0',
      `type ${wrong?.typeId}, csid ${wrong?.csid}, stream ${wrong?.msid}`,
    )
  }),
  leavesAfter('RTMP-PCM-05a', ({ peer }) => peer.send(control(1, 0))),
  leavesAfter('RTMP-PCM-05b', ({ peer }) => peer.send(control(1, 0x80000080))),
  clientCase('RTMP-PCM-06', async (t) => {
    const side = await t.serve()
    await t.works(side)
    const small = side.peer.judge.announcedSizes.find((size) => size < 128)
    check(small === undefined, 'announced chunk sizes of at least 128', String(small))
  }),
  clientCase('RTMP-PCM-11b', async (t) => {
    const side = await t.serve()
    await t.works(side)
    side.peer.raw(
      chunk0({ csid: 12, timestamp: 0, length: 500, typeId: 20, msid: 1, data: new Uint8Array(128).fill(2) }),
    )
    side.peer.send(control(2, 12))
    side.peer.send({
      ...command(1, 'onStatus', 0, null, { level: 'status', code: 'NetStream.Data.Start', description: '' }),
      csid: 12,
    })
    await t.alive(side)
  }),
  clientCase('RTMP-PCM-13b', async (t) => {
    const counts = [0, ...acknowledgements(await playBytes(t, 50_000, 500_000))]
    check(counts.length > 1, 'acknowledgements', 'none')
    const steps = counts.slice(1).map((count, index) => count - (counts[index] ?? 0))
    check(
      steps.every((step) => step <= 50_000 + 65_536 + 3073),
      'one at least every 50000 bytes',
      `${Math.max(...steps)} bytes between two`,
    )
  }),
  clientCase('RTMP-PCM-14', async (t) => {
    const side = await playBytes(t, 50_000, 500_000)
    const counts = acknowledgements(side)
    check(
      counts.every((count, index) => count >= (counts[index - 1] ?? 0)),
      'values that rise',
      counts.join(', '),
    )
    const last = counts.at(-1) ?? 0
    const sent = side.peer.bytesSent
    check(
      last <= sent && last >= sent - 50_000 - 65_536 - 3073,
      `within a window of ${sent} bytes`,
      String(last),
    )
  }),
  bears('RTMP-PCM-16a', ({ peer }) => peer.send(control(5, 0))),
  clientCase('RTMP-PCM-16b', async (t) => {
    const side = await playBytes(t, 1, 1_000_000)
    check(
      side.peer.bytesReceived < 16 * 1024 * 1024,
      'less than 16 MiB of acknowledgements',
      `${side.peer.bytesReceived} bytes`,
    )
  }),
  clientCase('RTMP-PCM-18', async (t) => {
    const info = { level: 'status', code: 'NetConnection.Connect.Success', description: 'yes' }
    await t.works(
      await t.serve(undefined, {
        on: { connect: (side, values) => side.result(Number(values[1]), {}, info) },
      }),
    )
  }),
  clientCase('RTMP-PCM-19', async (t) => {
    const side = await t.serve()
    await t.works(side)
    const from = side.peer.messages.length
    side.peer.send({ typeId: 6, payload: joined(bigEndian(1_000_000, 4), Uint8Array.of(0)) })
    const answered = (): boolean => side.peer.since(from).some(({ typeId }) => typeId === 5)
    check(
      await side.peer.until(answered, t.answerMs / 2),
      'Window Ack Size in answer to Set Peer Bandwidth',
      'none',
    )
  }),
  bears('RTMP-PCM-21', ({ peer }) => {
    peer.send({ typeId: 6, payload: bigEndian(2_500_000, 4) })
    peer.send({ typeId: 6, payload: joined(bigEndian(2_500_000, 4), Uint8Array.of(9)) })
  }),
  clientCase('RTMP-UCM-01', async (t) => {
    const side = await t.serve()
    await t.works(side)
    await t.alive(side)
    const wrong = side.peer.messages.find(
      ({ typeId, csid, msid }) => typeId === 4 && (csid !== 2 || msid !== 0),
    )
    check(
      wrong === undefined,
      'user control on csid 2, stream 0',
      `csid ${wrong?.csid}, stream ${wrong?.msid}`,
    )
  }),
  clientCase('RTMP-UCM-02a', async (t) => {
    const side = await t.serve()
    await t.works(side)
    await t.pongs(side)
  }),
  clientCase('RTMP-UCM-03b', async (t) => {
    const side = await t.serve(undefined, {
      on: {
        publish: (each) => each.status('NetStream.Publish.Start'),
        play: (each) => {
          each.status('NetStream.Play.Start')
          each.beginMedia()
        },
      },
    })
    await t.works(side)
  }),
  bears('RTMP-UCM-04a', ({ peer }) => {
    for (const event of [5, 8, 9, 31, 32, 0x7fff]) peer.send(userControl(event, 1))
  }),
  bears('RTMP-UCM-04b', ({ peer }) => {
    for (const event of [0, 1, 2, 4, 6, 7])
      for (const length of [0, 1, 2, 5])
        peer.send({ typeId: 4, payload: Uint8Array.of(0, event, 0, 0, 0).subarray(0, length) })
  }),
  bears('RTMP-MSG-01', ({ peer }) => {
    for (const typeId of [0, 7, 10, 11, 12, 13, 14, 21, 23, 255])
      peer.send({ typeId, payload: new Uint8Array(10), csid: 5 })
  }),
  clientCase('RTMP-AGG-02', async (t) => {
    const side = await t.serve('play')
    await t.works(side)
    const payload = joined(subMessage(8, 100, audioFrame()), subMessage(9, 140, videoFrame()))
    side.peer.send({ typeId: 22, msid: 1, timestamp: 5000, payload, csid: 4 })
    await t.alive(side)
  }),
  clientCase('RTMP-AGG-06a', async (t) => {
    const side = await t.serve('play')
    await t.works(side)
    const payload = joined(
      subMessage(8, 0, audioFrame()),
      subMessage(9, 40, videoFrame(), { length: 0xffffff }),
    )
    side.peer.send({ typeId: 22, msid: 1, timestamp: 5000, payload, csid: 4 })
    await t.noHarm(side)
  }),
  clientCase('RTMP-ROB-08b', async (t) => {
    const side = await t.serve()
    await t.works(side)
    const call = chunk0({
      csid: 3,
      timestamp: 0,
      typeId: 20,
      msid: 0,
      data: command(0, 'fooBar', 9, null).payload,
    })
    const thousand = repeat(call, 1000)
    side.peer.link.pause()
    for (let sent = 0; sent < 100 && side.peer.ended === undefined; sent++) {
      side.peer.raw(thousand)
      await t.pause(2)
    }
    side.peer.link.resume()
    // One that reads a message for every few that it sends is not through with them for hours.
    await t.goesOn(side)
  }),
]
