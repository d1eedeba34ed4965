// A real browser plays live FLV from a server that is not ours: every codec of the samples that it has.
import { afterEach, describe, expect, test } from 'vitest'
import { isPlayerError } from '../src/index.ts'
import { closeAll, liveUrl, watch } from './support/watch.ts'

afterEach(closeAll)

/** The samples, and what is played of them; Debian's Chromium has no HEVC, AC-3 and E-AC-3. */
const SAMPLES = [
  ['h264-aac', 'h264', 'aac'],
  ['h264-aac-nobframes', 'h264', 'aac'],
  ['h264-aac-ts-rollover', 'h264', 'aac'],
  ['h264-mp3', 'h264', 'mp3'],
  ['h264-opus', 'h264', 'opus'],
  ['h264-flac', 'h264', 'flac'],
  ['av1-opus', 'av1', 'opus'],
  ['vp9-opus', 'vp9', 'opus'],
  ['gst-enhanced-h264-aac', 'h264', 'aac'],
  ['gst-multitrack-h264-hevc-aacx2', 'h264', 'aac'],
  ['multitrack-h264x2-aacx2', 'h264', 'aac'],
  ['multitrack-h264-hevc-aac-opus', 'h264', 'aac'],
] as const

describe.each(SAMPLES)('%s', (name, videoCodec, audioCodec) => {
  test.each(['http', 'ws'] as const)('plays over %s, nothing is lost', async (scheme) => {
    const { player, video, errors, until } = watch(liveUrl(`/live/${name}.flv`, {}, scheme))
    await until(
      'two seconds are played',
      () => player.state === 'playing' && video.getVideoPlaybackQuality().totalVideoFrames > 40,
    )
    const from = video.currentTime
    await until('time goes on', () => video.currentTime > from + 0.5)
    expect(errors).toEqual([])
    expect(video.muted).toBe(true)
    expect(video.videoWidth).toBe(320)
    const selected = player.tracks.filter((track) => track.selected)
    expect(selected.map(({ codec }) => codec)).toEqual([videoCodec, audioCodec])
    expect(selected.map(({ width, height }) => [width, height])[0]).toEqual([320, 180])
    const { corruptedFrames, brokenMessages, latency, bitrate } = player.stats
    expect(corruptedFrames).toBe(0)
    expect(brokenMessages).toBe(0)
    expect(latency).toBeGreaterThan(0)
    expect(bitrate).toBeGreaterThan(0)
    expect(video.buffered.length).toBe(1)
  })
})

describe('codecs', () => {
  test('what the browser lacks is named: HEVC', async () => {
    const { player, errors, until } = watch(liveUrl('/live/hevc-aac.flv'))
    await until('it fails', () => player.state === 'failed')
    expect(errors).toHaveLength(1)
    const [error] = errors
    expect(isPlayerError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'PLAYER_CODEC', fatal: true })
    expect(error?.message).toMatch(/no decoder for H\.265 video \(hvc1\./)
    expect(error?.missing).toMatchObject([{ kind: 'video', trackId: 0, codec: 'hevc', title: 'H.265' }])
  })

  test('sound that the browser lacks is left out and named where only pictures are needed', async () => {
    const { player, video, errors, until } = watch(liveUrl('/live/h264-ac3.flv'), { need: ['video'] })
    await until('it plays', () => player.state === 'playing' && video.currentTime > 1)
    expect(errors).toMatchObject([{ code: 'PLAYER_CODEC', fatal: false, missing: [{ codec: 'ac3' }] }])
    expect(errors[0]?.message).toBe('this browser has no decoder for AC-3 audio (ac-3)')
  })

  test('sound alone is played', async () => {
    const { player, video, errors, until } = watch(liveUrl('/live/aac-only.flv'))
    await until('it plays', () => player.state === 'playing' && video.currentTime > 2)
    expect(errors).toEqual([])
    expect(player.tracks).toMatchObject([
      { kind: 'audio', codec: 'aac', selected: true, sampleRate: 48_000, channels: 1 },
    ])
  })

  test('codecs without a place in MP4 are named', async () => {
    const { player, errors, until } = watch(liveUrl('/live/legacy-flv1-mp3.flv'))
    await until('it fails', () => player.state === 'failed')
    expect(errors).toMatchObject([{ code: 'PLAYER_CODEC', missing: [{ kind: 'video', codec: 'flv1' }] }])
  })
})

