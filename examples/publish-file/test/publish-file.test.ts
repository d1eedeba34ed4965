import { fileURLToPath } from 'node:url'
import { play, saveFlv } from '@rtmp/client'
import { createServer, type RtmpServer } from '@rtmp/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishFile } from '../src/publish.ts'

const file = fileURLToPath(new URL('../../../media/h264-aac.flv', import.meta.url))
let server: RtmpServer
let url = ''

beforeAll(async () => {
  server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
  await server.listen()
  url = `rtmp://127.0.0.1:${server.address('rtmp')?.port}/live/example`
})

afterAll(() => server.close())

const never = new AbortController().signal

test('a file is published from beginning to end', async () => {
  const player = play(url)
  await player.started
  const lines: string[] = []
  const saving = saveFlv(player, '/dev/null', { maxMs: 3000 })
  expect(await publishFile(file, url, never, (line) => lines.push(line))).toBe(0)
  expect((await saving).videoTags).toBeGreaterThan(70)
  expect(lines[1]).toMatch(/^Publishing to rtmp:\/\/127\.0\.0\.1:\d+\/live/)
  expect(lines.slice(-2)).toEqual(['The stream has ended', '293 tags, 4.1 s'])
})

test('Ctrl-C ends it in order', async () => {
  const stop = new AbortController()
  const lines: string[] = []
  const status = publishFile(file, `${url}2`, stop.signal, (line) => {
    lines.push(line)
    if (line.startsWith('Publishing to')) stop.abort()
  })
  expect(await status).toBe(130)
})

test('a server that is not there is told in words', async () => {
  const lines: string[] = []
  expect(await publishFile(file, 'rtmp://127.0.0.1:1/live/x', never, (line) => lines.push(line))).toBe(1)
  expect(lines.at(-1)).toContain('CONNECTION_REFUSED: nobody listens at 127.0.0.1:1')
})
