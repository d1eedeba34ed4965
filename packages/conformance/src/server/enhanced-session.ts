import { encodeAmf0 } from '@rtmp/amf0'
import { check, notApplicable } from '../case/verdict.ts'
import { data } from '../wire/commands.ts'
import { bytesOf, hexOf, joined, sameBytes } from '../wire/hex.ts'
import { amfValues, nameOf } from '../wire/message-text.ts'
import { audioFrame, HVCC, nalUnit } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import type { Pair, Player, Publisher } from './publisher.ts'
import { type ServerTest, statusOf } from './server-test.ts'

/** The headers of a stream of HEVC and Opus. */
export const HEVC_HEADER = bytesOf(`90 68766331 ${HVCC}`)
export const OPUS_HEADER = bytesOf('90 4F707573 4F70757348656164 01 01 3801 80BB0000 0000 00')
export const OPUS_CHANNELS = bytesOf('94 4F707573 01 01 00000004')

const VIDEO = ['avc1', 'hvc1', 'av01', 'vp08', 'vp09', 'vvc1']
const AUDIO = ['mp4a', '.mp3', 'Opus', 'fLaC', 'ac-3', 'ec-3']
const canAll = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(['*', ...names].map((name) => [name, 7]))

/** What a client says that wants everything of E-RTMP: by the wildcard, and by names for servers that compare them. */
export const EVERYTHING = {
  fourCcList: ['*', ...VIDEO, ...AUDIO],
  videoFourCcInfoMap: canAll(VIDEO),
  audioFourCcInfoMap: canAll(AUDIO),
  capsEx: 15,
  videoFunction: 7,
}

const AVC1 = '61766331'

/** A video message that begins so, with a NAL unit of this size behind: of H.264 or HEVC, of a key frame or another, as its head says. */
export const withNal = (head: string, size = 36): Uint8Array => {
  const bytes = bytesOf(head)
  const key = ((bytes[0] ?? 0) >> 4) % 8 === 1
  return joined(bytes, nalUnit(head.includes(AVC1) ? 'avc1' : 'hvc1', key, size))
}

/** A key frame of HEVC. */
export const hevcKey = (): Uint8Array => withNal('91 68766331 000000')
export const opus = (): Uint8Array => joined(bytesOf('91 4F707573'), audioFrame(30))

/** A colour as encoders send it; `bits` makes each unlike the others. */
export const colorInfo = (bits: number): Uint8Array =>
  joined(bytesOf('D4 68766331'), encodeAmf0(['colorInfo', { colorConfig: { bitDepth: bits } }]))

/** A publisher of HEVC and Opus, and a player that announced everything. */
export const enhancedPair = async (t: ServerTest, sub: Record<string, unknown> = EVERYTHING): Promise<Pair> =>
  t.join(await enhancedPublisher(t, EVERYTHING), sub)

const SEQUENCE_START = 0
const MULTICHANNEL_CONFIG = 4

/** Whether an enhanced message is a header of a track. */
const isHeader = (typeId: number, [first = 0, second = 0]: Uint8Array): boolean => {
  const type = first & 15
  const inner = type === (typeId === 9 ? 6 : 5) ? second & 15 : type
  return first >= 0x80 && (inner === SEQUENCE_START || (typeId === 8 && inner === MULTICHANNEL_CONFIG))
}

/**
 * Sends messages of the publisher in turn and expects each at the player, byte for byte. A server that writes streams
 * anew has said what is in the headers already.
 */
export const allRelayed = async (
  t: ServerTest,
  pair: Pair,
  messages: readonly (readonly [8 | 9, Uint8Array])[],
): Promise<void> => {
  let timestamp = 400
  for (const [typeId, payload] of messages) {
    pair.pub.peer.send(pair.pub.media({ typeId, payload }, timestamp))
    timestamp += 20
  }
  for (const [typeId, payload] of messages) {
    pair.sub.peer.rewind()
    if (isHeader(typeId, payload) && (await t.heard(pair.sub.peer, typeId, payload)) === undefined) {
      check(await t.rewrites(), `${hexOf(payload, 12)} at the player`, 'it did not come')
      continue
    }
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
  const pair = await t.pair({ sub: EVERYTHING })
  for (const payload of payloads) pair.pub.peer.send(pair.pub.media({ typeId, payload }, 300))
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
  const pub = await t.publish(t.name(), await t.connect(announce), () => ({ typeId: 9, payload: hevcKey() }))
  pub.peer.send(
    data(pub.msid, 0, '@setDataFrame', 'onMetaData', {
      width: 320,
      height: 180,
      videocodecid: 0x68766331,
      audiocodecid: 0x4f707573,
    }),
  )
  pub.sendVideo(HEVC_HEADER, 0)
  pub.sendAudio(OPUS_HEADER, 0)
  pub.sendAudio(OPUS_CHANNELS, 0)
  pub.otherTracks = [() => ({ typeId: 8, payload: opus() })]
  return pub
}

/** A payload comes to a player, byte for byte. */
export const arrives = async (
  t: ServerTest,
  { peer }: Player,
  payload: Uint8Array,
  typeId: 8 | 9 = 9,
): Promise<void> => {
  peer.rewind()
  const seen = await t.heard(peer, typeId, payload)
  check(seen !== undefined, `${hexOf(payload, 12)} at the player`, 'it did not come')
}

/** Where a header stands at a player: by its bytes; of a server that writes streams anew, the first of that kind and codec. */
export const headerAt = async (t: ServerTest, { peer }: Player, payload: Uint8Array): Promise<number> => {
  const exact = peer.messages.findIndex((message) => sameBytes(message.payload, payload))
  if (exact !== -1 || !(await t.rewrites())) return exact
  const kind = (bytes: Uint8Array): string =>
    hexOf(bytes.map((byte, at) => (at === 0 ? byte & 0x8f : byte)).subarray(0, 5))
  return peer.messages.findIndex(
    (message) => (message.typeId === 8 || message.typeId === 9) && kind(message.payload) === kind(payload),
  )
}
