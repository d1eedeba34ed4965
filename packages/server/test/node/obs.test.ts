import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeFlv } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { callbackAccess } from '../../src/access.ts'
import { type HttpOptions, type PublishContext, reject, type ServerOptions } from '../../src/index.ts'
import { startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }

/** What OBS 32 asks, as it was seen, with a canvas of 1920 × 1080 at 60. */
const question = (more: object = {}) => ({
  service: 'IVS',
  schema_version: '2025-01-25',
  authentication: 'show',
  client: { name: 'obs-studio', version: '32.2.2', supported_codecs: ['h264', 'h265', 'av1'] },
  capabilities: {
    cpu: { logical_cores: 16, physical_cores: 8, name: 'a processor', speed: 0 },
    memory: { total: 1, free: 1 },
    gaming_features: null,
    gpu: [],
    system: { name: 'Debian GNU/Linux' },
  },
  preferences: {
    maximum_aggregate_bitrate: null,
    maximum_video_tracks: null,
    vod_track_audio: false,
    audio_channels: 2,
    canvases: [
      {
        width: 1920,
        height: 1080,
        canvas_width: 1920,
        canvas_height: 1080,
        framerate: { numerator: 60, denominator: 1 },
      },
    ],
  },
  ...more,
})

interface Encoder {
  readonly type: string
  readonly width: number
  readonly height: number
  readonly framerate: { readonly numerator: number; readonly denominator: number }
  readonly settings: { readonly bitrate: number; readonly keyint_sec: number }
}

interface Configured {
  readonly status: { readonly result: string; readonly html_en_us: string }
  readonly meta: { readonly config_id: string }
  readonly ingest_endpoints: readonly { readonly protocol: string; readonly url_template: string }[]
  readonly encoder_configurations: readonly Encoder[]
  readonly audio_configurations: { readonly live: readonly object[]; readonly vod?: readonly object[] }
}

const start = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  const url = `http://127.0.0.1:${started.server.address('http')?.port ?? 0}/_/obs/multitrack?app=live`
  const post = (body: unknown): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const ask = async (more: object = {}): Promise<Configured> => {
    const response = await post(question(more))
    expect(response.status).toBe(200)
    return (await response.json()) as Configured
  }
  return { ...started, post, ask }
}

