import { ecmaArray } from '@rtmp/amf0'
import { check, fail } from '../case/verdict.ts'
import { command, data } from '../wire/commands.ts'
import { amfValues, messageText, nameOf } from '../wire/message-text.ts'
import { AAC_HEADER, AVC_HEADER, audioFrame, videoFrame } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import { type Pair, Publisher } from './publisher.ts'
import type { ServerTest } from './server-test.ts'

export const isMedia = ({ typeId }: SeenMessage): boolean => typeId === 8 || typeId === 9

/** How a publisher may stop; afterwards players must be told and the name be free. */
export const ends: Readonly<Record<string, (pub: Publisher) => void>> = {
  'FCUnpublish and deleteStream': ({ peer, msid, name }) =>
    peer.send(command(0, 'FCUnpublish', 50, null, name), command(0, 'deleteStream', 51, null, msid)),
  closeStream: ({ peer, msid }) => peer.send(command(msid, 'closeStream', 0, null)),
  FIN: ({ peer }) => peer.link.end(),
  RST: ({ peer }) => peer.link.reset(),
}

/** Publishes a name again until that works, and says whether it did in time. */
export const freeAgain = async (t: ServerTest, name: string, ms: number): Promise<void> => {
  const until = performance.now() + ms
  for (;;) {
    const peer = await t.connect()
    const msid = await t.createStream(peer)
    peer.send(command(msid, 'publish', 5, null, t.profile.publishAs(name), 'live'))
    if ((await t.status(peer, [])) === 'NetStream.Publish.Start') return
    peer.link.reset()
    check(performance.now() < until, `the name is free again within ${ms / 1000} s`, 'it is not')
    await t.pause(100)
  }
}

/** Metadata sent in this form must reach a player as onMetaData and its value. */
export const metadataArrives = async (
  t: ServerTest,
  pair: Pair,
  ...values: readonly unknown[]
): Promise<void> => {
  pair.pub.peer.send(data(pair.pub.msid, pair.pub.at(100), ...values))
  const late = await t.play(pair.pub.name)
  await t.through(pair.pub, late)
  const seen = late.peer.messages
    .filter((message) => message.typeId === 18 && nameOf(message) === 'onMetaData')
    .at(-1)
  if (seen === undefined) return fail('onMetaData at a player that joins', 'none')
  const value = amfValues(seen.payload)[1] as Record<string, unknown> | undefined
  check(value?.['title'] === 'conformance', 'the value that was published', messageText(seen))
}

/** A pair whose player has paused. */
export const pausedPair = async (t: ServerTest): Promise<Pair> => {
  const pair = await t.pair()
  pair.sub.peer.send(command(pair.sub.msid, 'pause', 0, null, true, 0))
  const code = await t.status(pair.sub.peer, ['NetStream.Pause.Notify'])
  check(code !== undefined, 'NetStream.Pause.Notify', 'none')
  return pair
}

/** Switches one kind of media off and on again. */
export const switches = async (
  t: ServerTest,
  pair: Pair,
  name: 'receiveVideo' | 'receiveAudio',
): Promise<void> => {
  const { pub, sub } = pair
  const typeId = name === 'receiveVideo' ? 9 : 8
  sub.peer.send(command(sub.msid, name, 0, null, false))
  await t.alive(sub.peer)
  const from = sub.peer.messages.length
  const [audio, video] = [audioFrame(), videoFrame(60, true)]
  pub.sendVideo(video, 300)
  pub.sendAudio(audio, 300)
  await t.relayed(pair, typeId === 9 ? 8 : 9, typeId === 9 ? audio : video)
  await t.pause(Math.min(300, t.quietMs))
  const seen = sub.peer.since(from).find((message) => message.typeId === typeId)
  check(seen === undefined, `nothing of it after ${name}(false)`, seen === undefined ? '' : messageText(seen))
  sub.peer.send(command(sub.msid, name, 0, null, true))
  await t.alive(sub.peer)
  const again = typeId === 9 ? videoFrame(60, true) : audioFrame()
  pub.peer.send(pub.media({ typeId, payload: again }, 400))
  await t.relayed(pair, typeId, again)
}

/** A stream that is published reaches a player; all of it on one csid when asked for. */
export const mediaFlows = async (
  t: ServerTest,
  { peer, msid, name }: Pick<Publisher, 'peer' | 'msid' | 'name'>,
  csid?: number,
): Promise<void> => {
  const on = csid === undefined ? {} : { csid }
  peer.send({ ...data(msid, 0, '@setDataFrame', 'onMetaData', ecmaArray({ width: 320 })), ...on })
  peer.send(
    { typeId: 9, msid, timestamp: 0, payload: AVC_HEADER, ...on },
    { typeId: 8, msid, timestamp: 0, payload: AAC_HEADER, ...on },
  )
  const pub = new Publisher(peer, msid, name)
  const { sub } = await t.join(pub)
  const [key, audio] = [videoFrame(400, true), audioFrame(200)]
  peer.send({ ...pub.video(key, pub.nextTime), ...on }, { ...pub.audio(audio, pub.nextTime), ...on })
  for (const [typeId, payload] of [
    [9, key],
    [8, audio],
  ] as const) {
    sub.peer.rewind()
    const seen = await t.heard(sub.peer, typeId, payload)
    check(seen !== undefined, 'the published media at a player', 'it did not come')
  }
}
