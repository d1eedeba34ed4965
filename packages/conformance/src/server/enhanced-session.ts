import { encodeAmf0 } from '@rtmp/amf0'
import { check, notApplicable } from '../case/verdict.ts'
import { bytesOf, hexOf, joined, sameBytes } from '../wire/hex.ts'
import { amfValues, nameOf } from '../wire/message-text.ts'
import { audioFrame, videoFrame } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import type { Pair, Player, Publisher } from './publisher.ts'
import { type ServerTest, statusOf } from './server-test.ts'

/** A decoder record of HEVC, and the headers of a stream of HEVC and Opus. */
export const HVCC =
  '01 01 60000000 000000000000 3F F000FCFDF8F8 00000F 03 20 0001 0003 400101 21 0001 0003 420101 22 0001 0003 440101'
export const HEVC_HEADER = bytesOf(`90 68766331 ${HVCC}`)
export const OPUS_HEADER = bytesOf('90 4F707573 4F70757348656164 01 01 3801 80BB0000 0000 00')
export const OPUS_CHANNELS = bytesOf('94 4F707573 01 01 00000004')

/** What a client says that wants everything of E-RTMP. */
export const EVERYTHING = {
  fourCcList: ['*'],
  videoFourCcInfoMap: { '*': 7 },
  audioFourCcInfoMap: { '*': 7 },
  capsEx: 15,
  videoFunction: 7,
}

/** A video message that begins so, with a NAL unit of this size behind. */
export const withNal = (head: string, size = 40): Uint8Array =>
  joined(bytesOf(head), videoFrame(size + 5).subarray(5))
export const opus = (): Uint8Array => joined(bytesOf('91 4F707573'), audioFrame(30))

/** A colour as encoders send it; `bits` makes each unlike the others. */
export const colorInfo = (bits: number): Uint8Array =>
  joined(bytesOf('D4 68766331'), encodeAmf0(['colorInfo', { colorConfig: { bitDepth: bits } }]))

/** A publisher of E-RTMP and a player that announced everything. */
export const enhancedPair = async (t: ServerTest, sub: Record<string, unknown> = EVERYTHING): Promise<Pair> =>
  t.pair({ sub, pub: {} })

/** Sends messages of the publisher in turn and expects each at the player, byte for byte. */
export const allRelayed = async (
  t: ServerTest,
  pair: Pair,
  messages: readonly (readonly [8 | 9, Uint8Array])[],
): Promise<void> => {
  let timestamp = 400
  for (const [typeId, payload] of messages) {
    pair.pub.peer.send({ typeId, msid: pair.pub.msid, timestamp, payload })
    timestamp += 20
  }
  for (const [typeId, payload] of messages) {
    pair.sub.peer.rewind()
    await t.relayed(pair, typeId, payload)
  }
}

/** Messages that no server can know: it stays up, and what follows is relayed. */
export const survives = async (
  t: ServerTest,
  typeId: 8 | 9,
  payloads: readonly Uint8Array[],
): Promise<void> => {
  const pair = await enhancedPair(t)
  for (const payload of payloads) pair.pub.peer.send({ typeId, msid: pair.pub.msid, timestamp: 300, payload })
  const frame = audioFrame()
  pair.pub.sendAudio(frame, 340)
  await t.relayed(pair, 8, frame)
  await t.alive(pair.pub.peer)
}

/** Both objects of the answer to connect, put together. */
export const announced = (peer: WirePeer): Record<string, unknown> => {
  const message = peer.messages.find((each) => nameOf(each) === '_result')
  const [, , first, second] = message === undefined ? [] : amfValues(message.payload)
  return { ...(first as object | undefined), ...(second as object | undefined) }
}

/** Whether it asks the client to reconnect. */
export const isReconnect = (message: SeenMessage): boolean =>
  nameOf(message) === 'onStatus' && statusOf(message)['code'] === 'NetConnection.Connect.ReconnectRequest'

/** Makes the server drain, by the command it was given for that. */
export const drain = async (t: ServerTest): Promise<void> => {
  if (t.profile.drain === undefined)
    return notApplicable('needs to make the server drain: give --drain <command>')
  t.leaving = true
  await t.profile.drain()
}

/** A publisher of HEVC and Opus. */
export const enhancedPublisher = async (
  t: ServerTest,
  announce: Record<string, unknown> = {},
): Promise<Publisher> => {
  const pub = await t.publish(t.name(), await t.connect(announce))
  pub.sendVideo(HEVC_HEADER, 0)
  pub.sendAudio(OPUS_HEADER, 0)
  pub.sendAudio(OPUS_CHANNELS, 0)
  return pub
}

/** A payload comes to a player, byte for byte. */
export const arrives = async (t: ServerTest, { peer }: Player, payload: Uint8Array): Promise<void> => {
  peer.rewind()
  const seen = await peer.next((message) => sameBytes(message.payload, payload), t.answerMs)
  check(seen !== undefined, `${hexOf(payload, 12)} at the player`, 'it did not come')
}
