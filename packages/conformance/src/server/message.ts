import { check, notApplicable } from '../case/verdict.ts'
import { command, subMessage } from '../wire/commands.ts'
import { sameMedia } from '../wire/coded-media.ts'
import { holds, joined, sameBytes } from '../wire/hex.ts'
import { nameOf } from '../wire/message-text.ts'
import { AAC_HEADER, AVC_HEADER, audioFrame, OTHER_AVC_HEADER, OTHER_SPS, videoFrame } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import { pairCase } from './chunk-session.ts'
import type { Pair, Probe } from './publisher.ts'
import { serverCase, type ServerTest } from './server-test.ts'

const aggregate = (pair: Pair, timestamp: number, ...pieces: readonly Uint8Array[]): void =>
  pair.pub.peer.send({
    typeId: 22,
    msid: pair.pub.msid,
    timestamp: pair.pub.at(timestamp),
    payload: joined(...pieces),
    csid: 4,
  })

/** Two sub-messages, their times 40 ms apart, must arrive. */
const bothArrive = async (t: ServerTest, pair: Pair, audio: Uint8Array, video: Uint8Array): Promise<void> => {
  await t.relayed(pair, 8, audio)
  pair.sub.peer.rewind()
  await t.relayed(pair, 9, video)
}

/** What a sequence header is known by: its bytes; of a server that writes streams anew, by being one of that codec. */
const headerOf = async (
  t: ServerTest,
  header: Probe,
  messages: readonly SeenMessage[],
): Promise<(message: SeenMessage) => boolean> => {
  const same = ({ payload }: SeenMessage): boolean => sameBytes(payload, header.payload)
  if (messages.some(same) || !(await t.rewrites())) return same
  return ({ typeId, payload }) =>
    typeId === header.typeId && payload[0] === header.payload[0] && payload[1] === 0
}

const NO_AGGREGATES = 'the server relays nothing of aggregates, see RTMP-AGG-01'

/** Whether an ordinary aggregate reaches the player: how a peer reads special ones can be seen of such a peer only. */
const relaysAggregates = async (t: ServerTest, pair: Pair): Promise<boolean> => {
  const frame = audioFrame()
  aggregate(pair, 4000, subMessage(8, 0, frame))
  const seen = await t.heard(pair.sub.peer, 8, frame)
  return seen !== undefined
}

