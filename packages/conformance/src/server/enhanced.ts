import { encodeAmf0 } from '@rtmp/amf0'
import { check, fail } from '../case/verdict.ts'
import { bigEndian } from '../wire/chunk-bytes.ts'
import { command } from '../wire/commands.ts'
import { sameMedia } from '../wire/coded-media.ts'
import { bytesOf, hexOf, joined } from '../wire/hex.ts'
import { amfValues, messageText, nameOf } from '../wire/message-text.ts'
import { AAC_HEADER, audioFrame, AV1_SEQUENCE, AVC_HEADER, HVCC, videoFrame } from '../wire/media.ts'
import type { Probe } from './publisher.ts'
import { serverCase, statusOf } from './server-test.ts'
import {
  allRelayed,
  announced,
  arrives,
  colorInfo,
  drain,
  enhancedPair,
  enhancedPublisher,
  EVERYTHING,
  headerAt,
  hevcKey,
  HEVC_HEADER,
  isReconnect,
  opus,
  OPUS_CHANNELS,
  OPUS_HEADER,
  survives,
  withNal,
} from './enhanced-session.ts'

/** Cases about Enhanced RTMP (E-RTMP v2). */
export const enhancedCases = [
  serverCase('ERTMP-VID-02b', async (t) => {
    const pair = await enhancedPair(t)
    await allRelayed(t, pair, [
      [9, HEVC_HEADER],
      [8, OPUS_HEADER],
      [8, OPUS_CHANNELS],
      [9, colorInfo(8)],
      [9, withNal('91 68766331 0000C8')],
      [9, withNal('A1 68766331 00012C')],
      [9, withNal('A3 68766331')],
      [8, opus()],
    ])
  }),
  serverCase('ERTMP-VID-06a', (t) =>
    survives(t, 9, [bytesOf('90 7A7A7A7A 01'), bytesOf('99 68766331 01'), bytesOf('F1 68766331 000000')]),
  ),
  serverCase('ERTMP-CODEC-05', async (t) => {
    const peer = await t.connect(EVERYTHING)
    const pub = await t.publish(t.name(), peer, () => ({ typeId: 9, payload: hevcKey() }))
    pub.sendVideo(hevcKey(), 0)
    pub.sendVideo(HEVC_HEADER, 40)
    await t.join(pub, EVERYTHING)
    await t.alive(pub.peer)
  }),
  serverCase('ERTMP-AUD-02', (t) =>
    survives(t, 8, [
      ...[3, 6, 8, 15].map((type) => bytesOf(`9${type.toString(16)} 4F707573 01`)),
      bytesOf('90 7A7A7A7A 01'),
    ]),
  ),
  serverCase('ERTMP-AUD-04', (t) => survives(t, 8, [new Uint8Array()])),
  serverCase('ERTMP-MODEX-05', async (t) => {
    const pair = await enhancedPair(t, { ...EVERYTHING, capsEx: 2 })
    pair.pub.sendVideo(withNal('97 02 07A120 03 68766331'), 300)
    const key = hevcKey()
    pair.pub.sendVideo(key, 340)
    await t.relayed(pair, 9, key)
    const seen = pair.sub.peer.messages.find(({ typeId, payload }) => typeId === 9 && payload[0] === 0x97)
    check(seen === undefined, 'no ModEx for a player without it', seen === undefined ? '' : messageText(seen))
  }),
  serverCase('ERTMP-MODEX-06', (t) =>
    survives(t, 9, [
      bytesOf('97 FF FFFF 00112233445566778899AABBCCDDEEFF'),
      joined(bytesOf('97'), ...Array.from({ length: 10_000 }, () => bytesOf('00 AA 07'))),
    ]),
  ),
  serverCase('ERTMP-MT-01b', async (t) => {
    const pub = await t.publish()
    pub.sendHeaders()
    const headers = [
      [9, joined(bytesOf('96 00 68766331 01'), bytesOf(HVCC))],
      [8, bytesOf('95 00 2E6D7033 01')],
      [8, bytesOf('95 00 6D703461 02 1190')],
    ] as const
    for (const [typeId, payload] of headers) pub.sendMedia({ typeId, payload }, 0)
    const tracks: readonly (() => Probe)[] = [
      () => ({ typeId: 9, payload: withNal('96 01 68766331 01 0000C8') }),
      () => ({ typeId: 8, payload: audioFrame() }),
      () => ({ typeId: 8, payload: joined(bytesOf('95 01 2E6D7033 01'), audioFrame(30)) }),
      () => ({ typeId: 8, payload: joined(bytesOf('95 01 6D703461 02'), audioFrame(30)) }),
    ]
    pub.otherTracks = tracks
    const pair = await t.join(pub, EVERYTHING)
    await allRelayed(t, pair, [
      ...headers,
      [9, videoFrame(60, true)],
      ...tracks.map((frame) => frame()).map(({ typeId, payload }) => [typeId, payload] as const),
    ])
  }),
  serverCase('ERTMP-MT-12', async (t) => {
    const pub = await t.publish()
    pub.sendHeaders()
    pub.sendVideo(joined(bytesOf('96 00 68766331 01'), bytesOf(HVCC)), 0)
    const pair = await t.join(pub, { ...EVERYTHING, capsEx: 0 })
    pair.pub.sendVideo(withNal('96 01 68766331 01 000000'), 300)
    const key = videoFrame(60, true)
    pair.pub.sendVideo(key, 340)
    await t.relayed(pair, 9, key)
    const seen = pair.sub.peer.messages.find(
      ({ typeId, payload }) => typeId === 9 && ((payload[0] ?? 0) & 0x8f) === 0x86,
    )
    check(
      seen === undefined,
      'track 0 only, for a player without Multitrack',
      seen === undefined ? '' : messageText(seen),
    )
  }),
  serverCase('ERTMP-META-01', async (t) => {
    const pair = await enhancedPair(t)
    const [before, after] = [colorInfo(10), colorInfo(12)]
    const [one, two] = [hevcKey(), hevcKey()]
    await allRelayed(t, pair, [
      [9, before],
      [9, HEVC_HEADER],
      [9, one],
      [9, HEVC_HEADER],
      [9, after],
      [9, two],
    ])
    const at = (payload: Uint8Array): number =>
      pair.sub.peer.messages.findIndex((message) => sameMedia(message, { typeId: 9, payload }))
    check(
      at(before) < at(one) && at(one) < at(after) && at(after) < at(two),
      'each colour before the next frame',
      'not so',
    )
  }),
  serverCase('ERTMP-META-07', (t) =>
    survives(t, 9, [
      bytesOf('D4 68766331 02 0009 636F6C6F72'),
      joined(
        bytesOf('D4 68766331'),
        encodeAmf0(['colorInfo']),
        bytesOf('03 0001 61').slice(0, 4),
        ...Array.from({ length: 5000 }, () => bytesOf('03 0001 61')),
      ),
    ]),
  ),
  serverCase('ERTMP-CAPS-01b', async (t) => {
    const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap } = EVERYTHING
    for (const announce of [
      { fourCcList },
      { videoFourCcInfoMap, audioFourCcInfoMap },
      { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap },
    ]) {
      await t.join(await enhancedPublisher(t, announce), announce)
    }
  }),
  serverCase('ERTMP-CAPS-02', async (t) => {
    await t.join(await enhancedPublisher(t), EVERYTHING)
  }),
  serverCase('ERTMP-CAPS-04a', async (t) => {
    const answer = announced(await t.connect(EVERYTHING))
    const keys = ['capsEx', 'videoFourCcInfoMap', 'audioFourCcInfoMap']
    check(
      keys.every((key) => answer[key] !== undefined),
      keys.join(', '),
      Object.keys(answer).join(', '),
    )
  }),
  serverCase('ERTMP-CAPS-05', async (t) => {
    const peer = await t.connect({
      ...EVERYTHING,
      capsEx: 0xffffffff,
      videoFunction: 0xffff,
      fooBar: { a: [1] },
    })
    await t.publish(t.name(), peer)
  }),
  serverCase('ERTMP-CAPS-06', async (t) => {
    const odd: readonly Record<string, unknown>[] = [
      { fourCcList: 'hvc1' },
      { fourCcList: { 0: 'hvc1' } },
      { fourCcList: 7 },
      { fourCcList: Array.from({ length: 10_000 }, () => 'hvc1') },
      { fourCcList: ['hvc', 'hvc11', ''] },
      { videoFourCcInfoMap: { hvc1: '7' }, audioFourCcInfoMap: null },
      { capsEx: Number.NaN },
      { capsEx: -1 },
      { capsEx: '3' },
    ]
    for (const announce of odd) {
      const peer = await t.handshake()
      peer.send(command(0, 'connect', 1, t.properties(announce)))
      const message = await t.answer(peer, 1)
      check(
        message !== undefined || peer.ended !== undefined,
        'an answer, or the end',
        `neither for ${JSON.stringify(announce).slice(0, 60)}`,
      )
      peer.link.reset()
    }
  }),
  serverCase('ERTMP-CAPS-08', async (t) => {
    const key = (): Uint8Array =>
      joined(bytesOf(`91 61763031 ${AV1_SEQUENCE} 32 1C`), audioFrame(30).subarray(2))
    const peer = await t.connect({ fourCcList: ['*'] })
    const pub = await t.publish(t.name(), peer, () => ({ typeId: 9, payload: key() }))
    pub.sendVideo(bytesOf(`90 61763031 81 00 0C 00 ${AV1_SEQUENCE}`), 0)
    const { sub: silent } = await t.join(pub)
    const other = await t.play(pub.name, await t.connect({ fourCcList: ['hvc1'] }))
    const frame = key()
    pub.sendVideo(frame, pub.nextTime)
    await arrives(t, silent, frame)
    await t.noHarm(other.peer)
  }),
  serverCase(
    'ERTMP-RR-01',
    async (t) => {
      const peer = await t.connect({ ...EVERYTHING, capsEx: 1 })
      await t.publish(t.name(), peer)
      await drain(t)
      const message = await peer.next(isReconnect, t.answerMs)
      if (message === undefined) return fail('a reconnect request', 'none')
      const [, transaction, object] = amfValues(message.payload)
      check(
        message.msid === 0 && transaction === 0 && object === null,
        'stream 0, transaction id 0, null',
        messageText(message),
      )
      check(statusOf(message)['level'] === 'status', 'level status', messageText(message))
    },
    { alone: true },
  ),
  serverCase(
    'ERTMP-RR-04',
    async (t) => {
      const pair = await t.pair({ pub: { ...EVERYTHING, capsEx: 1 } })
      await drain(t)
      await pair.pub.peer.next(isReconnect, t.answerMs)
      const frame = audioFrame()
      pair.pub.sendAudio(frame, 400)
      await t.relayed(pair, 8, frame)
    },
    { alone: true },
  ),
  serverCase(
    'ERTMP-RR-06',
    async (t) => {
      const peer = await t.connect()
      await t.publish(t.name(), peer)
      await drain(t)
      await t.quiet(peer, isReconnect, 'request to a client that did not announce Reconnect')
    },
    { alone: true },
  ),
  serverCase('ERTMP-AMF-01', async (t) => {
    const pair = await t.pair({ sub: { objectEncoding: 0 } })
    const frame = audioFrame()
    pair.pub.sendAudio(frame, 300)
    await t.relayed(pair, 8, frame)
    for (const { messages } of [pair.pub.peer, pair.sub.peer]) {
      const wrong = messages.find(({ typeId }) => typeId >= 15 && typeId <= 17)
      check(wrong === undefined, 'no message of type 15, 16 or 17', `type ${wrong?.typeId}`)
    }
  }),
  serverCase('ERTMP-AMF-02', async (t) => {
    const peer = await t.connect()
    peer.send(
      { typeId: 17, payload: joined(Uint8Array.of(1), encodeAmf0(['createStream', 9, null])) },
      { typeId: 15, payload: joined(Uint8Array.of(7), encodeAmf0(['onMetaData', {}])), csid: 3 },
    )
    await t.quiet(
      peer,
      (message) => nameOf(message) === '_result' && amfValues(message.payload)[1] === 9,
      'answer to an unknown format',
    )
    await t.alive(peer)
  }),
  serverCase('ERTMP-IOP-01', async (t) => {
    const pub = await enhancedPublisher(t, EVERYTHING)
    const second = joined(bytesOf('96 00 68766331 01'), bytesOf(HVCC))
    const color = colorInfo(10)
    pub.sendVideo(second, 0)
    pub.sendVideo(color, 0)
    pub.sendVideo(hevcKey(), 0)
    await t.alive(pub.peer)
    const { sub } = await t.join(pub, EVERYTHING)
    const other = withNal('96 01 68766331 01 000000')
    pub.sendVideo(other, pub.nextTime)
    await arrives(t, sub, other)
    const { messages } = sub.peer
    const first = messages.findIndex(
      ({ typeId, payload: [kind = 0] }) => typeId === 9 && ((kind & 0x8f) === 0x81 || (kind & 0x8f) === 0x83),
    )
    for (const header of [HEVC_HEADER, OPUS_HEADER, OPUS_CHANNELS, color]) {
      const at = await headerAt(t, sub, header)
      // What says which channel is which may be left out by who writes streams anew.
      if (at === -1 && header === OPUS_CHANNELS && (await t.rewrites())) continue
      check(
        at !== -1 && at < first,
        `${hexOf(header, 8)} before the frames`,
        at === -1 ? 'it did not come' : 'after them',
      )
    }
    const [at, frame] = [
      await headerAt(t, sub, second),
      messages.findIndex((message) => sameMedia(message, { typeId: 9, payload: other })),
    ]
    check(at !== -1 && at < frame, 'the header of track 1 before its frames', 'not so')
  }),
  serverCase('ERTMP-IOP-03', async (t) => {
    const peer = await t.connect({ fourCcList: ['*'] })
    const pub = await t.publish(t.name(), peer, () => ({ typeId: 8, payload: audioFrame() }))
    pub.sendVideo(joined(bytesOf('90 61766331'), AVC_HEADER.subarray(5)), 0)
    pub.sendAudio(AAC_HEADER, 0)
    pub.sendVideo(withNal('91 61766331 000000'), 0)
    const { sub } = await t.join(pub)
    pub.sendVideo(withNal('91 61766331 000000'), 40)
    const audio = audioFrame()
    pub.sendAudio(audio, 40)
    await arrives(t, sub, audio, 8)
  }),
  serverCase(
    'ERTMP-ROB-01',
    async (t) => {
      const pub = await t.publish()
      pub.peer.setChunkSize(65536)
      const mebibyte = new Uint8Array(1024 * 1024)
      for (let track = 0; track < 256 && pub.peer.ended === undefined; track += 8) {
        pub.sendVideo(joined(bytesOf('96 00 68766331'), bigEndian(track, 1), mebibyte), 0)
        pub.sendAudio(joined(bytesOf('95 00 6D703461'), bigEndian(track, 1), mebibyte), 0)
        while (pub.peer.link.congested && pub.peer.ended === undefined) await t.pause(2)
      }
      await t.noHarm(pub.peer)
    },
    { alone: true },
  ),
]
