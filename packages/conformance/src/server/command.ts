import { ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { check, fail, nonStrict, notApplicable } from '../case/verdict.ts'
import { command, data } from '../wire/commands.ts'
import { bytesOf, hexOf, joined } from '../wire/hex.ts'
import { amfValues, messageText, nameOf } from '../wire/message-text.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { measureMemory } from '../node/memory.ts'
import { pairCase } from './chunk-session.ts'
import { serverCase, type ServerTest, statusOf } from './server-test.ts'

const isAnswer = (name: string): boolean => name === '_result' || name === '_error'

/** Publishing by these commands on the way, and none before, must start. */
const publishesAfter = async (
  t: ServerTest,
  commands: readonly string[],
  afterCreate: boolean,
): Promise<void> => {
  const peer = await t.connect()
  const name = t.profile.publishAs(t.name())
  const extra = (): void => {
    for (const each of commands) peer.send(command(0, each, t.transaction(), null, name))
  }
  if (!afterCreate) extra()
  const msid = await t.createStream(peer)
  if (afterCreate) extra()
  peer.send(command(msid, 'publish', 0, null, name, 'live'))
  const code = await t.status(peer, ['NetStream.Publish.Start'])
  check(code !== undefined, `Publish.Start after ${commands.join(', ') || 'createStream alone'}`, 'none')
}

/** `connect` that cannot be accepted as it stands: an answer, or the end, and the server goes on. */
const badConnect = async (t: ServerTest, ...values: readonly unknown[]): Promise<void> => {
  const peer = await t.handshake()
  peer.send(command(0, 'connect', 1, ...values))
  const answered = await peer.until(
    () => peer.ended !== undefined || peer.messages.some((message) => isAnswer(nameOf(message))),
    t.answerMs,
  )
  check(answered, 'an answer, or the end of the connection', 'neither')
}

const createStreamBy = async (t: ServerTest, peer: WirePeer, transaction: number): Promise<void> => {
  peer.send(command(0, 'createStream', transaction, null))
  await t.result(peer, transaction)
}

/** Cases about commands of the connection (RTMP 1.0 §7.2.1). */
export const commandCases = [
  serverCase('RTMP-CMD-01a', async (t) => {
    const peer = await t.connect()
    await createStreamBy(t, peer, 17.5)
    await createStreamBy(t, peer, 2 ** 53)
  }),
  serverCase('RTMP-CMD-01b', async (t) => {
    const peer = await t.connect()
    peer.send(command(0, 'createStream', 0, null))
    await t.quiet(peer, (message) => isAnswer(nameOf(message)), 'answer to transaction id 0')
    await t.alive(peer)
  }),
  serverCase('RTMP-CMD-02a', async (t) => {
    const peer = await t.connect()
    const name = t.profile.publishAs(t.name())
    peer.send(
      command(0, 'releaseStream', 2, null, name),
      command(0, 'FCPublish', 3, null, name),
      command(0, 'createStream', 4, null),
    )
    await t.result(peer, 4)
  }),
  serverCase('RTMP-CMD-03a', async (t) => {
    const peer = await t.connect()
    const { payload } = command(0, 'createStream', 9, null)
    peer.send({ typeId: 17, payload: joined(Uint8Array.of(0), payload) })
    const seen = await peer.next(({ typeId, payload: body }) => {
      const values = amfValues(typeId === 17 ? body.subarray(1) : body)
      return (typeId === 17 || typeId === 20) && values[0] === '_result' && values[1] === 9
    }, t.answerMs)
    check(seen !== undefined, 'an answer to a command of type 17', 'none')
  }),
  serverCase('RTMP-CMD-03b', async (t) => {
    const peer = await t.connect()
    peer.send({ typeId: 17, payload: command(0, 'createStream', 9, null).payload })
    await t.alive(peer)
  }),
  pairCase('RTMP-CMD-03c', async (t, pair) => {
    const payload = joined(
      Uint8Array.of(0),
      encodeAmf0(['onMetaData']),
      bytesOf('11 0A0B01 0977696474680481 00 01'),
    )
    pair.pub.peer.send({ typeId: 15, msid: pair.pub.msid, timestamp: pair.pub.at(300), payload })
    await t.alive(pair.pub.peer)
  }),
  serverCase('RTMP-CMD-03d', async (t) => {
    const peer = await t.connect()
    for (const typeId of [15, 16, 17])
      peer.send(
        { typeId, payload: new Uint8Array(), csid: 3 },
        { typeId, payload: bytesOf('07 02 0001 61'), csid: 3 },
      )
    await t.alive(peer)
  }),
  serverCase('RTMP-CMD-05', async (t) => {
    const peer = await t.handshake()
    peer.send(command(0, 'connect', 1, ecmaArray(t.properties())))
    await t.result(peer, 1)
  }),
  serverCase('RTMP-CMD-06', async (t) => {
    const peer = await t.connect()
    peer.send(command(0, 'createStream', 4, null))
    const message = await t.answer(peer, 4)
    if (message === undefined) return fail('_result 4', 'none')
    const { payload } = message
    const shape = hexOf(joined(payload.subarray(0, 10), payload.subarray(19, 21)))
    check(
      shape === '0200075f726573756c740500' && payload.length === 29,
      '_result, number, null, number',
      hexOf(payload),
    )
  }),
  serverCase('RTMP-CMD-07a', async (t) => {
    const peer = await t.connect()
    peer.send(command(0, 'fooBar', 33, null, 1, 'two'))
    await t.alive(peer)
    peer.rewind()
    const message = await t.answer(peer, 33, 0)
    if (message !== undefined) check(nameOf(message) === '_error', '_error, or silence', messageText(message))
  }),
  serverCase('RTMP-CMD-07b', async (t) => {
    const peer = await t.connect()
    const names = ['releaseStream', 'FCPublish', 'FCUnpublish', 'FCSubscribe', '_checkbw', 'getStreamLength']
    for (const [index, name] of names.entries()) peer.send(command(0, name, 40 + index, null, t.name()))
    await t.alive(peer)
    for (const message of peer.messages)
      check(
        nameOf(message) !== '_error' || statusOf(message)['level'] !== 'error',
        'no error for commands that every encoder sends',
        messageText(message),
      )
  }),
  serverCase('RTMP-CMD-08a', async (t) => {
    const peer = await t.handshake()
    const name = t.profile.publishAs(t.name())
    peer.send(
      command(0, 'createStream', 2, null),
      command(1, 'publish', 3, null, name, 'live'),
      command(1, 'play', 4, null, name),
    )
    await t.quiet(
      peer,
      (message) => nameOf(message) === '_result' || String(statusOf(message)['code']).endsWith('.Start'),
      'success before connect',
    )
  }),
  serverCase('RTMP-CMD-08b', async (t) => {
    const peer = await t.connect()
    peer.send(command(0, 'connect', 2, t.properties({ app: 'elsewhere' })))
    const message = await t.answer(peer, 2, t.quietMs)
    check(
      message === undefined || nameOf(message) === '_error',
      '_error, or the end',
      'a second connect was accepted',
    )
    await t.noHarm(peer)
  }),
  serverCase('RTMP-CMD-09a', async (t) => {
    for (const hex of ['', '05', '00 4000000000000000', '02 0004 636F6E6E', '02 FFFF 61']) {
      const peer = await t.connect()
      peer.send({ typeId: 20, payload: bytesOf(hex) })
      await t.noHarm(peer)
      peer.link.reset()
    }
  }),
  serverCase('RTMP-CMD-09b', async (t) => {
    await badConnect(t)
    await badConnect(t, null)
    await badConnect(t, { ...t.properties(), app: 42 })
    const { app: _, ...without } = t.properties()
    await badConnect(t, without)
  }),
  pairCase('RTMP-CMD-10', async (t, pair) => {
    const peer = await t.connect()
    const msid = await t.createStream(peer)
    peer.send(command(msid, 'publish', 5, null, t.profile.publishAs(t.name()), 'live', 'more', 7, null))
    check((await t.status(peer, ['NetStream.Publish.Start'])) !== undefined, 'Publish.Start', 'none')
    const sub = await t.play(pair.pub.name)
    await t.through(pair.pub, sub)
  }),
  serverCase('RTMP-CMD-12', async (t) => {
    const peer = await t.connect()
    const at = (typeId: number): number => peer.messages.findIndex((message) => message.typeId === typeId)
    check(at(5) !== -1 && at(5) < at(20), 'Window Ack Size before _result', 'not so')
    check(at(6) !== -1 && at(6) < at(20), 'Set Peer Bandwidth before _result', 'not so')
    const message = peer.messages[at(20)]
    const info = message === undefined ? {} : statusOf(message)
    check(
      info['level'] === 'status' && info['code'] === 'NetConnection.Connect.Success',
      'level status, NetConnection.Connect.Success',
      JSON.stringify(info),
    )
  }),
  serverCase('RTMP-CMD-13', async (t) => {
    const peer = await t.handshake()
    peer.send(command(0, 'connect', 1, t.properties({ app: 'no-such-application-here' })))
    const message = await t.answer(peer, 1)
    if (message === undefined) return check(peer.ended !== undefined, 'an answer, or the end', 'neither')
    if (nameOf(message) === '_result') return notApplicable('the server takes every app')
    const code = String(statusOf(message)['code'])
    check(/Rejected|InvalidApp/.test(code), 'Connect.Rejected or Connect.InvalidApp', code)
    await t.closed(peer)
  }),
  serverCase('RTMP-CMD-14', async (t) => {
    const peer = await t.connect({ objectEncoding: 3 })
    const message = peer.messages.find((each) => nameOf(each) === '_result')
    const encoding = message === undefined ? undefined : (statusOf(message)['objectEncoding'] ?? 0)
    check(encoding === 0 || encoding === 3, 'objectEncoding 0 or 3', JSON.stringify(encoding))
    await t.alive(peer)
    const amf3 = peer.messages.some(({ typeId }) => typeId >= 15 && typeId <= 17)
    check(encoding === 3 || !amf3, 'types 18 to 20 only, as objectEncoding 0 was answered', 'types 15 to 17')
  }),
  serverCase('RTMP-CMD-15', async (t) => {
    const peer = await t.connect()
    const message = peer.messages.find((each) => nameOf(each) === '_result')
    const object = (message === undefined ? {} : amfValues(message.payload)[2]) as Record<
      string,
      unknown
    > | null
    check(typeof object?.['fmsVer'] === 'string', 'a string fmsVer', JSON.stringify(object))
    check(typeof object['capabilities'] === 'number', 'a number capabilities', JSON.stringify(object))
  }),
  serverCase('RTMP-CMD-16a', async (t) => {
    const peer = await t.connect()
    const ids = [await t.createStream(peer), await t.createStream(peer), await t.createStream(peer)]
    check(
      ids.every((id) => id >= 1 && Number.isInteger(id)),
      'ids from 1 on',
      ids.join(', '),
    )
    if (new Set(ids).size === 1) nonStrict('one message stream per connection')
    check(new Set(ids).size === 3, 'three distinct ids', ids.join(', '))
  }),
  serverCase(
    'RTMP-CMD-16b',
    async (t) => {
      const memory = t.profile.pid === undefined ? undefined : measureMemory(t.profile.pid)
      const peer = await t.connect()
      for (let sent = 0; sent < 10_000 && peer.ended === undefined; sent++) {
        peer.send(command(0, 'createStream', 1000 + sent, null))
        if (sent % 500 === 0) await t.pause(1)
      }
      await t.noHarm(peer)
      memory?.grewLessThan(30)
    },
    { alone: true },
  ),
  pairCase('RTMP-CMD-17', async (t, pair) => {
    pair.pub.peer.send(command(0, 'deleteStream', 77, null, pair.pub.msid))
    const ended = await pair.sub.peer.next(isEndOfStream, t.profile.claimed.idleMs)
    const told = ended !== undefined || pair.sub.peer.ended !== undefined
    pair.pub.peer.rewind()
    const answer = await t.answer(pair.pub.peer, 77, 0)
    check(answer === undefined, 'no answer to deleteStream', answer === undefined ? '' : messageText(answer))
    if (!told) nonStrict('the player is not told that the stream ended')
  }),
  serverCase('RTMP-CMD-17b', async (t) => {
    const peer = await t.connect()
    peer.send(command(0, 'deleteStream', 0, null, 99))
    await t.alive(peer)
  }),
  serverCase('RTMP-CMD-18', async (t) => {
    await publishesAfter(t, ['releaseStream', 'FCPublish'], true)
    await publishesAfter(t, ['FCPublish', 'releaseStream'], false)
    await publishesAfter(t, [], false)
  }),
  serverCase('AMF0-ARR-03', async (t) => {
    const peer = await t.handshake()
    peer.send(command(0, 'connect', 1, ecmaArray(t.properties())))
    await t.result(peer, 1)
    const pub = await t.publish(t.name(), peer)
    peer.send(data(pub.msid, 0, '@setDataFrame', 'onMetaData', ecmaArray({ width: 320 })))
    await t.alive(peer)
  }),
]

/** Whether a message tells a player that its stream ended. */
export const isEndOfStream = (message: Parameters<typeof nameOf>[0]): boolean => {
  if (message.typeId === 4 && message.payload[1] === 1) return true
  if (nameOf(message) !== 'onStatus') return false
  const info = amfValues(message.payload)[3] as Record<string, unknown> | undefined
  const code = String(info?.['code'])
  return (
    code === 'NetStream.Play.UnpublishNotify' ||
    code === 'NetStream.Play.Stop' ||
    code === 'NetStream.Play.Complete'
  )
}