/** Cases about message types and aggregates (RTMP 1.0 §6, §7.1.6). */
export const messageCases = [
  serverCase('RTMP-MSG-01', async (t) => {
    const peer = await t.connect()
    for (const typeId of [0, 7, 10, 11, 12, 13, 14, 21, 23, 255])
      peer.send({ typeId, payload: new Uint8Array(10), csid: 5 })
    await t.alive(peer)
  }),
  pairCase('RTMP-MSG-02', async (t, pair) => {
    const stray = audioFrame()
    pair.pub.peer.send({ typeId: 8, msid: 77, timestamp: 300, payload: stray })
    const good = audioFrame()
    pair.pub.sendAudio(good, 320)
    await t.relayed(pair, 8, good, 320)
    const arrived = pair.sub.peer.messages.some((message) =>
      sameMedia(message, { typeId: 8, payload: stray }),
    )
    check(!arrived, 'nothing of a stream that was never created is relayed', 'it was')
    pair.pub.peer.send(command(0, 'deleteStream', 0, null, pair.pub.msid))
    pair.pub.sendAudio(audioFrame(), 340)
    await t.alive(pair.pub.peer)
  }),
  pairCase('RTMP-MSG-03', async (t, pair) => {
    const early = await t.connect()
    early.send({ typeId: 8, msid: 1, payload: audioFrame() }, { typeId: 9, msid: 1, payload: videoFrame() })
    await t.noHarm(early)
    pair.sub.peer.send({ typeId: 8, msid: pair.sub.msid, payload: audioFrame() })
    await t.noHarm(pair.sub.peer)
  }),
  pairCase('RTMP-MSG-04', async (t, pair) => {
    const slow = await t.play(pair.pub.name)
    await t.through(pair.pub, slow)
    slow.peer.link.pause()
    pair.pub.peer.setChunkSize(65536)
    for (let index = 1; index <= 300; index++) {
      pair.pub.sendVideo(videoFrame(60_000, index % 30 === 0), 400 + index * 40)
      if (index % 4 === 0) await t.pause(1)
    }
    await t.alive(pair.pub.peer)
    const from = slow.peer.messages.length
    slow.peer.link.resume()
    // It is let in again at a key frame once it has caught up, which takes as long as it takes.
    let seen: SeenMessage | undefined
    for (
      let time = 20_000;
      time < 40_000 && seen === undefined && slow.peer.ended === undefined;
      time += 1000
    ) {
      const key = videoFrame(60, true)
      pair.pub.sendVideo(key, time)
      seen = await t.heard(slow.peer, 9, key, t.answerMs / 20)
    }
    if (seen === undefined) return check(await t.hasEnded(slow.peer), 'the stream, or the end', 'neither')
    const pictures = slow.peer.since(from).filter(({ typeId }) => typeId === 9)
    for (const [index, { timestamp, payload }] of pictures.entries()) {
      const before = pictures[index - 1]?.timestamp
      if (before === undefined || timestamp - before <= 40) continue
      check(
        (payload[0] ?? 0) >> 4 === 1,
        'a key frame after a gap',
        `frame type ${(payload[0] ?? 0) >> 4} at ${timestamp}`,
      )
    }
  }),
  serverCase('RTMP-MSG-05a', async (t) => {
    const pub = await t.publish()
    pub.sendHeaders()
    pub.sendVideo(videoFrame(60, true), 0)
    pub.sendVideo(videoFrame(60), 40)
    // Whoever joins second joins a stream that the server surely has.
    await t.join(pub)
    const late = await t.play(pub.name)
    await t.through(pub, late)
    const { messages } = late.peer
    const index = (matches: (message: (typeof messages)[number]) => boolean): number =>
      messages.findIndex(matches)
    const frame = index(({ typeId, payload }) => (typeId === 9 || typeId === 8) && payload[1] === 1)
    for (const [what, at] of [
      ['onMetaData', index((message) => nameOf(message) === 'onMetaData')],
      ['the AVC sequence header', index(await headerOf(t, { typeId: 9, payload: AVC_HEADER }, messages))],
      ['the AAC sequence header', index(await headerOf(t, { typeId: 8, payload: AAC_HEADER }, messages))],
    ] as const)
      check(
        at !== -1 && at < frame,
        `${what} before any frame`,
        at === -1 ? 'it did not come' : 'it came later',
      )
    const first = messages.find(({ typeId, payload }) => typeId === 9 && payload[1] === 1)
    check(first?.payload[0] === 0x17, 'the first picture is a key frame', `first byte ${first?.payload[0]}`)
  }),
  pairCase('RTMP-MSG-05b', async (t, pair) => {
    pair.pub.sendVideo(OTHER_AVC_HEADER, 200)
    const key = videoFrame(60, true)
    pair.pub.sendVideo(key, 200)
    await t.relayed(pair, 9, key)
    const late = await t.play(pair.pub.name)
    await t.through(pair.pub, late)
    const headers = late.peer.messages.filter(({ typeId, payload }) => typeId === 9 && payload[1] === 0)
    const onlyNew =
      headers.every(({ payload }) => sameBytes(payload, OTHER_AVC_HEADER)) ||
      (headers.every(({ payload }) => holds(payload, OTHER_SPS)) && (await t.rewrites()))
    check(
      headers.length > 0 && onlyNew,
      'the new header only',
      headers.length === 0 ? 'no header' : 'the old one as well',
    )
  }),
  pairCase('RTMP-AGG-01', async (t, pair) => {
    const [audio, video] = [audioFrame(), videoFrame()]
    aggregate(pair, 5000, subMessage(8, 100, audio), subMessage(9, 140, video))
    await t.relayed(pair, 8, audio, 5000)
    pair.sub.peer.rewind()
    await t.relayed(pair, 9, video, 5040)
  }),
  pairCase('RTMP-AGG-04', async (t, pair) => {
    if (!(await relaysAggregates(t, pair))) return notApplicable(NO_AGGREGATES)
    const [audio, video] = [audioFrame(), videoFrame()]
    const stream = { stream: 0x00ffff }
    aggregate(pair, 5000, subMessage(8, 0, audio, stream), subMessage(9, 40, video, stream))
    await bothArrive(t, pair, audio, video)
  }),
  pairCase('RTMP-AGG-05', async (t, pair) => {
    if (!(await relaysAggregates(t, pair))) return notApplicable(NO_AGGREGATES)
    const [audio, video] = [audioFrame(), videoFrame()]
    const last = subMessage(9, 40, video)
    aggregate(pair, 5000, subMessage(8, 0, audio, { backPointer: 7 }), last.subarray(0, last.length - 4))
    await bothArrive(t, pair, audio, video)
  }),
  pairCase('RTMP-AGG-06a', async (t, pair) => {
    const relays = await relaysAggregates(t, pair)
    const audio = audioFrame()
    aggregate(pair, 5000, subMessage(8, 0, audio), subMessage(9, 40, videoFrame(), { length: 0xffffff }))
    if (relays) await t.relayed(pair, 8, audio)
    await t.noHarm(pair.pub.peer)
    if (!relays) notApplicable(NO_AGGREGATES)
  }),
  pairCase('RTMP-AGG-06b', async (t, pair) => {
    let nested = subMessage(8, 0, audioFrame())
    for (let depth = 0; depth < 100; depth++) nested = subMessage(22, 0, nested)
    const inner = [
      subMessage(1, 0, Uint8Array.of(0, 0, 0, 7)),
      subMessage(20, 0, command(0, 'createStream', 9, null).payload),
    ]
    aggregate(pair, 5000, nested, ...inner)
    const frame = audioFrame(300)
    pair.pub.sendAudio(frame, 5100)
    await t.relayed(pair, 8, frame)
    await t.alive(pair.pub.peer)
  }),
]
