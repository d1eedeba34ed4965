import { check } from '../case/verdict.ts'
import { chunk0, chunk3 } from '../wire/chunk-bytes.ts'
import { joined } from '../wire/hex.ts'
import { audioFrame, videoFrame } from '../wire/media.ts'
import type { Pair } from './publisher.ts'
import { serverCase, type ServerTest } from './server-test.ts'

/** An audio chunk of type 0 on this csid, whole unless cut by `length`. */
export const audio0 = (
  pair: Pair,
  csid: number,
  timestamp: number,
  bytes: Uint8Array,
  length = bytes.length,
): Uint8Array =>
  chunk0({ csid, timestamp: pair.pub.at(timestamp), length, typeId: 8, msid: pair.pub.msid, data: bytes })

/** The same for video. */
export const video0 = (
  pair: Pair,
  csid: number,
  timestamp: number,
  bytes: Uint8Array,
  length = bytes.length,
): Uint8Array =>
  chunk0({ csid, timestamp: pair.pub.at(timestamp), length, typeId: 9, msid: pair.pub.msid, data: bytes })

/** A case with a publisher and a player. */
export const pairCase = (id: string, run: (t: ServerTest, pair: Pair) => Promise<void>) =>
  serverCase(id, async (t) => run(t, await t.pair()))

/** The rest of a payload behind its first 128 bytes, as type 3 chunks. */
export const rest = (csid: number, payload: Uint8Array, extended?: number, size = 128): Uint8Array => {
  const pieces: Uint8Array[] = []
  for (let at = size; at < payload.length; at += size)
    pieces.push(chunk3(csid, payload.subarray(at, at + size), extended))
  return joined(...pieces)
}

/** Runs an ordinary session, to see how the server writes chunks. */
export const ordinarySession = async (t: ServerTest): Promise<Pair> => {
  const pair = await t.pair()
  for (let index = 1; index <= 10; index++) {
    const [audio, video] = [audioFrame(200), videoFrame(400, index === 5)]
    pair.pub.sendAudio(audio, index * 40)
    pair.pub.sendVideo(video, index * 40)
    await t.relayed(pair, 8, audio)
    pair.sub.peer.rewind()
    await t.relayed(pair, 9, video)
  }
  return pair
}

/** Both connections’ server side kept the rules about chunks. */
export const wellWritten = (pair: Pair, ...rules: readonly string[]): void => {
  for (const { judge } of [pair.pub.peer, pair.sub.peer]) {
    check(judge.broken === undefined, 'every byte is part of a chunk', judge.broken ?? '')
    for (const rule of rules) check(!judge.faults.has(rule), rule, judge.faults.get(rule) ?? '')
  }
}
