import {
  AudioPacketType,
  encodeAudioMessage,
  encodeColorInfo,
  encodeVideoMessage,
  joinTracks,
  type ModEx,
  nanoOffsetModEx,
  VideoPacketType,
} from '@rtmp/e-rtmp'
import { describe as group, expect, test } from 'vitest'
import { begin, type Peer, type PeerOptions } from './peer.ts'

const ENHANCED: PeerOptions = { properties: { fourCcList: ['hvc1'], capsEx: 2 } }

const answerTo = (peer: Peer): Readonly<Record<string, unknown>> | undefined => {
  const event = peer.connect().events.find(({ kind }) => kind === 'connected')
  return event?.kind === 'connected' ? event.properties : undefined
}

group('what is said about Enhanced RTMP', () => {
  test('auto: to clients that announce something', () => {
    const { peer } = begin()
    expect(answerTo(peer(ENHANCED))).toMatchObject({ capsEx: expect.any(Number), fourCcList: ['*'] })
    expect(answerTo(peer())).not.toHaveProperty('capsEx')
  })

  test('legacyOnly: to nobody', () => {
    const { peer } = begin({ enhanced: 'legacyOnly' })
    expect(answerTo(peer(ENHANCED))).not.toHaveProperty('capsEx')
    expect(peer(ENHANCED).publish().codes.at(-1)).toBe('NetStream.Publish.Start')
  })

  test('enhancedOnly: the others are refused with a status', () => {
    const { peer, closed } = begin({ enhanced: 'enhancedOnly' })
    expect(answerTo(peer(ENHANCED))).toHaveProperty('capsEx')
    const legacy = peer().connect()
    expect(legacy.codes).toEqual(['NetConnection.Connect.Rejected'])
    expect(closed).toEqual(['2 refused: this server takes clients of Enhanced RTMP only'])
  })

  test('the capabilities that are told can be chosen', () => {
    const { peer } = begin({ capabilities: { capsEx: 1, videoFourCcInfoMap: new Map([['hvc1', 4]]) } })
    const told = answerTo(peer(ENHANCED))
    expect(told).toMatchObject({ capsEx: 1, videoFourCcInfoMap: { hvc1: 4 } })
    expect(told).not.toHaveProperty('fourCcList')
  })
})

test('with enhancedOutput announced, a player gets what it has announced, late joiners too', () => {
  const { peer } = begin({ enhancedOutput: 'announced' })
  const publisher = peer().publish()
  const hevcKey = Uint8Array.from([0x91, 0x68, 0x76, 0x63, 0x31, 0, 0, 0, 1, 2, 3])
  const avcKey = Uint8Array.from([0x91, 0x61, 0x76, 0x63, 0x31, 0, 0, 5, 1, 2, 3])
  const [enhanced, legacy] = [peer(ENHANCED).play(), peer().play()]
  publisher.video(0, hevcKey)
  publisher.video(40, avcKey)
  const late = peer().play()
  const firstBytes = (player: Peer): number[] =>
    player.pump().events.flatMap((event) => (event.kind === 'media' ? [event.payload[0] ?? 0] : []))
  expect(firstBytes(enhanced)).toEqual([0x91, 0x17])
  expect(firstBytes(legacy)).toEqual([0x17])
  expect(firstBytes(late)).toEqual([0x17])
})

test.each([
  ['obey', [0x91], [], [0x91]],
  ['always', [0x91], [0x91], [0x91]],
  ['announced', [0x91], [], []],
] as const)(
  'enhancedOutput %s: players that list the codec, list others only, and say nothing',
  (enhancedOutput, listed, others, silent) => {
    const { peer } = begin({ enhancedOutput })
    const publisher = peer().publish()
    const players = [ENHANCED, { properties: { fourCcList: ['av01'] } }, {}].map((options) =>
      peer(options).play(),
    )
    publisher.video(0, Uint8Array.from([0x91, 0x68, 0x76, 0x63, 0x31, 0, 0, 0, 1, 2, 3]))
    const sent = players.map((player) =>
      player.pump().events.flatMap((event) => (event.kind === 'media' ? [event.payload[0]] : [])),
    )
    expect(sent).toEqual([listed, others, silent])
  },
)

