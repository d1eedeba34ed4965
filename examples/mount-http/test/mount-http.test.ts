import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { playFlv } from '@rtmp/client'
import { decodeFlv } from '@rtmp/flv'
import { createServer, type RtmpServer } from '@rtmp/server'
import { expect, onTestFinished, test } from 'vitest'
import { withFastify } from '../src/fastify.ts'
import { withHono } from '../src/hono.ts'
import { withNodeHttp } from '../src/node-http.ts'

const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 1)

/** FLV with one video tag. */
const flvOf = (payload: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from('FLV\u0001\u0005\0\0\0\u0009\0\0\0\0', 'latin1'),
    Buffer.from([9, 0, 0, payload.length, 0, 0, 0, 0, 0, 0, 0, ...payload, 0, 0, 0, payload.length + 11]),
  ])

/** The payloads of a stream, to its end. */
const payloads = async (url: string): Promise<number[][]> => {
  const all: number[][] = []
  for await (const { payload } of playFlv(url, { reconnect: false })) all.push([...payload])
  return all
}

/** The same, by what every browser has. */
const fetched = async (url: string): Promise<number[][]> =>
  decodeFlv(new Uint8Array(await (await fetch(url)).arrayBuffer())).map(({ payload }) => [...payload])

const servers: Readonly<Record<string, (server: RtmpServer, port: number) => unknown>> = {
  Hono: withHono,
  Fastify: withFastify,
  'node:http': withNodeHttp,
}

test.each(Object.keys(servers))('%s serves the streams below /media, beside its own page', async (name) => {
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' }, http: { port: false } })
  await server.listen()
  const http = (await servers[name]?.(server, 0)) as Server
  onTestFinished(async () => {
    http.close()
    await server.close({ drainMs: 1000 })
  })
  if (!http.listening) await once(http, 'listening')
  const base = `127.0.0.1:${(http.address() as AddressInfo).port}`
  expect(await (await fetch(`http://${base}/`)).text()).toBe('your own page')
  expect((await fetch(`http://${base}/media/live/none.flv`)).status).toBe(404)
  const publisher = server.inject('live', 'show')
  publisher?.write({ kind: 'video', timestamp: 0, payload: KEY })
  const played = Promise.all([
    fetched(`http://${base}/media/live/show.flv`),
    payloads(`ws://${base}/media/live/show.flv`),
  ])
  while (server.streams[0]?.players !== 2) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(server.connectionStats().map(({ remoteAddress }) => remoteAddress)).toEqual([
    '127.0.0.1',
    '127.0.0.1',
  ])
  publisher?.end()
  expect(await played).toEqual([[[...KEY]], [[...KEY]]])
  const posted = await fetch(`http://${base}/media/live/posted.flv`, {
    method: 'POST',
    body: flvOf(KEY),
    headers: { 'content-type': 'video/x-flv' },
  })
  expect([posted.status, await posted.json()]).toEqual([
    200,
    { ok: true, description: 'the body has come to its end' },
  ])
})

// As it is started: Express loads modules by conditions that a test runner changes.
test('the example itself: what is posted to Express is played from every one of them', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const words = ['--import', 'tsx', '--conditions=@rtmp/source', main, '0', '0']
  const example = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    example.kill()
  })
  const addresses = new Map<string, string>()
  for await (const line of createInterface(example.stdout)) {
    const [, url = '', name = ''] = /^play from (\S+) \((.+)\)$/.exec(line) ?? []
    if (url !== '') addresses.set(name, url.replace('localhost', '127.0.0.1'))
    if (addresses.size === 4) break
  }
  const express = addresses.get('Express') ?? ''
  expect(await (await fetch(new URL('/', express))).text()).toBe('your own page')
  // The body goes on until everybody has its first bytes.
  let end: (() => void) | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(flvOf(KEY))
      end = () => controller.close()
    },
  })
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'video/x-flv' } }
  const posted = fetch(express, init as RequestInit)
  const webSocket = playFlv(`${express.replace('http:', 'ws:')}?wait=20`, { reconnect: false })
  const [first, ...answers] = await Promise.all([
    webSocket[Symbol.asyncIterator]().next(),
    ...Array.from(addresses.values(), async (url) => fetch(`${url}?wait=20`)),
  ])
  end?.()
  expect((await posted).status).toBe(200)
  expect(first.value?.payload).toEqual(KEY)
  for (const answer of answers)
    expect(decodeFlv(new Uint8Array(await answer.arrayBuffer())).map(({ payload }) => payload)).toEqual([KEY])
})
