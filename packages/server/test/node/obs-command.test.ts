import { describe, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { type ObsFlags, obsText } from '../../src/node/obs-command.ts'

const of = (flags: Partial<ObsFlags>, value: Readonly<Record<string, unknown>> = {}): string => {
  const loaded = loadConfiguration({ file: { name: 'rtmp.yaml', value }, environment: {}, flags: {} })
  if (!loaded.ok) throw new Error(loaded.problems.join(' '))
  const asked: ObsFlags = {
    stream: 'live/show?token=t',
    host: 'media.example.org',
    form: 'service',
    canvas: '1920x1080',
    fps: '30',
    gpu: 'none',
    ...flags,
  }
  return obsText(asked, loaded.configuration)
}

describe('rtmp-server obs-config', () => {
  test('service.json, by the ports of the configuration', () => {
    const settings = {
      service: 'RTMP for TypeScript',
      protocol: 'RTMP',
      server: 'rtmp://media.example.org/live',
      key: 'show?token=t',
      multitrack_video_name: 'Enhanced Broadcasting',
      multitrack_video_configuration_url: 'http://media.example.org:8000/_/obs/multitrack?app=live',
    }
    expect(JSON.parse(of({}))).toEqual({ type: 'rtmp_common', settings })
    const other = JSON.parse(of({ stream: 'a b/c/key' }, { rtmp: { port: 1936 }, http: { port: 80 } }))
    expect(other).toMatchObject({
      settings: {
        server: 'rtmp://media.example.org:1936/a b/c',
        key: 'key',
        multitrack_video_configuration_url: 'http://media.example.org:80/_/obs/multitrack?app=a%20b%2Fc',
      },
    })
    expect(of({}, { obs: { ingest: ['rtmps://in.example.org/'] } })).toContain(
      '"rtmps://in.example.org/live"',
    )
  })

  test('the JSON that OBS would be told, by the server’s ladders', () => {
    const ladders = [
      { stream: 'live/*', keyFrameSeconds: 1, rungs: [{ height: 720, bitrate: 2500, codecs: ['hevc'] }] },
    ]
    expect(JSON.parse(of({ form: 'json', gpu: 'nvidia' }, { ladders }))).toMatchObject({
      ingest_endpoints: [{ url_template: 'rtmp://media.example.org/live/{stream_key}' }],
      encoder_configurations: [
        { type: 'obs_nvenc_hevc_tex', height: 720, settings: { bitrate: 2500, keyint_sec: 1 } },
      ],
    })
    const [first] = (
      JSON.parse(of({ form: 'json', canvas: '640x360', stream: 'other/show' }, { ladders })) as {
        encoder_configurations: { height: number }[]
      }
    ).encoder_configurations
    expect(first?.height).toBe(360)
  })

  test('in words, all that is to be done', () => {
    const text = of({ form: 'text' })
    for (const part of ['service.json', 'EnableMultitrackVideo=true', 'Config Override', 'show?token=t'])
      expect(text).toContain(part)
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(140)
  })

  test('what cannot be is said', () => {
    expect(() => of({ stream: 'a//b' })).toThrow(
      "'a//b' is no stream; write its app and key, such as live/show.",
    )
    expect(() => of({ form: 'json', canvas: 'big' })).toThrow(/'big' at '30' is no canvas/)
    expect(() => of({}, { http: { port: 'off' } })).toThrow(/OBS asks over HTTP, which is off/)
    expect(() => of({ form: 'json' }, { http: { port: 'off' } })).not.toThrow()
  })
})
