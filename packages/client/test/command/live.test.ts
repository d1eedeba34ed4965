import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeFlv } from '@rtmp/flv'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ProbeReport } from '../../src/command/probe-report.ts'
import { TcpServer } from '../support/tcp-server.ts'
import { TestServer } from '../support/test-server.ts'
import { run, type Running, sample, start } from './support/run.ts'

const FILE = sample('h264-aac-nobframes.flv')

let folder = ''
let logic: TestServer
let server: TcpServer
let url = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-live-'))
  logic = new TestServer()
  server = await TcpServer.listen(logic)
  url = `rtmp://127.0.0.1:${server.port}/live/stream`
})

afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** Another server, gone at the end of the test. */
const another = async (): Promise<{ readonly logic: TestServer; readonly url: string }> => {
  const other = new TestServer()
  const tcp = await TcpServer.listen(other)
  onTestFinished(() => tcp.close())
  return { logic: other, url: `rtmp://127.0.0.1:${tcp.port}/live/stream` }
}

/** Publishes the sample over and over, in real time, until the test ends. */
const publishing = async (...more: string[]): Promise<Running> => {
  const publisher = start(['publish', FILE, url, '--loop', ...more])
  onTestFinished(async () => {
    publisher.interrupt()
    await publisher.ended
  })
  await publisher.stderr.until(/Publishing to/)
  return publisher
}

const mediaOf = (bytes: Uint8Array): { typeId: number; payload: Uint8Array }[] =>
  decodeFlv(bytes)
    .filter(({ typeId }) => typeId !== 18)
    .map(({ typeId, payload }) => ({ typeId, payload: Uint8Array.from(payload) }))

describe('rtmp publish', () => {
  it('sends every tag of a file, and ends the stream', async () => {
    const { code, stderr, json } = await run(['publish', FILE, url, '--fast'])
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^Publishing to rtmp:\/\/127\.0\.0\.1:\d+\/live \(127\.0\.0\.1:\d+\)\.\nThe stream has ended\.\n$/,
    )
    const tags = decodeFlv(await readFile(FILE))
    const sent = logic.published
    expect(sent.map(({ typeId }) => typeId)).toEqual(tags.map(({ typeId }) => typeId))
    expect(sent.map(({ timestamp }) => timestamp)).toEqual(tags.map(({ timestamp }) => timestamp))
    expect(sent.map(({ payload }) => Buffer.from(payload).toString('hex'))).toEqual(
      tags.map(({ payload }) => Buffer.from(payload).toString('hex')),
    )
    expect(logic.last.kinds).toContain('publishEnded')
    expect(json()[0]).toMatchObject({
      source: FILE,
      tags: tags.length,
      loops: 1,
      targets: [{ state: 'ended', messages: tags.length, reconnects: 0, dropped: { audio: 0, video: 0 } }],
    })
    expect(JSON.stringify(json())).not.toContain('live/stream')
  })

  it('takes standard input, and plays files several times', async () => {
    const bytes = await readFile(FILE)
    const piped = await run(['publish', '-', url, '--fast'], {
      stdin: [bytes.subarray(0, 5000), bytes.subarray(5000)],
    })
    expect(piped.code).toBe(0)
    expect(piped.json()[0]).toMatchObject({ source: 'standard input', tags: decodeFlv(bytes).length })
    const looped = await run(['publish', FILE, url, '--fast', '--loop', '2'])
    expect(looped.json()[0]).toMatchObject({ loops: 2, tags: 2 * decodeFlv(bytes).length })
  })

  it('unpublishes at Ctrl-C', async () => {
    const publisher = await publishing('--text')
    publisher.interrupt()
    const { code, stderr } = await publisher.ended
    expect(code).toBe(130)
    expect(stderr).toMatch(
      /Interrupted: ending the stream\.\nThe stream has ended\.\nSent 0:0\d\.\d+ of media, \d+ messages/,
    )
    expect(logic.last.kinds).toContain('fcUnpublish')
    expect(logic.last.closed).toBeDefined()
  })

  it('publishes to several places; one that fails is told and not noticed by the others', async () => {
    const other = await another()
    const { code, stderr, json } = await run([
      'publish',
      FILE,
      url,
      'rtmp://127.0.0.1:1/live/stream',
      other.url,
      '--fast',
    ])
    expect(code).toBe(3)
    expect(stderr).toMatch(/target 2: The stream has failed: nobody listens at 127\.0\.0\.1:1/)
    expect(stderr).toMatch(/1 of 3 targets failed: Nobody listens at 127\.0\.0\.1:1: .*\n$/)
    expect(json()[0]).toMatchObject({
      targets: [
        { state: 'ended' },
        { state: 'failed', error: { code: 'CONNECTION_REFUSED' } },
        { state: 'ended' },
      ],
    })
    expect(other.logic.published.length).toBe(logic.published.length)
  })

  it('does not connect for something that is not FLV', async () => {
    const { code, stderr } = await run(['publish', '-', url], { stdin: [Buffer.from('ID3…')] })
    expect(code).toBe(5)
    expect(stderr).toBe('standard input is not FLV; convert it first: ffmpeg -i FILE -c copy out.flv.\n')
    expect(logic.peers).toHaveLength(0)
  })

  it('says that the server refused', async () => {
    logic.policies = { publish: () => ({ code: 'NetStream.Publish.BadName', description: 'taken' }) }
    const { code, stderr } = await run(['publish', FILE, url])
    expect(code).toBe(4)
    expect(stderr).toBe(
      'The server refused to publish: somebody already publishes under this name (NetStream.Publish.BadName: taken).\n',
    )
  })
})

