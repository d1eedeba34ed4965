import { describe, expect, test } from 'vitest'

import { compareFromJoin } from '../src/comparison.ts'
import type { Packet, Track } from '../src/packets.ts'

const video = (packets: readonly Packet[]): Track => ({
  kind: 'video',
  codec: 'h264',
  configuration: 'c',
  packets,
})

const source: readonly Packet[] = Array.from({ length: 12 }, (_, index) => ({
  pts: index * 40 + 80,
  dts: index * 40,
  bytes: 100 + index,
  key: index % 4 === 0,
  hash: `hash${index}`,
}))

describe('the comparison of a recording with its source', () => {
  test('a whole copy and a late join have no problems', () => {
    expect(compareFromJoin([video(source)], [video(source)]).problems).toEqual([])
    const late = compareFromJoin([video(source)], [video(source.slice(4))])
    expect(late.problems).toEqual([])
    expect(late.tracks).toMatchObject([{ joinedAt: 4, joinedAtKey: true, received: 8, offsetMs: 0 }])
  })

  test.each([
    ['a missing packet', source.filter((_, index) => index !== 7)],
    ['a repeated packet', [...source.slice(0, 7), ...source.slice(6)]],
    [
      'two swapped packets',
      [...source.slice(0, 6), ...source.slice(7, 8), ...source.slice(6, 7), ...source.slice(8)],
    ],
    ['a changed byte', source.map((packet, index) => (index === 9 ? { ...packet, hash: 'x' } : packet))],
    ['a moved timestamp', source.map((packet, index) => (index === 9 ? { ...packet, dts: 361 } : packet))],
    [
      'a shifted recording',
      source.map((packet) => ({ ...packet, dts: packet.dts + 1, pts: packet.pts + 1 })),
    ],
    ['a lost key flag', source.map((packet, index) => (index === 8 ? { ...packet, key: false } : packet))],
    ['a cut end', source.slice(0, 11)],
    ['nothing at all', []],
  ])('%s is found', (_, recording) => {
    expect(compareFromJoin([video(source)], [video(recording)]).problems).not.toEqual([])
  })

  test('of packets that repeat themselves the nearest in time counts', () => {
    const steady = source.map((packet, index) => ({
      ...packet,
      bytes: 9,
      key: true,
      hash: `hash${index % 3}`,
    }))
    const { problems, tracks } = compareFromJoin([video(steady)], [video(steady.slice(6))])
    expect(problems).toEqual([])
    expect(tracks).toMatchObject([{ joinedAt: 6, received: 6, offsetMs: 0 }])
  })

  test('a missing track, another codec and another configuration are found', () => {
    expect(compareFromJoin([video(source)], []).problems).toEqual(['0 video tracks for 1'])
    const other = { ...video(source), codec: 'hevc', configuration: 'd' }
    expect(compareFromJoin([video(source)], [other]).problems).toHaveLength(2)
  })

  test('a constant offset and an early end are allowed on request', () => {
    const recording = source
      .slice(4, 8)
      .map((packet) => ({ ...packet, dts: packet.dts - 7, pts: packet.pts - 7 }))
    const { problems, tracks } = compareFromJoin([video(source)], [video(recording)], {
      anyOffset: true,
      toTheEnd: false,
    })
    expect(problems).toEqual([])
    expect(tracks).toMatchObject([{ joinedAt: 4, offsetMs: -7 }])
  })
})
