// What FFmpeg does and prints when an administrator ends it over HTTP, and keeps it away.
import { createServer, type RtmpServer } from '@rtmp/server'
import { expect, test, type TestContext, vi } from 'vitest'

import { args } from '../src/args.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { describeWith } from './support/describe-with.ts'

const INPUT = mediaFile('h264-aac-nobframes.flv')
const TOKEN = 'token-of-this-test'

/** A server with its API, gone when the test has finished. */
const open = async ({ onTestFinished }: TestContext) => {
  const server: RtmpServer = createServer({
    rtmp: { port: 0, host: LOOPBACK },
    http: { port: 0, host: LOOPBACK, token: TOKEN },
    streams: { graceMs: 0 },
  })
  await server.listen()
  onTestFinished(() => server.close({ drainMs: 2000 }))
  const api = async (method: string, path: string, body?: object): Promise<number> => {
    const response = await fetch(`http://${LOOPBACK}:${server.address('http')?.port}/_/api${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return response.status
  }
  /** Waits until a stream has so many players and brings pictures. */
  const live = (players: number): Promise<void> =>
    vi.waitFor(
      () => {
        const stream = server.streams.find(({ streamName }) => streamName === 'show')
        expect([stream?.players, (stream?.publisher?.videoMessages ?? 0) > 5]).toEqual([players, true])
      },
      { timeout: 15_000 },
    )
  return { server, api, live, url: `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}/live/show` }
}

for (const program of [ffmpeg, newerFfmpeg]) {
  describeWith([program], program.name, () => {
    test('kicked, and then banned, as a publisher: it prints why and ends; its player ends in order', async (context) => {
      const { server, api, live, url } = await open(context)
      const player = program.run(args`-i ${url} -map 0 -c copy -f null -`, 30_000)
      const publisher = program.publish({ input: INPUT, url, loop: true, limitMs: 30_000 })
      await live(1)
      const {
        publishes: [publish],
        id,
      } = server.connectionStats().find((one) => one.publishes.length > 0) ?? {
        publishes: [],
        id: 0,
      }
      const path = `/connections/${id}/publishes/${publish?.messageStreamId}?reason=not%20on%20this%20channel`
      expect(await api('DELETE', path)).toBe(200)
      const kicked = await publisher.ended
      expect(kicked).toMatchObject({ timedOut: false })
      expect(kicked.status).not.toBe(0)
      expect(kicked.stderr).toContain('not on this channel')
      expect(await player.ended).toMatchObject({ timedOut: false, status: 0 })

      const ban = { stream: 'live/show', actions: ['publish'], reason: 'banned until tomorrow', seconds: 60 }
      expect(await api('POST', '/bans', ban)).toBe(201)
      const banned = await program.publish({ input: INPUT, url }).ended
      expect(banned).toMatchObject({ timedOut: false })
      expect(banned.status).not.toBe(0)
      expect(banned.stderr).toContain('banned until tomorrow')
      expect(await api('DELETE', '/bans/1')).toBe(200)
    })

    test('an address that is banned: it is ended, and refused at connect', async (context) => {
      const { server, api, live, url } = await open(context)
      const publisher = program.publish({ input: INPUT, url, loop: true, limitMs: 30_000 })
      await live(0)
      expect(await api('POST', '/bans', { address: LOOPBACK, reason: 'this address is banned' })).toBe(201)
      const ended = await publisher.ended
      expect(ended).toMatchObject({ timedOut: false })
      expect(ended.status).not.toBe(0)
      expect(server.streams).toEqual([])
      const refused = await program.publish({ input: INPUT, url }).ended
      expect(refused).toMatchObject({ timedOut: false })
      expect(refused.status).not.toBe(0)
      expect(refused.stderr).toContain('this address is banned')
    })
  })
}
