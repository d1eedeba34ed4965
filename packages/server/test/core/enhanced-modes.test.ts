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
