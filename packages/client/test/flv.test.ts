import { decodeFlv, encodeFlvHeader, encodeFlvTag, FlvReader } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { MediaMessage, publishFlvTo, toFlv } from '../src/index.ts'
import { MemoryNetwork } from './support/memory-network.ts'

const media = [
  'h264-aac.flv',
  'av1-opus.flv',
  'multitrack-h264-hevc-aac-opus.flv',
  'h264-aac-ts-rollover.flv',
]

interface Written {
  readonly at: number
  readonly typeId: number
  readonly timestamp: number
  readonly payload: Uint8Array
}

const sink = (
  network: MemoryNetwork,
): { written: Written[]; write: (tag: Omit<Written, 'at'>) => Promise<void> } => {
  const written: Written[] = []
  return {
    written,
    async write({ typeId, timestamp, payload }) {
      written.push({ at: network.now(), typeId, timestamp, payload })
    },
  }
}

describe('publishing FLV', () => {
  it.each(media)('%s in real time: each tag at its time', async (name) => {
    const network = new MemoryNetwork()
    const bytes = await readRepoFile(`media/${name}`)
    const tags = decodeFlv(bytes)
    const { written, write } = sink(network)
    const began = network.now()
    const result = await network.until(publishFlvTo(network, { write }, () => [bytes]))
    expect(written.map(({ typeId, timestamp, payload }) => ({ typeId, timestamp, payload }))).toEqual(
      tags.map(({ typeId, timestamp, payload }) => ({ typeId, timestamp, payload })),
    )
    expect(result).toMatchObject({ tags: tags.length, loops: 1 })
    expect(Math.abs(network.now() - began - result.durationMs)).toBeLessThan(50)
    const first = tags.find(({ typeId, payload }) => typeId !== 18 && (payload[1] ?? 0) !== 0)?.timestamp ?? 0
    for (const { at, timestamp } of written.slice(-20)) {
      expect(Math.abs(at - began - ((timestamp - first) | 0))).toBeLessThan(150) // Files interleave a little out of time.
    }
  })

  it('as fast as it is taken', async () => {
    const network = new MemoryNetwork()
    const bytes = await readRepoFile('media/h264-aac.flv')
    const began = network.now()
    const { written, write } = sink(network)
    await publishFlvTo(network, { write }, () => [bytes], { pace: 'fast' })
    expect(network.now()).toBe(began)
    expect(written).toHaveLength(decodeFlv(bytes).length)
  })

  it.each(['h264-aac.flv', 'av1-opus.flv'])('%s again and again, on one clock', async (name) => {
    const network = new MemoryNetwork()
    const bytes = await readRepoFile(`media/${name}`)
    const { written, write } = sink(network)
    const loops: number[] = []
    const result = await publishFlvTo(network, { write }, () => [bytes], {
      pace: 'fast',
      loop: 3,
      onProgress: (progress) => loops.push(progress.loops),
    })
    expect(result.loops).toBe(3)
    expect(loops.at(-1)).toBe(3)
    expect(written).toHaveLength(3 * decodeFlv(bytes).length)
    for (const kind of [8, 9]) {
      const times = written
        .filter(({ typeId, payload }) => typeId === kind && payload.length > 60)
        .map(({ timestamp }) => timestamp)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }
    expect(written.at(-1)?.timestamp).toBeGreaterThan(2 * (decodeFlv(bytes).at(-1)?.timestamp ?? 0))
  })

  it('stops when it is aborted, and when there is nothing to repeat', async () => {
    const network = new MemoryNetwork()
    const bytes = await readRepoFile('media/h264-aac.flv')
    const { written, write } = sink(network)
    const controller = new AbortController()
    const publishing = publishFlvTo(network, { write }, () => [bytes], {
      loop: true,
      signal: controller.signal,
    })
    publishing.catch(() => {})
    await network.pass(20_000)
    controller.abort(new Error('enough'))
    await expect(network.until(publishing)).rejects.toThrow('enough')
    expect(written.at(-1)?.timestamp).toBeGreaterThan(19_000)
    const empty = await publishFlvTo(network, { write }, () => [encodeFlvHeader()], { loop: true })
    expect(empty).toMatchObject({ tags: 0, loops: 1 })
  })
})

describe('packets as FLV', () => {
  it('begin at zero, whatever the time of the stream was', async () => {
    const packets = [
      new MediaMessage(9, 0, Uint8Array.of(0x17, 0, 0, 0, 0, 1)),
      new MediaMessage(9, 0xffff_fff0, Uint8Array.of(0x17, 1, 0, 0, 0, 1)),
      new MediaMessage(8, 0xffff_ffe0, Uint8Array.of(0xaf, 1, 5)),
      new MediaMessage(9, 24, Uint8Array.of(0x27, 1, 0, 0, 0, 1)),
    ]
    const reader = new FlvReader()
    for await (const bytes of toFlv(packets)) reader.push(bytes)
    const tags = []
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
    expect(tags.map(({ timestamp }) => timestamp)).toEqual([0, 0, 0, 40])
    expect(tags.map(({ payload }) => payload)).toEqual(packets.map(({ payload }) => payload))
    const kept = []
    for await (const bytes of toFlv(packets, { fromZero: false })) kept.push(bytes)
    expect(kept[2]).toEqual(
      encodeFlvTag({ typeId: 9, timestamp: 0xffff_fff0, payload: packets[1]?.payload ?? new Uint8Array(0) }),
    )
  })
})
