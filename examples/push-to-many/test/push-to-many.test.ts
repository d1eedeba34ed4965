import { fileURLToPath } from 'node:url'
import { play, publishFile, type MediaMessage } from '@rtmp/client'
import { createServer, type RtmpServer } from '@rtmp/server'
import { afterEach, expect, test } from 'vitest'
import { pushToMany } from '../src/push.ts'

const file = fileURLToPath(new URL('../../../media/h264-aac.flv', import.meta.url))
const servers: RtmpServer[] = []

const start = async (): Promise<string> => {
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
  servers.push(server)
  await server.listen()
  return `rtmp://127.0.0.1:${server.address('rtmp')?.port}/live`
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const pictures = async (url: string): Promise<string[]> => {
  const player = play(url)
  const seen: MediaMessage[] = []
  for await (const packet of player) if (packet.kind === 'video') seen.push(packet)
  return seen.map(({ payload }) => Buffer.from(payload).toString('base64'))
}

test('two targets get what one source sends, and a third that is not there does not matter', async () => {
  const [source, one, two] = await Promise.all([start(), start(), start()])
  const lines: string[] = []
  const watching = [pictures(`${source}/key`), pictures(`${one}/a`), pictures(`${two}/b`)]
  const stop = new AbortController()
  const pushing = pushToMany(
    `${source}/key`,
    [`${one}/a`, `${two}/b`, 'rtmp://127.0.0.1:1/live/c'],
    stop.signal,
    (line) => lines.push(line),
  )
  await publishFile(file, `${source}/key`)
  const outcome = await pushing
  const [expected, ...received] = await Promise.all(watching)
  expect(expected?.length).toBeGreaterThan(90)
  for (const pushed of received) expect(pushed).toEqual(expected)
  expect(outcome).toEqual({ [one]: 'ended', [two]: 'ended', 'rtmp://127.0.0.1:1/live': 'ended' })
  expect(lines.some((line) => line.startsWith('rtmp://127.0.0.1:1/live: Nobody listens'))).toBe(true)
})