describe('rtmp play', () => {
  it('writes a file that holds what was published', async () => {
    await publishing()
    const path = join(folder, 'out.flv')
    const { code, stderr, json } = await run(['play', url, '-o', path, '--duration', '500ms'])
    expect(stderr).toMatch(/^Connecting to .*\nPlaying from .*\n/)
    expect(code).toBe(0)
    const [report] = json()
    expect(report).toMatchObject({ output: path, keyFrames: 1, reconnects: 0 })
    const played = mediaOf(await readFile(path))
    const published = mediaOf(await readFile(FILE))
    for (const message of played) expect(published).toContainEqual(message)
    expect(played.length).toBe(Number(report?.['audioTags']) + Number(report?.['videoTags']))
  })

  it('writes to standard output, and nothing else goes there', async () => {
    await publishing()
    const { code, bytes, stderr } = await run(['play', url, '-d', '200ms', '-q'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(decodeFlv(bytes, { damaged: 'strict' }).length).toBeGreaterThan(5)
  })

  it('keeps what has come at Ctrl-C', async () => {
    await publishing()
    const path = join(folder, 'cut.flv')
    const player = start(['play', url, '-o', path, '--text'])
    await player.stderr.until(/Playing from/)
    const seen = logic.last
    while (!seen.playing) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 100))
    player.interrupt()
    const { code, stderr } = await player.ended
    expect(code).toBe(130)
    expect(stderr).toMatch(/Wrote 0:00\.\d+ of media, .* to .*cut\.flv\.\n$/)
    expect(decodeFlv(await readFile(path), { damaged: 'strict' }).length).toBeGreaterThan(3)
  })

  it('says that the server refused, and that nobody listens', async () => {
    logic.policies = { play: () => ({ code: 'NetStream.Play.StreamNotFound', description: '' }) }
    const refused = await run(['play', url, '-o', '-', '-q'])
    expect(refused).toMatchObject({ code: 4, bytes: expect.objectContaining({ length: 0 }) })
    expect(refused.stderr).toBe('The server refused to play (NetStream.Play.StreamNotFound).\n')
    const absent = await run(['play', 'rtmp://127.0.0.1:1/live/stream', '-o', '-', '-q'])
    expect(absent.code).toBe(3)
    expect(absent.stderr).toMatch(/^Nobody listens at 127\.0\.0\.1:1: /)
  })

  it('looks at the folder before it connects', async () => {
    const { code, stderr } = await run(['play', url, '-o', join(folder, 'no/such.flv')])
    expect(code).toBe(5)
    expect(stderr).toMatch(/^The folder of .*such\.flv does not exist; make it first\.\n$/)
    expect(logic.peers).toHaveLength(0)
  })
})

describe('rtmp probe of a stream', () => {
  it('tells what comes, and how', async () => {
    await publishing('--clock')
    const { code, json } = await run(['probe', url, '-d', '3s', '--ping', '500ms'])
    expect(code).toBe(0)
    const report = json()[0] as unknown as ProbeReport
    expect(report).toMatchObject({
      source: `rtmp://127.0.0.1:${server.port}/live/…`,
      format: 'rtmp',
      tracks: [{ codec: 'h264', width: 320 }, { codec: 'aac' }],
      problems: [],
    })
    const { live } = report
    if (live === undefined) throw new Error('nothing about the delivery')
    // However busy the machine is: all of it is within the time that was watched.
    const { watchedMs, firstFrameMs, firstKeyFrameMs, rttMs, latencyMs } = live
    expect(watchedMs).toBeGreaterThanOrEqual(2900)
    for (const ms of [firstFrameMs, firstKeyFrameMs, rttMs, latencyMs?.mean]) {
      expect(ms).toBeGreaterThanOrEqual(0)
      expect(ms).toBeLessThan(watchedMs)
    }
    expect(firstKeyFrameMs).toBeGreaterThanOrEqual(firstFrameMs ?? Number.NaN)
    const text = await run(['probe', url, '-d', '600ms', '--text'])
    expect(text.stdout).toMatch(
      / {2}Delivery\n {2}Start {9}[\d.]+ ms to connect and play\n {2}First frame {3}after /,
    )
  })

  it('says when nothing comes', async () => {
    const { code, stderr } = await run(['probe', url, '-d', '100ms'])
    expect(code).toBe(4)
    expect(stderr).toBe('Nothing came in 0.1 s: nobody publishes this stream now, or its name is wrong.\n')
  })
})

