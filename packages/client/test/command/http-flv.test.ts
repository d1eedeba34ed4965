import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeFlv } from '@rtmp/flv'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { ProbeReport } from '../../src/command/probe-report.ts'
import { TcpServer } from '../support/tcp-server.ts'
import { TestServer } from '../support/test-server.ts'
import { run, sample } from './support/run.ts'

const FILE = sample('h264-aac.flv')

let folder = ''
let server: Server
let sockets: WebSocketServer
let place = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-http-flv-'))
  const flv = await readFile(FILE)
  server = createServer((request, response) => {
    if (request.url?.startsWith('/live/show.flv') === true)
      response.writeHead(200, { 'content-type': 'video/x-flv' }).end(flv)
    else response.writeHead(404).end()
  })
  sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.send(flv)
    socket.close(1000)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  place = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  sockets.close()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const mediaOf = (bytes: Uint8Array): unknown[] =>
  decodeFlv(bytes)
    .filter(({ typeId }) => typeId !== 18)
    .map(({ typeId, timestamp, payload }) => [typeId, timestamp, Buffer.from(payload).toString('hex')])

describe('FLV over HTTP and WebSockets', () => {
  it.each(['http', 'ws'])('rtmp play %s://… writes what comes', async (scheme) => {
    const output = join(folder, 'out.flv')
    const { code, json } = await run([
      'play',
      `${scheme}://${place}/live/show.flv?token=secret`,
      '-o',
      output,
      '--keep-time',
    ])
    expect(code).toBe(0)
    expect(mediaOf(await readFile(output))).toEqual(mediaOf(await readFile(FILE)))
    expect(json()[0]).toMatchObject({ videoTags: 102, audioTags: 190, reconnects: 0 })
    expect(JSON.stringify(json())).not.toMatch(/secret|show/)
  })

  it('rtmp probe tells what a stream has and how it came', async () => {
    const { code, json } = await run(['probe', `http://${place}/live/show.flv`])
    expect(code).toBe(0)
    const report = json()[0] as unknown as ProbeReport
    expect(report.format).toBe('flv')
    expect(report.tracks.map(({ codec }) => codec)).toEqual(['h264', 'aac'])
    expect(report.live?.firstKeyFrameMs).not.toBeNull()
    expect(report.live?.rttMs).toBeNull()
  })

  it('rtmp inspect shows every tag of a stream as of a file', async () => {
    const of = async (source: string): Promise<string> => (await run(['inspect', source, '--json'])).stdout
    const shown = await of(`http://${place}/live/show.flv`)
    expect(shown).toBe(await of(FILE))
    expect(await of(`ws://${place}/live/show.flv`)).toBe(shown)
    const { json } = await run([
      'inspect',
      `http://${place}/live/show.flv`,
      '--only',
      'video',
      '--limit',
      '3',
      '--json',
    ])
    expect(json().length).toBe(3)
  })

  it('rtmp relay passes a stream on to RTMP', async () => {
    const logic = new TestServer()
    const tcp = await TcpServer.listen(logic)
    const to = `rtmp://127.0.0.1:${tcp.port}/live/copy`
    const { code, json } = await run(['relay', `http://${place}/live/show.flv`, to])
    expect(code).toBe(0)
    const tags = decodeFlv(await readFile(FILE))
    expect(logic.published.map(({ typeId, timestamp }) => [typeId, timestamp])).toEqual(
      tags.map(({ typeId, timestamp }) => [typeId, timestamp]),
    )
    expect(json()[0]).toMatchObject({ messages: tags.length, targets: [{ state: 'ended' }] })
    await tcp.close()
  })

  it('says what is wrong: no such stream, no server, a flag of RTMP', async () => {
    const absent = await run(['play', `http://${place}/live/other.flv`, '-o', join(folder, 'x.flv')])
    expect([absent.code, absent.stderr]).toEqual([4, expect.stringContaining('no such stream now')])
    const nobody = await run(['probe', 'http://127.0.0.1:1/live/x.flv'])
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining('obody listens')])
    const flag = await run([
      'play',
      `http://${place}/live/show.flv`,
      '--start',
      'live',
      '-o',
      join(folder, 'x.flv'),
    ])
    expect([flag.code, flag.stderr]).toEqual([2, expect.stringContaining('--start is for rtmp:// only')])
  })
})