describe('tracks', () => {
  test('sound and pictures are changed while playing', async () => {
    const { player, video, errors, until } = watch(liveUrl('/live/multitrack-h264x2-aacx2.flv'))
    await until('it plays', () => player.state === 'playing' && video.currentTime > 1)
    expect(player.tracks.map(({ kind, trackId, selected }) => [kind, trackId, selected])).toEqual([
      ['video', 0, true],
      ['video', 1, false],
      ['audio', 0, true],
      ['audio', 1, false],
    ])
    const from = video.currentTime
    player.selectTrack('audio', 1)
    player.selectTrack('video', 1)
    const [, second] = player.tracks
    await until('they are chosen', () =>
      player.tracks.filter(({ selected }) => selected).every(({ trackId }) => trackId === 1),
    )
    await until(
      'the other picture is shown',
      () => video.videoWidth === (second?.width ?? 0) && video.currentTime > from + 4,
    )
    expect(errors).toEqual([])
    expect(video.buffered.length).toBe(1)
    expect(player.stats.corruptedFrames).toBe(0)
  })

  test('another codec takes its place: AAC, then Opus', async () => {
    const { player, video, errors, until } = watch(liveUrl('/live/multitrack-h264-hevc-aac-opus.flv'))
    await until('it plays', () => player.state === 'playing' && video.currentTime > 1)
    const opus = player.tracks.find(({ codec }) => codec === 'opus')
    player.selectTrack('audio', opus?.trackId ?? 0)
    const from = video.currentTime
    await until('it goes on', () => video.currentTime > from + 2)
    expect(errors).toEqual([])
    expect(() => player.selectTrack('video', 1)).toThrow(/H\.265/)
    expect(() => player.selectTrack('video', 9)).toThrow(/no track/)
  })

  test('a kind that begins later is added', async () => {
    const { player, video, errors, until } = watch(liveUrl('/live/h264-aac.flv', { late: 'audio,4000' }))
    await until('pictures play', () => player.state === 'playing' && video.currentTime > 1)
    expect(player.tracks.filter(({ selected }) => selected).map(({ kind }) => kind)).toEqual(['video'])
    await until('sound is there', () => player.tracks.filter(({ selected }) => selected).length === 2)
    const from = video.currentTime
    await until('it goes on', () => player.state === 'playing' && video.currentTime > from + 1)
    expect(errors).toEqual([])
  })
})

describe('time', () => {
  test('stays near the newest picture, and jumps to it after a pause', async () => {
    const { player, video, until } = watch(liveUrl('/live/h264-aac-nobframes.flv'), {
      latency: { jumpAbove: 1500 },
    })
    await until(
      'it plays near the newest picture',
      () => player.state === 'playing' && (player.stats.latency ?? 9999) < 800 && video.currentTime > 2,
    )
    video.pause()
    await until('it falls behind', () => (player.stats.latency ?? 0) > 3000)
    expect(player.state).toBe('paused')
    await player.play()
    await until('it has jumped', () => (player.stats.latency ?? 9999) < 800 && player.state === 'playing')
    expect(player.stats.jumps).toBeGreaterThan(0)
  })

  test('what was played is let go of, and what nobody plays', async () => {
    const { player, video, until } = watch(liveUrl('/live/h264-aac-nobframes.flv'), {
      buffer: { behind: 1000, ahead: 3000 },
    })
    await until('it has let go', () => video.currentTime > 6)
    expect(video.currentTime - video.buffered.start(0)).toBeLessThan(5)
    video.pause()
    await until('time passes', () => video.buffered.end(0) > video.currentTime + 6)
    expect(video.buffered.end(0) - video.buffered.start(0)).toBeLessThan(8)
    await player.play()
    await until('it goes on', () => player.state === 'playing' && (player.stats.latency ?? 9999) < 1500)
  })

  test('the one timeline goes on over a lost connection', async () => {
    const { player, video, states, errors, until } = watch(
      liveUrl('/live/h264-aac-nobframes.flv', { cut: '1,1500', begin: '100000' }),
      { reconnect: { delay: 50 } },
    )
    await until('it plays', () => player.state === 'playing')
    expect(video.currentTime).toBeGreaterThan(100)
    await until('it is lost', () => states.includes('reconnecting'))
    await until('it goes on', () => player.state === 'playing' && video.currentTime > 105)
    expect(player.stats.reconnects).toBe(1)
    // What came while nobody was connected is missing, if it was before the last key frame; nothing else is.
    const { buffered } = video
    const holes = Array.from(
      { length: buffered.length - 1 },
      (_, at) => buffered.start(at + 1) - buffered.end(at),
    )
    expect(Math.max(0, ...holes)).toBeLessThan(1)
    expect(errors).toEqual([])
  })

  test('sound and pictures stand where the stream says, to 50 ms', async () => {
    const { player, video, until } = watch(liveUrl('/live/h264-aac-nobframes.flv'))
    const drift: number[] = []
    const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      // The element's clock is that of the sound.
      if (player.state === 'playing') drift.push(Math.abs(video.currentTime - mediaTime))
      video.requestVideoFrameCallback(look)
    }
    video.requestVideoFrameCallback(look)
    await until('a hundred pictures', () => drift.length > 100)
    const sorted = drift.toSorted((a, b) => a - b)
    // A picture lasts 40 ms, and is looked at after it has come up.
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(0.05)
  })
})