describe('rtmp relay', () => {
  it('passes a stream on to several servers, unchanged', async () => {
    const [one, two] = [await another(), await another()]
    await publishing()
    const { code, json } = await run(['relay', url, one.url, two.url, '-d', '700ms'])
    expect(code).toBe(0)
    expect(json()[0]).toMatchObject({ targets: [{ state: 'ended' }, { state: 'ended' }] })
    const known = new Set(logic.published.map(({ payload }) => Buffer.from(payload).toString('hex')))
    for (const { logic: target } of [one, two]) {
      expect(target.published.length).toBeGreaterThan(20)
      for (const { payload } of target.published)
        expect(known).toContain(Buffer.from(payload).toString('hex'))
      expect(target.last.kinds).toContain('publishEnded')
    }
  })

  it('fails when no target takes the stream', async () => {
    await publishing()
    const { code, stderr } = await run(['relay', url, 'rtmp://127.0.0.1:1/a/b'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/\nNobody listens at 127\.0\.0\.1:1: .*\n$/)
  })
})

describe('rtmp inspect of what travels', () => {
  it('shows both directions of a stream that it plays', async () => {
    await publishing()
    const records = (await run(['inspect', url, '--limit', '40'])).json()
    expect(records).toHaveLength(40)
    const commands = records
      .filter(({ kind }) => kind === 'command')
      .map(({ from, name }) => `${String(from)} ${String(name)}`)
    expect(commands.slice(0, 5)).toEqual([
      'client connect',
      'server _result',
      'client createStream',
      'server _result',
      'client play',
    ])
    expect(records.some(({ kind, from }) => kind === 'video' && from === 'server')).toBe(true)
  })

  it('tells people in the order of what happens', async () => {
    await publishing()
    const { stdout } = await run(['inspect', url, '--limit', '5', '--text'])
    const times = stdout
      .split('\n')
      .slice(1, 6)
      .map((line) => Number.parseFloat(line))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^ +seen at +sender +timestamp +kind +payload$/),
      expect.stringContaining('setChunkSize'),
      expect.stringContaining('connect #1'),
    ])
  })

  it('stands between a client and a server, changes nothing, and keeps the bytes', async () => {
    const save = join(folder, 'kept')
    const proxy = start(['inspect', '--listen', '0', url, '--connections', '1', '--save', save])
    const port = (
      await proxy.stderr.until(/rtmp:\/\/127\.0\.0\.1:(\d+)\/… instead of rtmp:\/\/127\.0\.0\.1:\d+\/…/)
    )[1]
    const publisher = await run(['publish', FILE, `rtmp://127.0.0.1:${port}/live/stream`, '--fast'])
    expect(publisher.code).toBe(0)
    const { code, json } = await proxy.ended
    expect(code).toBe(0)
    const records = json()
    expect(logic.published.length).toBe(decodeFlv(await readFile(FILE)).length)
    const media = records.filter(({ kind }) => kind === 'audio' || kind === 'video')
    expect(media).toHaveLength(mediaOf(await readFile(FILE)).length)
    expect(records.filter(({ kind }) => kind === 'connection').map(({ state }) => state)).toEqual([
      'listening',
      'opened',
      'closed',
    ])
    expect(records.filter(({ problem }) => problem !== undefined)).toEqual([])
    for (const [way, from] of [
      ['c2s', 'client'],
      ['s2c', 'server'],
    ]) {
      const kept = (await run(['inspect', `${save}-1.${way}.bin`])).json()
      const seen = records.filter((record) => record['from'] === from)
      for (const record of seen) {
        delete record['at']
        delete record['connection']
      }
      expect(kept).toEqual(seen)
    }
  })

  it('says that what comes to its port is not RTMP', async () => {
    const proxy = start(['inspect', '--listen', '0', url, '--connections', '1'])
    const port = (await proxy.stderr.until(/rtmp:\/\/127\.0\.0\.1:(\d+)/))[1]
    const browser = connect(Number(port), '127.0.0.1')
    browser.on('error', () => undefined)
    browser.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const { json } = await proxy.ended
    expect(json().find(({ kind, from }) => kind === 'problem' && from === 'client')).toMatchObject({
      problem: { message: expect.stringContaining('HTTP') },
    })
  })

  it('says that the server is not there', async () => {
    const proxy = start(['inspect', '--listen', '0', 'rtmp://127.0.0.1:1/a/b', '--connections', '1'])
    const port = (await proxy.stderr.until(/rtmp:\/\/127\.0\.0\.1:(\d+)/))[1]
    const client = connect(Number(port), '127.0.0.1')
    await once(client, 'close')
    const { json } = await proxy.ended
    expect(json().at(-1)).toMatchObject({
      state: 'closed',
      text: expect.stringMatching(/^because of the server: connect ECONNREFUSED/),
    })
  })

  it('names a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const port = (taken.address() as { port: number }).port
    const { code, stderr } = await run(['inspect', '--listen', String(port), url])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `Another program listens on port ${port} already; choose another port with --listen.\n`,
    )
  })
})
