import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capture, root, run, sample } from './support/run.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-inspect-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const temporary = async (name: string, bytes: Uint8Array | string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

interface Indexed {
  readonly name: string
  readonly c2s: { readonly messages: number; readonly truncated: boolean }
  readonly s2c: { readonly messages: number; readonly truncated: boolean }
}

describe('rtmp inspect of an FLV file', () => {
  it('tells every tag, for people', async () => {
    const { code, stdout } = await run(['inspect', sample('h264-aac.flv'), '--text', '--limit', '9'])
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      " timestamp  kind         payload
        0:00.000  header           9 B  FLV version 1, announces video and audio
        0:00.000  data           292 B  onMetaData  { duration: 4.08, width: 320, height: 180, videodatarate: 292.96875, framerate: 25, videocodecid: 7, audiodatarate: 62.5, audiosamplerate: 48000, audiosamplesize: 16, stereo: false, audiocodecid: 10, encoder: 'Lavf63.1.102', filesize: 108436 }
        0:00.000  video           50 B  H.264 sequence header, High, level 1.3, 320x180, 25 fps
        0:00.000  audio            7 B  AAC sequence header, AAC LC, 48 kHz, mono
        0:00.000  video         2.7 kB  H.264 key frame, shown +80 ms
        0:00.040  video          255 B  H.264 frame, shown +200 ms
        0:00.059  audio          192 B  AAC
        0:00.080  video           27 B  H.264 frame, shown +80 ms
        0:00.080  audio          237 B  AAC
      "
    `)
  })

  it('cuts lines at the edge of a terminal', async () => {
    const { stdout } = await run(['inspect', sample('h264-aac.flv'), '--limit', '3'], { terminal: true })
    const lines = stdout.trimEnd().split('\n')
    expect(lines[2]).toMatch(/onMetaData.*…$/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('gives one JSON object a line, each with kind, timestamp and bytes, when piped', async () => {
    const records = (await run(['inspect', sample('multitrack-h264-hevc-aac-opus.flv')])).json()
    expect(records.length).toBeGreaterThan(500)
    for (const record of records) {
      expect(record).toMatchObject({
        kind: expect.any(String),
        timestamp: expect.any(Number),
        bytes: expect.any(Number),
      })
      expect(Object.keys(record).slice(0, 3)).toEqual(['kind', 'timestamp', 'bytes'])
    }
    expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(['header', 'data', 'video', 'audio']))
    expect(records[3]).toMatchObject({
      kind: 'video',
      frames: [
        { trackId: 1, codec: 'hevc', type: 'sequenceHeader', form: 'enhanced', facts: { width: 160 } },
      ],
    })
  })

  it('shows the kinds asked for only', async () => {
    const { stdout } = await run(['inspect', sample('h264-aac.flv'), '--only', 'data, header'])
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    const wrong = await run(['inspect', sample('h264-aac.flv'), '--only', 'pictures'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/^There is no kind pictures; --only takes audio, video, data/)
  })

  it('shows bytes in hexadecimal', async () => {
    const args = ['inspect', sample('h264-aac.flv'), '--only', 'audio', '--limit', '1', '--hex', '4']
    expect((await run(args)).json()[0]).toMatchObject({ kind: 'audio', hex: 'af001188' })
    expect((await run([...args, '--text'])).stdout).toMatch(/\n {4}0000 {2}af 00 11 88 +\.\.\.\.\n$/)
  })

  it('reads standard input', async () => {
    const stdin = [await readFile(sample('aac-only.flv'))]
    const piped = await run(['inspect', '-'], { stdin })
    const named = await run(['inspect', sample('aac-only.flv')])
    expect(piped.stdout).toBe(named.stdout)
  })

  it('says where a file is damaged, and goes on', async () => {
    const bytes = await readFile(sample('h264-aac.flv'))
    bytes.fill(0xff, 5000, 5400)
    const path = await temporary('damaged.flv', bytes.subarray(0, 100_000))
    const records = (await run(['inspect', path])).json()
    const problems = records.filter(({ problem }) => problem !== undefined)
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'problem',
          problem: expect.objectContaining({ code: 'FLV_SKIPPED' }),
        }),
        expect.objectContaining({
          kind: 'problem',
          problem: expect.objectContaining({ code: 'FLV_TRUNCATED' }),
        }),
      ]),
    )
    expect(records.length).toBeGreaterThan(200)
  })

  it('tells of a tag that cannot be decoded', async () => {
    const head = Buffer.from('464c5601050000000900000000', 'hex')
    const tag = Buffer.from('12000003000000000000000200090000000e', 'hex')
    const [, record] = (
      await run(['inspect', await temporary('broken.flv', Buffer.concat([head, tag]))])
    ).json()
    expect(record).toMatchObject({ kind: 'data', name: '', problem: { code: expect.any(String) } })
  })
})

describe('rtmp inspect of a recorded connection', () => {
  it('reads every recording of the repository as the other reader of the project did', async () => {
    const index = JSON.parse(await readFile(capture('index.json'), 'utf8')) as Indexed[]
    expect(index.length).toBeGreaterThan(10)
    for (const entry of index) {
      for (const [way, from] of [
        ['c2s', 'client'],
        ['s2c', 'server'],
      ] as const) {
        const { code, json } = await run(['inspect', capture(`${entry.name}.${way}.bin`)])
        expect(code).toBe(0)
        const records = json()
        expect(records[0]).toMatchObject({ kind: 'handshake', from, protocolVersion: 3 })
        const messages = records.filter(({ kind }) => kind !== 'handshake' && kind !== 'problem')
        expect(messages.length, `${entry.name}.${way}`).toBe(entry[way].messages)
        const problems = records.filter(({ problem }) => problem !== undefined)
        const codes = problems.map(({ problem }) => (problem as { code: string }).code)
        expect(
          codes.every((code) => code === 'CHUNK_TRUNCATED' && entry[way].truncated),
          entry.name,
        ).toBe(true)
      }
    }
  })

  it('tells who spoke, for people', async () => {
    const { stdout } = await run(['inspect', capture('ffmpeg-5.1-publish.s2c.bin'), '--text'])
    expect(stdout).toMatchInlineSnapshot(`
      "sender     timestamp  kind         payload
      server ←    0:00.000  handshake     3.1 kB  digest, RTMP version 3, time 1584894, software 13.14.10.13
      server ←    0:00.000  control          4 B  windowAckSize  5000000
      server ←    0:00.000  control          5 B  setPeerBandwidth  windowAckSize 5000000  limitType 'dynamic'
      server ←    0:00.000  control          4 B  setChunkSize  4096
      server ←    0:00.000  command        190 B  _result #1  { fmsVer: 'FMS/3,0,1,123', capabilities: 31 }  { level: 'status', code: 'NetConnection.Connect.Success', description: 'Connection succeeded.', objectEncoding: 0 }
      server ←    0:00.000  command         29 B  _result #4  1
      server ←    0:00.000  command        105 B  onStatus  { level: 'status', code: 'NetStream.Publish.Start', description: 'Start publishing' }
      server ←    0:00.000  command        108 B  onStatus  { level: 'status', code: 'NetStream.Unpublish.Success', description: 'Stop publishing' }
      "
    `)
  })

  it('finds out who spoke by what was said, and believes --from', async () => {
    const client = await temporary('one', await readFile(capture('obs-29-publish.c2s.bin')))
    const server = await temporary('two', await readFile(capture('obs-29-publish.s2c.bin')))
    const from = async (...args: string[]): Promise<unknown> =>
      (await run(['inspect', ...args])).json()[1]?.['from']
    expect(await from(client)).toBe('client')
    expect(await from(server)).toBe('server')
    expect(await from(server, '--from', 'client')).toBe('client')
  })

  it('reads bytes that begin behind the handshake', async () => {
    const bytes = (await readFile(capture('obs-29-publish.c2s.bin'))).subarray(3073)
    const path = await temporary('chunks', bytes)
    const whole = (await run(['inspect', capture('obs-29-publish.c2s.bin'), '--limit', '100']))
      .json()
      .slice(1)
    expect((await run(['inspect', path, '--chunks', '--from', 'client', '--limit', '99'])).json()).toEqual(
      whole,
    )
  })

  it('says what it is given when that is no RTMP', async () => {
    const { code, stderr } = await run(['inspect', `${root}README.md`])
    expect(code).toBe(5)
    expect(stderr).toMatch(/is neither an FLV file nor RTMP from its first byte on; .* add --chunks\.\n$/)
    const empty = await run(['inspect', await temporary('empty', '')])
    expect(empty).toMatchObject({ code: 5, stderr: expect.stringMatching(/ is empty\.\n$/) })
  })

  it('stops at bytes that are no chunks', async () => {
    const bytes = await readFile(capture('obs-29-publish.c2s.bin'))
    bytes.fill(0xff, 3300, 3400)
    const records = (await run(['inspect', await temporary('bad.c2s.bin', bytes)])).json()
    expect(records.at(-1)).toMatchObject({
      kind: 'problem',
      from: 'client',
      problem: { code: expect.stringMatching(/^CHUNK_/) as string },
    })
  })
})
