import { ecmaArray } from '@rtmp/amf0'
import { check, nonStrict } from '../case/verdict.ts'
import { command, control, data, userControl } from '../wire/commands.ts'
import { sameMedia } from '../wire/coded-media.ts'
import { amfValues, messageText, nameOf } from '../wire/message-text.ts'
import { audioFrame, videoFrame } from '../wire/media.ts'
import { pairCase } from './chunk-session.ts'
import { isEndOfStream } from './command.ts'
import { serverCase, statusOf } from './server-test.ts'
import {
  ends,
  freeAgain,
  isMedia,
  mediaFlows,
  metadataArrives,
  pausedPair,
  switches,
} from './net-stream-session.ts'

/** Cases about message streams: publish, play and what follows (RTMP 1.0 §7.2.2). */
export const netStreamCases = [
  serverCase('RTMP-NS-01', async (t) => {
    const peer = await t.connect()
    await t.createStream(peer)
    peer.send(command(0, 'publish', 5, null, t.profile.publishAs(t.name()), 'live'))
    await t.alive(peer)
  }),
  serverCase('RTMP-NS-02', async (t) => {
    const pair = await t.pair()
    for (const { peer, msid } of [pair.pub, pair.sub]) {
      const statuses = peer.messages.filter(
        (message) => message.typeId === 20 && nameOf(message) === 'onStatus',
      )
      check(statuses.length > 0, 'onStatus', 'none')
      for (const message of statuses) {
        const [, transaction, object] = amfValues(message.payload)
        const { level, code, description } = statusOf(message)
        const whole = [level, code, description].every((text) => typeof text === 'string')
        check(
          transaction === 0 && object === null && whole,
          'transaction id 0, null, level, code and description',
          messageText(message),
        )
        check(message.msid === msid, `message stream ${msid}`, `message stream ${message.msid}`)
      }
    }
  }),
  serverCase('RTMP-NS-03a', async (t) => {
    await t.publish()
  }),
  pairCase('RTMP-NS-04', async (t, pair) => {
    const peer = await t.connect()
    const msid = await t.createStream(peer)
    peer.send(command(msid, 'publish', 5, null, t.profile.publishAs(pair.pub.name), 'live'))
    const code = await t.status(peer, [])
    if (code === 'NetStream.Publish.Start') return nonStrict('the second publisher takes over')
    check(code === 'NetStream.Publish.BadName', 'NetStream.Publish.BadName', code ?? 'nothing')
    const frame = audioFrame()
    pair.pub.sendAudio(frame, 300)
    await t.relayed(pair, 8, frame, 300)
  }),
  serverCase('RTMP-NS-06', async (t) => {
    for (const type of [[], ['LIVE'], ['foo']]) {
      const peer = await t.connect()
      const msid = await t.createStream(peer)
      peer.send(command(msid, 'publish', 5, null, t.profile.publishAs(t.name()), ...type))
      const code = await t.status(peer, [])
      check(
        code === 'NetStream.Publish.Start',
        `Publish.Start for type ${type[0] ?? 'none'}`,
        code ?? 'nothing',
      )
    }
  }),
  serverCase('RTMP-NS-07', async (t) => {
    for (const name of ['', `${t.name()}/b`, `${t.name()}?tok=a&b=c`, `${t.name()}${'ü'.repeat(140)}`]) {
      const peer = await t.connect()
      const msid = await t.createStream(peer)
      peer.send(command(msid, 'publish', 5, null, t.profile.publishAs(name), 'live'))
      const code = await t.status(peer, [])
      check(
        code !== undefined || peer.ended !== undefined,
        `a status for the name "${name.slice(0, 40)}"`,
        'none',
      )
    }
  }),
  pairCase('RTMP-NS-08a', async (t, pair) =>
    metadataArrives(t, pair, '@setDataFrame', 'onMetaData', ecmaArray({ title: 'conformance' })),
  ),
  pairCase('RTMP-NS-08b', async (t, pair) =>
    metadataArrives(t, pair, 'onMetaData', { title: 'conformance' }),
  ),
  pairCase('RTMP-NS-08c', async (t, pair) => {
    pair.pub.peer.setChunkSize(65536)
    pair.pub.peer.send(
      data(pair.pub.msid, pair.pub.at(100), '@setDataFrame', 'onMetaData', { title: 'x'.repeat(900 * 1024) }),
    )
    for (let sent = 0; sent < 1000; sent++)
      pair.pub.peer.send(
        data(pair.pub.msid, pair.pub.at(100 + sent), '@setDataFrame', 'onMetaData', { title: String(sent) }),
      )
    await t.noHarm(pair.pub.peer)
  }),
  serverCase('RTMP-NS-09a', async (t) => {
    for (const [how, end] of Object.entries(ends)) {
      const pair = await t.pair()
      end(pair.pub)
      const told = await pair.sub.peer.next(isEndOfStream, t.profile.claimed.idleMs)
      check(
        told !== undefined || pair.sub.peer.ended !== undefined,
        `the player is told of the end by ${how}`,
        'it was not',
      )
      await freeAgain(t, pair.pub.name, 2000)
    }
  }),
  pairCase('RTMP-NS-10', async (t, pair) => {
    for (const start of [[-2000], [-1000], [-2], [-1], [0], []]) {
      const sub = await t.play(pair.pub.name, undefined, ...start)
      await t.through(pair.pub, sub)
      sub.peer.link.reset()
    }
  }),
  pairCase('RTMP-NS-11a', async (_, pair) => {
    const { messages } = pair.sub.peer
    const start = messages.findIndex(
      (message) => nameOf(message) === 'onStatus' && statusOf(message)['code'] === 'NetStream.Play.Start',
    )
    check(start !== -1, 'NetStream.Play.Start', 'none')
    check(start < messages.findIndex(isMedia), 'Play.Start before the first media', 'after it')
  }),
  pairCase('RTMP-NS-11b', async (t, pair) => {
    const sub = await t.play(pair.pub.name, undefined, -2000, -1, true)
    await t.status(sub.peer, ['NetStream.Play.Start'])
    const codes = sub.peer.messages
      .filter((message) => nameOf(message) === 'onStatus')
      .map((message) => statusOf(message)['code'])
    const [reset, start] = [codes.indexOf('NetStream.Play.Reset'), codes.indexOf('NetStream.Play.Start')]
    check(reset !== -1 && reset < start, 'Play.Reset before Play.Start', codes.join(', '))
  }),
  serverCase('RTMP-NS-13', async (t) => {
    const name = t.name()
    const sub = await t.play(name)
    const code = await t.status(
      sub.peer,
      ['NetStream.Play.StreamNotFound', 'NetStream.Play.Failed'],
      t.quietMs,
    )
    if (code !== undefined || sub.peer.ended !== undefined) return
    const pub = await t.publish(name)
    pub.sendHeaders()
    await t.through(pub, sub)
  }),
  pairCase('RTMP-NS-14', async (t, pair) => {
    const other = await t.publish()
    other.sendHeaders()
    pair.sub.peer.send(
      command(pair.sub.msid, 'play2', 0, null, {
        streamName: t.profile.playAs(other.name),
        transition: 'switch',
      }),
    )
    await t.alive(pair.sub.peer)
    const [frame, switched] = [videoFrame(60, true), videoFrame(60, true)]
    pair.pub.sendVideo(frame, 300)
    other.sendVideo(switched, 300)
    const seen = await pair.sub.peer.next(
      (message) =>
        sameMedia(message, { typeId: 9, payload: frame }) ||
        sameMedia(message, { typeId: 9, payload: switched }),
      t.answerMs,
    )
    check(seen !== undefined, 'media of the old or the new stream goes on', 'nothing')
  }),
  serverCase('RTMP-NS-15', async (t) => {
    const pub = await t.publish()
    pub.sendHeaders()
    pub.sendVideo(videoFrame(60, true), 0)
    for (let sent = 1; sent < 10; sent++) pub.sendVideo(videoFrame(), sent * 40)
    // Whoever joins second joins a stream that the server surely has.
    await t.join(pub)
    pub.sendVideo(videoFrame(), 380)
    await t.alive(pub.peer)
    const sub = await t.play(pub.name)
    pub.sendVideo(videoFrame(), 400)
    await t.through(pub, sub)
    const first = sub.peer.messages.find(({ typeId, payload }) => typeId === 9 && payload[1] === 1)
    check(
      (first?.payload[0] ?? 0) >> 4 === 1,
      'the first picture is a key frame',
      `frame type ${(first?.payload[0] ?? 0) >> 4}`,
    )
  }),
  serverCase('RTMP-NS-16a', async (t) => {
    const { pub, sub } = await pausedPair(t)
    await t.pause(Math.min(500, t.quietMs))
    const from = sub.peer.messages.length
    for (let sent = 1; sent <= 5; sent++) pub.sendVideo(videoFrame(60, sent === 1), sent * 40)
    await t.alive(pub.peer)
    await t.pause(t.quietMs)
    const seen = sub.peer.since(from).find(isMedia)
    check(seen === undefined, 'no media while paused', seen === undefined ? '' : messageText(seen))
    sub.peer.send(command(sub.msid, 'pause', 0, null, false, 0))
    const code = await t.status(sub.peer, ['NetStream.Unpause.Notify'])
    check(code !== undefined, 'NetStream.Unpause.Notify', 'none')
  }),
  pairCase('RTMP-NS-16b', async (t, pair) => {
    pair.sub.peer.send(command(pair.sub.msid, 'seek', 61, null, 10_000))
    await t.alive(pair.sub.peer)
    const codes = pair.sub.peer.messages
      .filter((message) => nameOf(message) === 'onStatus')
      .map((message) => String(statusOf(message)['code']))
    const notified = codes.includes('NetStream.Seek.Notify')
    if (notified) nonStrict('seek on a live stream is notified')
  }),
  pairCase('RTMP-NS-17', async (t, pair) => {
    await switches(t, pair, 'receiveVideo')
    await switches(t, pair, 'receiveAudio')
  }),
  serverCase('RTMP-SEQ-01', async (t) => {
    const peer = await t.connect({ flashVer: 'FMLE/3.0 (compatible; Lavf60.16.100)' })
    const name = t.name()
    const key = t.profile.publishAs(name)
    const size = peer.judge.announcedSizes.at(-1)
    if (size !== undefined) peer.setChunkSize(size)
    peer.send(
      command(0, 'releaseStream', 2, null, key),
      command(0, 'FCPublish', 3, null, key),
      command(0, 'createStream', 4, null),
    )
    const msid = Number((await t.result(peer, 4))[3])
    peer.send({ ...command(msid, 'publish', 5, null, key, 'live'), csid: 8 })
    check((await t.status(peer, ['NetStream.Publish.Start'])) !== undefined, 'Publish.Start', 'none')
    await mediaFlows(t, { peer, msid, name })
  }),
  serverCase('RTMP-SEQ-02', async (t) => {
    const peer = await t.handshake()
    peer.setChunkSize(4096)
    peer.send(command(0, 'connect', 1, t.properties({ flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)' })))
    await t.result(peer, 1)
    const name = t.name()
    const key = t.profile.publishAs(name)
    peer.send(
      command(0, 'releaseStream', 2, null, key),
      command(0, 'FCPublish', 3, null, key),
      command(0, 'createStream', 4, null),
    )
    const msid = Number((await t.result(peer, 4))[3])
    peer.send({ ...command(msid, 'publish', 5, null, key, 'live'), csid: 4 })
    check((await t.status(peer, ['NetStream.Publish.Start'])) !== undefined, 'Publish.Start', 'none')
    await mediaFlows(t, { peer, msid, name }, 4)
  }),
  pairCase('RTMP-SEQ-03', async (t, pair) => {
    const key = t.profile.playAs(pair.pub.name)
    const ffmpeg = await t.connect({
      fpad: false,
      capabilities: 15,
      audioCodecs: 4071,
      videoCodecs: 252,
      videoFunction: 1,
    })
    ffmpeg.send(control(5, 2_500_000))
    const msid = await t.createStream(ffmpeg)
    ffmpeg.send(
      { ...command(0, 'getStreamLength', 3, null, key), csid: 8 },
      { ...command(msid, 'play', 4, null, key, -2000), csid: 8 },
      userControl(3, msid, 3000),
    )
    await t.through(pair.pub, { peer: ffmpeg, msid })
    const dump = await t.connect({ audioCodecs: 3191, videoCodecs: 252, videoFunction: 1 })
    dump.send(control(5, 2_500_000), userControl(3, 0, 300))
    const stream = await t.createStream(dump)
    dump.send(
      command(0, 'FCSubscribe', 3, null, key),
      { ...command(stream, 'play', 4, null, key, -1000), csid: 8 },
      userControl(3, stream, 36_000_000),
    )
    await t.through(pair.pub, { peer: dump, msid: stream })
  }),
  serverCase('RTMP-SEQ-06', async (t) => {
    const pub = await t.publish()
    await mediaFlows(t, pub)
  }),
]
