import { describe, expect, it } from 'vitest'
import { PRESETS, parseRtmpUrl, type PresetName, preset, RtmpPublisher, redactUrl } from '../src/index.ts'
import { MemoryNetwork } from './support/memory-network.ts'

describe('presets', () => {
  it.each(Object.keys(PRESETS) as PresetName[])('%s: the key with its query is the stream name', (name) => {
    const { url } = preset(name, ' FB-1-2?s_bl=1&a=Ab/c ')
    const parsed = parseRtmpUrl(url)
    expect(parsed.scheme).toBe('rtmps')
    expect(parsed.streamName).toBe('FB-1-2?s_bl=1&a=Ab/c')
    expect(`${parsed.scheme}://${parsed.host}:${parsed.port}/${parsed.app}`).toBe(PRESETS[name].server)
  })

  it('say nothing to a platform that it has not asked for', async () => {
    const network = new MemoryNetwork()
    const { url, options } = preset('twitch', 'live_1')
    const server = network.serve('ingest.global-contribute.live-video.net:443')
    const publisher = new RtmpPublisher(network, url, options)
    await network.until(publisher.started)
    await network.pass(60_000)
    expect(server.last.connect?.connect.properties).toEqual({
      app: 'app',
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
      tcUrl: 'rtmps://ingest.global-contribute.live-video.net/app',
    })
    expect(server.last.session.stats.rtt).toBeUndefined()
    await network.until(publisher.end())
  })

  it('are refused without a key, and by an unknown name', () => {
    expect(() => preset('youtube', ' ')).toThrow(/stream key is missing/)
    expect(() => preset('toString' as PresetName, 'x')).toThrow(/there are twitch, youtube, facebook/)
  })
})

describe('URLs in logs', () => {
  it.each([
    ['rtmp://host/live/key', 'rtmp://host/live/…'],
    ['rtmps://me:secret@host:443/a/b/key?token=1', 'rtmps://host:443/a/b/…'],
    ['rtmp://[::1]:1935/live/key#x', 'rtmp://[::1]:1935/live/…'],
    ['rtmp://host', 'rtmp://host…'],
    ['rtmp://host/key', 'rtmp://host/…'],
    ['rtmp://host/live?token=1', 'rtmp://host/…'],
    ['nonsense secret', '…'],
  ])('%s becomes %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown)
  })
})