describe('connections', () => {
  test('the end of the stream is the end of playing', async () => {
    const { player, video, until } = watch(liveUrl('/live/h264-aac.flv', { loops: '1' }, 'ws'))
    await until('it has ended', () => player.state === 'ended')
    expect(video.ended).toBe(true)
    expect(player.error).toBeUndefined()
  })

  test('a stream that is not there is an error, or waited for', async () => {
    const fails = watch(liveUrl('/live/h264-aac.flv', { absent: '1' }))
    await fails.until('it fails', () => fails.player.state === 'failed')
    expect(fails.errors).toMatchObject([{ code: 'PLAYER_ABSENT', status: 404, fatal: true }])
    const waits = watch(liveUrl('/live/h264-aac.flv', { absent: '2' }), {
      whenAbsent: 'wait',
      reconnect: { delay: 50 },
    })
    await waits.until('it plays', () => waits.player.state === 'playing')
    expect(waits.states.slice(0, 2)).toEqual(['absent', 'buffering'])
    expect(waits.errors).toEqual([])
  })

  test('where no WebSocket gets through, the stream comes over HTTP', async () => {
    const { player, errors, until } = watch(liveUrl('/live/h264-aac.flv', { ws: 'no', loops: '1' }, 'ws'))
    await until('it has ended', () => player.state === 'ended')
    expect(player.stats.reconnects).toBe(0)
    expect(errors).toEqual([])
  })

  test('a WebSocket that is refused is asked why', async () => {
    const { player, errors, until } = watch(liveUrl('/status/403.flv', {}, 'ws'))
    await until('it fails', () => player.state === 'failed')
    expect(errors).toMatchObject([{ code: 'PLAYER_REFUSED', status: 403 }])
  })

  test.each([
    ['/html.flv', 'PLAYER_NOT_FLV', {}],
    ['/status/401.flv', 'PLAYER_REFUSED', {}],
    ['/status/500.flv', 'PLAYER_CONNECTION', { reconnect: { attempts: 1, delay: 20 } }],
    ['/silent.flv', 'PLAYER_CONNECTION', { reconnect: { attempts: 0, silence: 1000 } }],
  ] as const)('%s is %s', async (path, code, options) => {
    const { player, errors, until } = watch(liveUrl(path), options)
    await until('it fails', () => player.state === 'failed')
    expect(errors).toMatchObject([{ code, fatal: true }])
    expect(player.error).toBe(errors[0])
  })

  test('closing leaves an empty element', async () => {
    const { player, video, states, until } = watch(liveUrl('/live/h264-aac.flv'))
    await until('it plays', () => player.state === 'playing')
    player.close()
    player.close()
    expect(player.state).toBe('closed')
    expect(states.at(-1)).toBe('closed')
    expect(video.src).toBe('')
    expect(video.readyState).toBe(0)
  })
})

describe('where it runs', () => {
  test('in a worker', async () => {
    const { player, video, errors, until } = watch(liveUrl('/live/h264-opus.flv', {}, 'ws'), {
      worker: () => new Worker(new URL('../src/worker.ts', import.meta.url), { type: 'module' }),
    })
    await until('it plays', () => player.state === 'playing' && video.currentTime > 2)
    expect(player.stats.inWorker).toBe(true)
    expect(errors).toEqual([])
    player.close()
    expect(video.srcObject).toBeNull()
  })

  test('in the page where no worker starts', async () => {
    const { player, until } = watch(liveUrl('/live/h264-aac.flv'), {
      worker: () => new Worker('/nothing-here.js', { type: 'module' }),
    })
    await until('it plays', () => player.state === 'playing')
    expect(player.stats.inWorker).toBe(false)
  })

  test('sound is kept back where the browser does not allow it, and that is said', async () => {
    const { player, video, until } = watch(liveUrl('/live/h264-aac.flv'), { muted: false })
    const outcomes: unknown[] = []
    player.on('autoplay', (outcome) => outcomes.push(outcome))
    await until('it plays', () => player.state === 'playing')
    expect(outcomes).toEqual([{ playing: true, muted: video.muted }])
  })

  test('managed media sources, where there are no others', async () => {
    const original = globalThis.MediaSource
    const scope = globalThis as Record<string, unknown>
    const created: MediaSource[] = []
    class Managed extends original {
      constructor() {
        super()
        created.push(this)
      }
    }
    scope['ManagedMediaSource'] = Managed
    scope['MediaSource'] = undefined
    try {
      const { player, video, until } = watch(liveUrl('/live/h264-aac.flv'))
      await until('it plays', () => player.state === 'playing')
      expect(created).toHaveLength(1)
      expect(video.disableRemotePlayback).toBe(true)
    } finally {
      scope['MediaSource'] = original
      delete scope['ManagedMediaSource']
    }
  })

  test('a browser without media sources is told so', async () => {
    const original = globalThis.MediaSource
    const scope = globalThis as Record<string, unknown>
    scope['MediaSource'] = undefined
    try {
      const { player, errors, until } = watch(liveUrl('/live/h264-aac.flv'))
      await until('it fails', () => player.state === 'failed')
      expect(errors).toMatchObject([{ code: 'PLAYER_NO_MSE' }])
    } finally {
      scope['MediaSource'] = original
    }
  })
})