/** Messages in every form, by their timestamps; each in one codec but the multitrack one. */
const forms = (): readonly (readonly ['video' | 'audio', number, Uint8Array])[] => {
  const one = (fourCc: string, payload: readonly number[], compositionTimeOffset = 0) => ({
    trackId: 0,
    fourCc,
    compositionTimeOffset,
    payload: Uint8Array.from(payload),
  })
  const video = (
    packetType: number,
    packet: ReturnType<typeof one>,
    more: { modEx?: readonly ModEx[] } = {},
  ): Uint8Array =>
    encodeVideoMessage({ kind: 'enhanced', frameType: 1, packetType, packets: [packet], ...more })
  const audio = (packetType: number, packet: ReturnType<typeof one>): Uint8Array =>
    encodeAudioMessage({ kind: 'enhanced', packetType, packets: [packet] })
  const { sequenceStart, codedFrames, metadata } = VideoPacketType
  const both = joinTracks('video', [
    { trackId: 0, payload: video(codedFrames, one('hvc1', [1])) },
    { trackId: 1, payload: video(codedFrames, one('av01', [2])) },
  ])
  const color = encodeColorInfo({ colorConfig: { bitDepth: 10 } })
  return [
    ['video', 0, video(sequenceStart, one('avc1', [1, 0x42, 0, 0x1e]))],
    ['video', 10, video(codedFrames, one('avc1', [0, 0, 0, 1, 0x65], 40))],
    ['video', 100, video(sequenceStart, one('hvc1', [1, 2, 3]))],
    ['video', 110, video(codedFrames, one('hvc1', [0, 0, 0, 1, 0x26], 40))],
    ['video', 200, video(codedFrames, one('hvc1', [0, 0, 0, 1, 0x26]), { modEx: [nanoOffsetModEx(777)] })],
    ['video', 300, both],
    ['video', 400, video(metadata, one('hvc1', [...color]))],
    ['video', 500, video(codedFrames, one('vvc1', [1]))],
    ['audio', 600, audio(AudioPacketType.codedFrames, one('Opus', [1]))],
    ['audio', 700, audio(AudioPacketType.sequenceStart, one('mp4a', [0x12, 0x10]))],
    ['audio', 710, audio(AudioPacketType.codedFrames, one('mp4a', [9]))],
  ]
}

test.each([
  ['nothing', {}, 'v0:17 v10:17 a700:af a710:af'],
  // No multitrack and no ModEx: the first track alone, without.
  [
    'one codec',
    { fourCcList: ['hvc1'] },
    'v0:17 v10:17 v100:90 v110:91 v200:91 v300:93 v400:94 a700:af a710:af',
  ],
  [
    'two codecs and multitrack',
    { fourCcList: ['hvc1', 'av01'], capsEx: 2 },
    'v0:17 v10:17 v100:90 v110:91 v200:91 v300:96 v400:94 a700:af a710:af',
  ],
  [
    'everything',
    { fourCcList: ['*'], capsEx: 15 },
    'v0:90 v10:91 v100:90 v110:91 v200:97 v300:96 v400:94 v500:91 a600:91 a700:90 a710:91',
  ],
  [
    'all video, and of audio Opus',
    { videoFourCcInfoMap: { '*': 4 }, audioFourCcInfoMap: { Opus: 1 }, capsEx: 15 },
    'v0:90 v10:91 v100:90 v110:91 v200:97 v300:96 v400:94 v500:91 a600:91 a700:af a710:af',
  ],
] as const)('enhancedOutput announced, every form, to who announces %s', (_who, properties, expected) => {
  const { peer, advance } = begin({ enhancedOutput: 'announced' })
  const publisher = peer().publish()
  const player = peer({ properties }).play()
  for (const [kind, timestamp, payload] of forms()) publisher[kind](timestamp, payload)
  advance(1000)
  const got = player
    .pump()
    .events.flatMap((event) =>
      event.kind === 'media'
        ? [`${event.typeId === 9 ? 'v' : 'a'}${event.timestamp}:${(event.payload[0] ?? 0).toString(16)}`]
        : [],
    )
  expect(got.join(' ')).toBe(expected)
})
