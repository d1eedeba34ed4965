import { StreamRegistry, TimerWheel } from '@rtmp/live'
import { expect, test } from 'vitest'
import { HlsStream, hlsFeed } from '../src/index.ts'
import { readPlaylist } from './support/read-playlist.ts'
import { rulesBroken } from './support/rules.ts'
import { madeUp, START, textOf } from './support/stream.ts'

const arrange = () => {
  let now = 0
  const wheel = new TimerWheel(0)
  const registry = new StreamRegistry(wheel, { graceMs: 10_000 })
  const hls = new HlsStream({ windowMs: 60_000 })
  const ends: string[] = []
  const feed = hlsFeed(
    hls,
    () => START + now,
    (reason) => ends.push(reason),
  )
  const publish = (from: number, ms: number) => {
    const publication = registry.publish('live', 'show', { publisherReplaced() {} }, now)
    if (publication === undefined) throw new Error('not published')
    for (const { typeId, timestamp, payload } of madeUp({ from, ms })) {
      now += Math.max(0, timestamp - from - (now - begun))
      publication.media(typeId, timestamp, payload, now)
      publication.settle(now)
    }
    return publication
  }
  let begun = 0
  return {
    hls,
    ends,
    publish: (from: number, ms: number) => {
      begun = now
      return publish(from, ms)
    },
    join: () => {
      const stream = registry.subscribe('live', 'show', feed.subscriber, now)
      if (stream !== undefined) feed.joined(stream)
    },
    wait: (ms: number) => {
      now += ms
      wheel.advance(now)
    },
    now: () => now,
  }
}

test('a live stream feeds its HLS from where it stands, and ends it', async () => {
  const { hls, publish, join, ends, now } = arrange()
  join()
  const publication = publish(0, 7000)
  expect(hls.isReady).toBe(true)
  publication.end(false, now())
  expect(ends).toEqual(['streamEnded'])
  const { hasEnded, segments } = readPlaylist(await textOf(hls, 'v0.m3u8'))
  expect(hasEnded).toBe(true)
  expect(segments.map(({ duration }) => duration)).toEqual([2, 2, 2, 1])
})

test('a publisher that comes back in time goes on behind a discontinuity', async () => {
  const { hls, publish, join, wait, now } = arrange()
  join()
  publish(0, 5000).end(true, now())
  wait(4000)
  publish(0, 5000)
  for (const name of ['v0.m3u8', 'a0.m3u8']) {
    const text = await textOf(hls, name)
    expect(rulesBroken(text)).toEqual([])
    const { segments } = readPlaylist(text)
    expect(segments.map(({ discontinuity }) => discontinuity)).toEqual([0, 0, 0, 1, 1])
    // The dates say how long it was away.
    const before = segments[2]
    expect((segments[3]?.date ?? 0) - (before?.date ?? 0) - (before?.duration ?? 0) * 1000).toBeGreaterThan(
      3900,
    )
  }
})