describe('what OBS is told to send', () => {
  test('a ladder by the canvas, key frames aligned, where to send it', async () => {
    const { ask, port } = await start()
    const { status, ingest_endpoints, encoder_configurations, audio_configurations } = await ask()
    expect(status).toEqual({ result: 'success', html_en_us: '' })
    expect(ingest_endpoints).toEqual([
      { protocol: 'RTMP', url_template: `rtmp://127.0.0.1:${port}/live/{stream_key}`, authentication: '' },
    ])
    expect(encoder_configurations.map(({ width, height }) => [width, height])).toEqual([
      [1920, 1080],
      [1280, 720],
      [854, 480],
      [640, 360],
      [284, 160],
    ])
    expect(new Set(encoder_configurations.map(({ settings }) => settings.keyint_sec))).toEqual(new Set([2]))
    expect(encoder_configurations.every(({ type }) => type === 'obs_x264')).toBe(true)
    expect(audio_configurations.live.length).toBe(1)
    expect(audio_configurations.vod).toBeUndefined()
  })

  test('encoders of the GPU, and the codec that the server’s own ladder prefers', async () => {
    const { ask } = await start({
      http: {
        ...HTTP,
        obs: {
          ingest: ['rtmps://ingest.example.org'],
          ladders: [
            { stream: 'other/*', rungs: [{ height: 100 }] },
            {
              stream: 'live/*',
              keyFrameSeconds: 1,
              rungs: [
                { height: 2160, bitrate: 20_000 },
                { height: 1080, bitrate: 6000, codecs: ['av1', 'hevc'] },
                { height: 720, fps: 30, bitrate: 2500 },
              ],
            },
          ],
        },
      },
    })
    const { capabilities, preferences } = question()
    const configured = await ask({
      capabilities: { ...capabilities, gpu: [{ model: 'one', vendor_id: 0x10de }] },
      preferences: { ...preferences, vod_track_audio: true },
    })
    expect(configured.status).toEqual({ result: 'success', html_en_us: '' })
    expect(configured.ingest_endpoints[0]).toMatchObject({
      protocol: 'RTMPS',
      url_template: 'rtmps://ingest.example.org/live/{stream_key}',
    })
    expect(
      configured.encoder_configurations.map(({ type, height, framerate, settings }) => [
        type,
        height,
        framerate.numerator / framerate.denominator,
        settings.bitrate,
        settings.keyint_sec,
      ]),
    ).toEqual([
      ['obs_nvenc_av1_tex', 1080, 60, 6000, 1],
      ['obs_nvenc_h264_tex', 720, 30, 2500, 1],
    ])
    expect(configured.audio_configurations.vod?.length).toBe(1)
  })

  test('encoders that OBS has on Windows only are asked for there only', async () => {
    const { ask } = await start()
    const { capabilities } = question()
    const typesOn = async (name: string): Promise<Set<string>> => {
      const gpu = [{ model: 'one', vendor_id: 0x1002 }]
      const { encoder_configurations: encoders } = await ask({
        capabilities: { ...capabilities, gpu, system: { name } },
      })
      return new Set(encoders.map(({ type }) => type))
    }
    expect(await typesOn('Windows 11 Pro')).toEqual(new Set(['h264_texture_amf']))
    expect(await typesOn('Debian GNU/Linux')).toEqual(new Set(['obs_x264']))
  })

  test('the person’s own limits hold', async () => {
    const { ask } = await start()
    const { preferences } = question()
    const few = await ask({ preferences: { ...preferences, maximum_video_tracks: 2 } })
    expect(few.encoder_configurations.map(({ height }) => height)).toEqual([1080, 160])
    const thin = await ask({ preferences: { ...preferences, maximum_aggregate_bitrate: 3000 } })
    const total = thin.encoder_configurations.reduce((sum, { settings }) => sum + settings.bitrate, 0)
    expect(total).toBeLessThanOrEqual(3000)
    expect(thin.encoder_configurations.map(({ height }) => height)).toEqual([360, 160])
    const tiny = await ask({ preferences: { ...preferences, maximum_aggregate_bitrate: 120 } })
    expect(tiny.encoder_configurations.map(({ settings }) => settings.bitrate)).toEqual([120])
  })

  test('without a GPU the processor sets the bounds, and what is left of the server’s own ladder is said', async () => {
    const rungs = [{ height: 1080 }, { height: 720 }, { height: 360 }]
    const { ask } = await start({ http: { ...HTTP, obs: { ladders: [{ rungs }] } } })
    const { capabilities } = question()
    const withCores = async (logical_cores: number) => {
      const answer = await ask({ capabilities: { ...capabilities, cpu: { logical_cores } } })
      return [answer.encoder_configurations.map(({ height }) => height), answer.status.result]
    }
    expect(await withCores(2)).toEqual([[1080], 'warning'])
    expect(await withCores(8)).toEqual([[1080, 360], 'warning'])
    expect(await withCores(12)).toEqual([[1080, 720, 360], 'success'])
  })

  test('the key is checked as a publish would be, and nothing is published', async () => {
    const asked: string[] = []
    const ended: string[] = []
    const { ask, server } = await start({
      handler: {
        publish: ({ path, query, intent }: PublishContext) => {
          asked.push(`${path} ${query['token'] ?? ''} ${intent}`)
          return path === 'live/show' ? undefined : reject('this key is not known')
        },
        unpublish: ({ path }) => {
          ended.push(path)
        },
      },
    })
    const wrong = await ask({ authentication: 'guess' })
    expect(wrong.status).toEqual({
      result: 'error',
      html_en_us: 'The server refuses: this key is not known.',
    })
    expect((await ask({ authentication: 'show?token=t' })).status.result).not.toBe('error')
    expect(asked).toEqual(['live/guess  configure', 'live/show t configure'])
    expect(ended).toEqual([])
    expect(server.streams.length).toBe(0)
    expect((await ask({ authentication: '' })).status.html_en_us).toBe('Enter a stream key.')
  })

  test.each(['json', 'nginx', 'srs'] as const)(
    'HTTP callbacks see that it is only a question: %s',
    async (form) => {
      const bodies: string[] = []
      const endpoint = createServer((request, response) => {
        let text = ''
        request.on('data', (part) => (text += String(part)))
        request.on('end', () => {
          bodies.push(text)
          response.writeHead(text.includes('guess') ? 403 : 200).end()
        })
      }).listen(0, '127.0.0.1')
      onTestFinished(() => void endpoint.close())
      await once(endpoint, 'listening')
      const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`
      const { ask } = await start({ handler: callbackAccess({ publish: url, ended: url, form }) })
      expect((await ask({ authentication: 'guess' })).status.result).toBe('error')
      expect((await ask({ authentication: 'show?intent=publish' })).status.result).toBe('success')
      const asked = bodies.filter((body) => !body.includes('disconnect') && !body.includes('on_close'))
      expect(asked).toHaveLength(2)
      for (const body of asked) {
        if (form === 'nginx') expect(new URLSearchParams(body).get('intent')).toBe('configure')
        else expect(JSON.parse(body)).toMatchObject({ intent: 'configure' })
      }
    },
  )

  test('what OBS tells of its machine is in statistics and metrics', async () => {
    const { client, server } = await start({ http: { ...HTTP, metricsPerStream: true } })
    const publisher = await client().open('live')
    const id = await publisher.publish('show')
    for (const { typeId, timestamp, payload } of decodeFlv(
      await readRepoFile('media/obs/obs32-multitrack-h264x3-aac.flv'),
    ))
      if (typeId !== 18) publisher.send(id, typeId as 8 | 9, timestamp, payload)
    const performanceOf = () => server.streams[0]?.publisher?.performance
    await expect.poll(() => performanceOf()?.rendered).toBe(137)
    const { renditions, ...session } = performanceOf() ?? { renditions: [] }
    expect(session).toEqual({ rendered: 137, lagged: 1, dropped: 0, output: 414 })
    expect(
      renditions.map(({ trackId, input, skipped, output }) => [trackId, input, skipped, output]),
    ).toEqual([
      [0, 137, 0, 137],
      [1, 137, 0, 137],
      [2, 138, 0, 138],
    ])
    const port = server.address('http')?.port
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { authorization: 'Bearer t0ken' },
    })
    const text = await metrics.text()
    expect(text).toContain('rtmp_stream_encoder_lagged_frames{app="live",stream="show"} 1')
    expect(text).toMatch(/rtmp_stream_encode_seconds\{app="live",stream="show"\} 0\.00\d/)
  })

  test('a publisher that is live is not disturbed by the question', async () => {
    const { ask, client, server } = await start({ streams: { secondPublisher: 'replace' } })
    const publisher = await client().open('live')
    await publisher.publish('show')
    expect((await ask()).status.result).not.toBe('error')
    expect(server.streams.length).toBe(1)
    expect(publisher.socket.destroyed).toBe(false)
  })

  test('later schema versions and unknown fields are put up with', async () => {
    const { ask } = await start()
    const { client } = question()
    expect(
      (await ask({ schema_version: '2031-01-01', more: { a: 1 }, client: { ...client, x: 1 } })).status
        .result,
    ).not.toBe('error')
    expect(
      (await ask({ capabilities: undefined, client: undefined })).encoder_configurations.length,
    ).toBeGreaterThan(0)
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no key', { ...question(), authentication: undefined }],
    ['a key of another type', { ...question(), authentication: { a: 1 } }],
    ['a long key', { ...question(), authentication: 'x'.repeat(5000) }],
    ['no canvas', { ...question(), preferences: { canvases: [] } }],
    [
      'a canvas of nothing',
      {
        ...question(),
        preferences: { canvases: [{ width: 0, height: 1, framerate: { numerator: 1, denominator: 1 } }] },
      },
    ],
    [
      'a rate of infinity',
      {
        ...question(),
        preferences: { canvases: [{ width: 1, height: 1, framerate: { numerator: 1, denominator: 0 } }] },
      },
    ],
    [
      'a hundred canvases',
      {
        ...question(),
        preferences: { canvases: Array.from({ length: 100 }, () => question().preferences.canvases[0]) },
      },
    ],
  ])('%s is refused', async (_, body) => {
    const { post } = await start()
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toHaveProperty('error')
  })

  test('a body that is too long is refused', async () => {
    const { post } = await start()
    expect((await post('x'.repeat(100_000))).status).toBe(413)
  })
})
