import { byteByByte } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { only, Pair, whole } from './support.ts'

describe('timestamps', () => {
  it.each([
    ['one slice', whole],
    ['one byte at a time', byteByByte],
  ])('cross 0xffffff and 2³² both ways, in %s', (_how, cut) => {
    const pair = new Pair().acceptAll()
    pair.cut = cut
    pair.connect()
    const up = pair.createStream()
    const down = pair.createStream()
    pair.client.publish(up, { streamName: 'key' })
    pair.client.play(down, { streamName: 'key' })
    pair.settle()
    const times: number[] = []
    for (const edge of [0x7f_ffff, 0xff_ffff, 0x7fff_ffff, 0xffff_ffff]) {
      for (let step = -3; step <= 3; step++) times.push((edge + step * 40) >>> 0)
    }
    for (const timestamp of times) {
      const payload = new Uint8Array(5000).fill(timestamp & 0xff)
      pair.client.sendMedia(up, { typeId: 9, timestamp, payload })
      pair.client.sendMedia(up, { typeId: 8, timestamp, payload: payload.subarray(0, 10) })
      pair.server.sendMessage({ csid: 6, typeId: 9, messageStreamId: down, timestamp, payload })
      pair.settle()
    }
    const [video, audio] = [9, 8].map((typeId) =>
      only(pair.serverEvents, 'media').filter((event) => event.typeId === typeId),
    )
    expect(video?.map(({ timestamp }) => timestamp)).toEqual(times)
    expect(audio?.map(({ timestamp }) => timestamp)).toEqual(times)
    expect(only(pair.clientEvents, 'media').map(({ timestamp }) => timestamp)).toEqual(times)
    for (const { payload, timestamp } of video ?? []) {
      expect(payload.length === 5000 && payload.every((byte) => byte === (timestamp & 0xff))).toBe(true)
    }
  })
})
