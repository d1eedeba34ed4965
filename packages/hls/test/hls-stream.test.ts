import { MediaMessage } from '@rtmp/e-rtmp'
import { encodeScriptData } from '@rtmp/flv/script'
import { describe, expect, test } from 'vitest'
import { HlsStream } from '../src/index.ts'
import { readPlaylist } from './support/read-playlist.ts'
import { partsBroken, rulesBroken } from './support/rules.ts'
import {
  audioHeader,
  madeUp,
  messagesOf,
  picture,
  pushAll,
  START,
  streamOf,
  textOf,
  videoHeader,
} from './support/stream.ts'

describe('playlists of samples', () => {
  test('the playlists of H.264 and AAC, word by word', async () => {
    const hls = new HlsStream()
    pushAll(hls, await messagesOf('h264-aac'), 3500)
    expect(await textOf(hls, 'index.m3u8')).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:6',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio 1",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="1",URI="a0.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=179664,AVERAGE-BANDWIDTH=179664,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25.000,AUDIO="audio"',
        'v0.m3u8',
        '',
      ].join('\n'),
    )
    expect(await textOf(hls, 'v0.m3u8')).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:9',
        '#EXT-X-TARGETDURATION:2',
        '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.000,HOLD-BACK=6.000,PART-HOLD-BACK=0.630',
        '#EXT-X-PART-INF:PART-TARGET=0.210',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-MAP:URI="v0-0.mp4"',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.080Z',
        '#EXTINF:2.000,',
        'v0-0.m4s',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.080Z',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.0.m4s",INDEPENDENT=YES',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.1.m4s"',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.2.m4s"',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.3.m4s"',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.4.m4s"',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.5.m4s",INDEPENDENT=YES',
        '#EXT-X-PART:DURATION=0.200,URI="v0-1.6.m4s"',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="v0-1.7.m4s"',
        '#EXT-X-RENDITION-REPORT:URI="a0.m3u8",LAST-MSN=1,LAST-PART=6',
        '',
      ].join('\n'),
    )
  })

  test.each([
    ['hevc-aac', 'hvc1.1.6.L60.90,mp4a.40.2', '320x180'],
    ['av1-opus', 'av01.0.00M.08,Opus', '320x180'],
    ['vp9-opus', 'vp09.00.11.08.01.02.02.02.00,Opus', '320x180'],
    ['h264-eac3', 'avc1.64000d,ec-3', '320x180'],
    ['h264-flac', 'avc1.64000d,fLaC', '320x180'],
    ['audio-opus51-flac-aac', 'Opus,fLaC,mp4a.40.2', undefined],
  ])('%s has the codecs %s', async (name, codecs, resolution) => {
    const text = await textOf(streamOf(await messagesOf(name)), 'index.m3u8')
    expect(text).toContain(`CODECS="${codecs}"`)
    expect(/RESOLUTION=([^,]+)/.exec(text)?.[1]).toBe(resolution)
  })

  test('each video track is a variant, each audio track a member of one group', async () => {
    const text = await textOf(streamOf(await messagesOf('multitrack-h264x2-aacx2')), 'index.m3u8')
    const variants = text.split('\n').filter((line) => line.startsWith('#EXT-X-STREAM-INF'))
    expect(variants.length).toBe(2)
    expect(variants.every((line) => line.endsWith('AUDIO="audio"'))).toBe(true)
    expect(text.match(/URI="a\d\.m3u8"/g)).toEqual(['URI="a0.m3u8"', 'URI="a1.m3u8"'])
    expect(text.match(/DEFAULT=YES/g)?.length).toBe(1)
  })

  test('sound alone is a variant of its own, Sorenson beside it is left out', async () => {
    const hls = streamOf(await messagesOf('legacy-flv1-mp3'))
    const text = await textOf(hls, 'index.m3u8')
    expect(text).toContain('CODECS="mp4a.6B"')
    expect(text).not.toContain('v0.m3u8')
  })
})

describe('lengths', () => {
  test.each([
    [24, 1000 / 24],
    [23.976, 1001 / 24],
    [25, 40],
    [29.97, 1001 / 30],
    [30, 1000 / 30],
    [50, 20],
    [59.94, 1001 / 60],
    [60, 1000 / 60],
    [15, 1000 / 15],
    [12.5, 80],
    [10, 100],
    [5, 200],
  ])('parts at %d pictures a second keep the bounds', async (rate, frameMs) => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(hls, madeUp({ ms: 12_000, frameMs, group: Math.round(2000 / frameMs) }))
    for (const name of ['v0.m3u8', 'a0.m3u8']) {
      const text = await textOf(hls, name)
      expect(rulesBroken(text)).toEqual([])
      expect(partsBroken(text)).toEqual([])
      expect(readPlaylist(text).segments.flatMap(({ parts }) => parts).length).toBeGreaterThan(20)
    }
    expect(await textOf(hls, 'index.m3u8')).toContain(`FRAME-RATE=${rate.toFixed(3)},`)
  })

  test('groups of pictures that get longer than the target duration are cut, and the playlist says so', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(hls, [
      ...madeUp({ ms: 4000, audioTracks: 0 }),
      ...madeUp({ from: 4000, ms: 12_000, group: 250, audioTracks: 0, headers: false }),
    ])
    const text = await textOf(hls, 'v0.m3u8')
    expect(rulesBroken(text)).toEqual([])
    const { segments, isIndependent } = readPlaylist(text)
    expect(isIndependent).toBe(false)
    expect(segments.map(({ duration }) => duration)).toEqual([2, 2, 2.48, 2.48, 2.48, 2.48])
  })

  test('a first group of ten seconds makes a target duration of ten', async () => {
    const hls = streamOf(madeUp({ ms: 25_000, group: 250 }))
    const { target, segments, isIndependent } = readPlaylist(await textOf(hls, 'v0.m3u8'))
    expect(target).toBe(10)
    expect(isIndependent).toBe(true)
    expect(segments[0]?.duration).toBe(10)
  })

  test('tracks whose key frames are not aligned get segments of their own', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    const first = madeUp({ ms: 12_000 })
    const second = [
      videoHeader(0, 1),
      ...Array.from({ length: 300 }, (_, i) => picture(i * 40, i % 65 === 10, 1)),
    ]
    pushAll(
      hls,
      [...first, ...second].sort((a, b) => a.timestamp - b.timestamp),
    )
    const a = readPlaylist(await textOf(hls, 'v0.m3u8'))
    const b = readPlaylist(await textOf(hls, 'v1.m3u8'))
    expect(a.segments.map(({ duration }) => duration)).toEqual([2, 2, 2, 2, 2])
    expect(b.segments.map(({ duration }) => duration)).toEqual([2.6, 2.6, 2.6, 2.6])
    expect(b.isIndependent).toBe(true)
    // Both say when: 400 ms later.
    expect((b.segments[0]?.date ?? 0) - (a.segments[0]?.date ?? 0)).toBe(400)
    expect(a.target).toBe(b.target)
  })

  test('sound ends its segments with those of the pictures', async () => {
    const hls = streamOf(madeUp({ ms: 10_500 }), { windowMs: 60_000 })
    const video = readPlaylist(await textOf(hls, 'v0.m3u8'))
    const audio = readPlaylist(await textOf(hls, 'a0.m3u8'))
    expect(audio.segments.length).toBe(video.segments.length)
    video.segments.forEach(({ date }, i) => {
      expect(Math.abs((audio.segments[i]?.date ?? 0) - date)).toBeLessThan(50)
    })
  })

  test('dates follow the clock by which the frames came', async () => {
    const hls = new HlsStream()
    // A catch-up: one and a half seconds at once, then one by one.
    const messages = madeUp({ from: 100_000, ms: 9000 })
    for (const each of messages) hls.push(each, START + Math.max(1500, each.timestamp - 100_000))
    const { segments } = readPlaylist(await textOf(hls, 'v0.m3u8'))
    expect(segments[0]?.date).toBe(START)
  })
})

describe('changes', () => {
  test.each([
    ['pictures', []],
    ['sound', [audioHeader(0)]],
  ])(
    'a header that says something new makes a discontinuity for all renditions, where %s came first',
    async (_, first) => {
      const hls = new HlsStream({ windowMs: 60_000 })
      pushAll(hls, [
        ...first,
        ...madeUp({ ms: 5000 }),
        videoHeader(5000, 0, 20),
        ...madeUp({ from: 5000, ms: 5000, headers: false }),
      ])
      for (const name of ['v0.m3u8', 'a0.m3u8']) {
        const text = await textOf(hls, name)
        expect(rulesBroken(text)).toEqual([])
        const { segments } = readPlaylist(text)
        expect(segments.map(({ discontinuity }) => discontinuity)).toEqual([0, 0, 0, 1, 1])
        expect(segments.map(({ duration }) => Math.round(duration))).toEqual([2, 2, 1, 2, 2])
        expect(new Set(segments.map(({ map }) => map)).size).toBe(name === 'v0.m3u8' ? 2 : 1)
      }
    },
  )

  test('a segment before a discontinuity ends once the part behind it is there, with its init segment', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(hls, madeUp({ ms: 5000 }))
    const listed = readPlaylist(await textOf(hls, 'v0.m3u8')).open.parts.length
    hls.push(videoHeader(5000, 0, 20), START + 5000)
    for (const name of ['v0.m3u8', 'a0.m3u8']) {
      const text = await textOf(hls, name)
      expect(rulesBroken(text)).toEqual([])
      const { open, segments, hints } = readPlaylist(text)
      expect(segments.map(({ discontinuity }) => discontinuity)).toEqual([0, 0])
      // All that there is of it is listed, and nothing more of it is promised.
      expect([open.sequence, open.discontinuity, hints]).toEqual([2, 0, []])
      expect(open.parts.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(1, 1)
      if (name === 'v0.m3u8') expect(open.parts.length).toBe(listed + 1)
      expect(await textOf(hls, name, '_HLS_skip=YES')).toBe(text)
    }
    const behind = madeUp({ from: 5000, ms: 300, headers: false })
    for (const each of behind) hls.push(each, START + each.timestamp)
    for (const name of ['v0.m3u8', 'a0.m3u8']) {
      const { open, segments, hints } = readPlaylist(await textOf(hls, name))
      expect(segments[2]?.discontinuity).toBe(0)
      expect([open.sequence, open.discontinuity, open.parts.length, hints.length]).toEqual([3, 1, 1, 1])
      expect(open.map === segments[2]?.map).toBe(name === 'a0.m3u8')
    }
  })

  test('behind a segment that has no parts a discontinuity is said as soon as it is known, and nothing is hinted', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(
      hls,
      madeUp({ ms: 9000 }).filter(({ kind, timestamp }) => kind === 'video' || timestamp < 4000),
    )
    expect(readPlaylist(await textOf(hls, 'a0.m3u8')).segments.at(-1)?.isGap).toBe(true)
    hls.discontinuity(START + 9000)
    const text = await textOf(hls, 'a0.m3u8')
    expect(rulesBroken(text)).toEqual([])
    const { open, segments, hints } = readPlaylist(text)
    expect([segments.at(-1)?.discontinuity, open.discontinuity, hints]).toEqual([0, 1, []])
  })

  test('another header for a track that is away is a discontinuity as well', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    const pictures = madeUp({ ms: 20_000, videoTracks: 2 }).filter(
      ({ kind, timestamp, isCoded }, i) =>
        kind === 'audio' || !isCoded || i % 2 === 0 || timestamp < 5000 || timestamp > 12_500,
    )
    pushAll(hls, pictures, 11_000)
    hls.push(videoHeader(11_000, 1, 20), START + 11_000)
    for (const each of pictures) if (each.timestamp > 11_000) hls.push(each, START + each.timestamp)
    hls.end(START + 20_000)
    const { segments } = readPlaylist(await textOf(hls, 'v1.m3u8'))
    segments.forEach(({ map, discontinuity }, i) => {
      const before = segments[i - 1]
      if (before !== undefined && before.map !== map) expect(discontinuity).toBe(before.discontinuity + 1)
    })
    expect(new Set(segments.map(({ map }) => map)).size).toBe(2)
  })

  test('a header that is repeated changes nothing', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(hls, [...madeUp({ ms: 5000 }), ...madeUp({ from: 5000, ms: 5000, group: 25 })])
    const text = await textOf(hls, 'v0.m3u8')
    expect(text).not.toContain('DISCONTINUITY')
  })

  test('behind a gap video begins with a key frame, under a discontinuity', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(hls, madeUp({ ms: 5000 }))
    hls.discontinuity(START + 5000)
    for (const each of madeUp({ from: 6000, ms: 6000, headers: false }).slice(3))
      hls.push(each, START + each.timestamp)
    const text = await textOf(hls, 'v0.m3u8')
    expect(rulesBroken(text)).toEqual([])
    const { segments, isIndependent } = readPlaylist(text)
    expect(isIndependent).toBe(true)
    expect(segments.map(({ discontinuity, duration }) => [discontinuity, duration])).toEqual([
      [0, 2],
      [0, 2],
      [0, 1],
      [1, 2],
    ])
    expect(segments[3]?.date).toBe(START + 8000)
  })

  test('the end is said, and all that was pushed is in it', async () => {
    const hls = streamOf(madeUp({ ms: 5000 }))
    hls.end(START + 5000)
    const { hasEnded, segments } = readPlaylist(await textOf(hls, 'v0.m3u8'))
    expect(hasEnded).toBe(true)
    expect(segments.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(5)
  })

  test('a track that stops leaves gaps, and goes on where it comes back', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    const messages = madeUp({ ms: 20_000 }).filter(
      ({ kind, timestamp, isCoded }) =>
        kind === 'video' || !isCoded || timestamp < 5000 || timestamp > 12_500,
    )
    pushAll(hls, messages)
    const text = await textOf(hls, 'a0.m3u8')
    expect(rulesBroken(text)).toEqual([])
    const { segments, first } = readPlaylist(text)
    expect(first).toBe(0)
    expect(segments.some(({ isGap }) => isGap)).toBe(true)
    // It covers the time without a hole.
    segments.forEach(({ date, duration }, i) => {
      const next = segments[i + 1]
      if (next !== undefined) expect(Math.abs(next.date - date - duration * 1000)).toBeLessThan(60)
    })
    const video = readPlaylist(await textOf(hls, 'v0.m3u8'))
    expect(video.segments.some(({ isGap }) => isGap)).toBe(false)
  })

  test('when the pictures stop, sound leads', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(
      hls,
      madeUp({ ms: 20_000 }).filter(({ kind, timestamp }) => kind === 'audio' || timestamp < 4100),
    )
    const audio = readPlaylist(await textOf(hls, 'a0.m3u8'))
    expect(audio.segments.length).toBeGreaterThan(6)
    expect(audio.segments.every(({ duration }) => duration <= 2.5)).toBe(true)
    const video = readPlaylist(await textOf(hls, 'v0.m3u8'))
    expect(video.segments.at(-1)?.isGap).toBe(true)
  })

  test.each([
    ['4 h 39 min', 2 ** 24 - 3000],
    ['49.7 days', 2 ** 32 - 3000],
  ])('timestamps go on over %s', async (_, from) => {
    const hls = new HlsStream({ windowMs: 60_000 })
    pushAll(hls, madeUp({ from, ms: 9000 }))
    for (const name of ['v0.m3u8', 'a0.m3u8']) {
      const text = await textOf(hls, name)
      expect(rulesBroken(text)).toEqual([])
      expect(text).not.toContain('DISCONTINUITY')
      expect(readPlaylist(text).segments.length).toBe(4)
    }
  })

  test.each([-1100, -2000, -5000])(
    'a clock that steps back by %d ms makes one for all tracks',
    async (step) => {
      const hls = new HlsStream({ windowMs: 60_000 })
      for (const each of madeUp({ from: 10_000, ms: 5000 })) hls.push(each, START + each.timestamp)
      for (const each of madeUp({ from: 15_000 + step, ms: 5000, headers: false }))
        hls.push(each, START + each.timestamp - step)
      for (const name of ['v0.m3u8', 'a0.m3u8']) {
        const text = await textOf(hls, name)
        expect(rulesBroken(text)).toEqual([])
        const { segments } = readPlaylist(text)
        expect(segments.map(({ discontinuity }) => discontinuity)).toEqual([0, 0, 0, 1, 1])
        expect(segments[3]?.date).toBe(START + 15_000)
      }
    },
  )

  test('a clock that jumps makes a discontinuity', async () => {
    const hls = new HlsStream({ windowMs: 60_000 })
    for (const each of madeUp({ ms: 5000 })) hls.push(each, START + each.timestamp)
    for (const each of madeUp({ from: 500_000, ms: 5000, headers: false }))
      hls.push(each, START + 5000 + each.timestamp - 500_000)
    const text = await textOf(hls, 'v0.m3u8')
    expect(rulesBroken(text)).toEqual([])
    const { segments } = readPlaylist(text)
    expect(segments.map(({ discontinuity }) => discontinuity)).toEqual([0, 0, 0, 1, 1])
    expect(segments[3]?.date).toBe(START + 5000)
  })

  test('names of tracks come from the metadata, without what would end a quoted string', async () => {
    const hls = new HlsStream()
    const info = { audioTrackIdInfoMap: { '1': { name: 'Commentary "live"\n', language: 'de-CH' } } }
    hls.push(new MediaMessage(18, 0, encodeScriptData('onMetaData', [info]), 'onMetaData'), START)
    pushAll(hls, madeUp({ ms: 5000, audioTracks: 2 }))
    const text = await textOf(hls, 'index.m3u8')
    expect(text).toContain(`NAME="Commentary 'live'\\x0a",LANGUAGE="de-CH"`)
  })

  test.each([
    ['letters and marks apart', 'Cafe\u0301', 'Caf\u00e9'],
    ['a reference to a variable', 'in {$room}', 'in { $room}'],
    ['a control', 'a\u0085b', String.raw`a\x85b`],
  ])('%s in a name is written as a playlist may have it', async (_, name, written) => {
    const hls = new HlsStream()
    const info = { audioTrackIdInfoMap: { '1': { name } } }
    hls.push(new MediaMessage(18, 0, encodeScriptData('onMetaData', [info]), 'onMetaData'), START)
    pushAll(hls, madeUp({ ms: 5000, audioTracks: 2 }))
    expect(await textOf(hls, 'index.m3u8')).toContain(`NAME="${written}"`)
  })

  test('names in a group differ, whatever tracks are called', async () => {
    const hls = new HlsStream()
    const info = {
      audioTrackIdInfoMap: {
        '0': { name: 'X (2)' },
        '1': { name: 'X' },
        '2': { name: 'X' },
        '3': { name: 'Audio 5' },
      },
    }
    hls.push(new MediaMessage(18, 0, encodeScriptData('onMetaData', [info]), 'onMetaData'), START)
    pushAll(hls, madeUp({ ms: 5000, audioTracks: 5 }))
    const text = await textOf(hls, 'index.m3u8')
    const names = [...text.matchAll(/NAME="([^"]*)"/g)].map(([, name]) => name)
    expect(names).toEqual(['X (2)', 'X', 'X (2) (2)', 'Audio 5', 'Audio 5 (4)'])
  })

  test.each([
    [16, 'VIDEO-RANGE=PQ'],
    [18, 'VIDEO-RANGE=HLG'],
    [1, 'VIDEO-RANGE=SDR'],
  ])(
    'VIDEO-RANGE says how light is coded, where colour of E-RTMP says it: %s is %s',
    async (transferCharacteristics, said) => {
      const colour = encodeScriptData('colorInfo', [{ colorConfig: { transferCharacteristics } }])
      const metadata = new Uint8Array([0xd4, ...new TextEncoder().encode('avc1'), ...colour])
      const [header, ...rest] = madeUp({ ms: 5000 })
      const hls = new HlsStream()
      pushAll(hls, [header as MediaMessage, new MediaMessage(9, 0, metadata), ...rest])
      expect(await textOf(hls, 'index.m3u8')).toContain(said)
      expect(await textOf(streamOf([header as MediaMessage, ...rest]), 'index.m3u8')).not.toContain(
        'VIDEO-RANGE',
      )
    },
  )

  test('broken messages are told and change nothing', async () => {
    const faults: string[] = []
    const hls = new HlsStream({ onFault: ({ message: text }) => faults.push(text) })
    const [first, ...rest] = madeUp({ ms: 5000 })
    if (first !== undefined) hls.push(first, START)
    hls.push(new MediaMessage(9, 0, Uint8Array.of(0x97)), START)
    for (const each of rest) hls.push(each, START + each.timestamp)
    expect(faults.length).toBe(1)
    expect(rulesBroken(await textOf(hls, 'v0.m3u8'))).toEqual([])
  })
})

describe('memory', () => {
  test('what is held is bounded by the window', () => {
    const hls = new HlsStream({ windowMs: 6000 })
    let most = 0
    for (const each of madeUp({ ms: 60_000 })) {
      hls.push(each, START + each.timestamp)
      most = Math.max(most, hls.heldBytes)
    }
    // 12 s of playlist and retired segments, and a little more: far less than what came.
    const sent = madeUp({ ms: 60_000 }).reduce((sum, { payload }) => sum + payload.length, 0)
    expect(most).toBeLessThan(sent)
    hls.close()
    expect(hls.heldBytes).toBe(0)
  })

  test('frames that all have one time are bounded by bytes', () => {
    const hls = new HlsStream({ maxBytes: 16 * 1024 * 1024 })
    hls.push(videoHeader(0), START)
    let most = 0
    for (let i = 0; i < 300; i++) {
      hls.push(picture(0, i === 0, 0, 1024 * 1024), START + i)
      most = Math.max(most, hls.heldBytes)
    }
    expect(most).toBeLessThan(90 * 1024 * 1024)
  })

  test('headers that change with every frame are bounded', () => {
    const hls = new HlsStream({ windowMs: 6000 })
    for (let i = 0; i < 1000; i++) {
      hls.push(videoHeader(i, 0, 10 + (i % 2)), START + i)
      hls.push(picture(i, true), START + i)
    }
    expect(hls.heldBytes).toBeLessThan(300_000)
  })

  test('payloads that are in no part yet are told', () => {
    const hls = new HlsStream()
    const memory = new Set<ArrayBufferLike>()
    hls.push(videoHeader(0), START)
    const first = picture(0, true)
    hls.push(first, START)
    hls.addMemoryTo(memory)
    expect(memory.has(first.payload.buffer)).toBe(true)
    for (let i = 1; i < 20; i++) hls.push(picture(i * 40, false), START + i * 40)
    memory.clear()
    hls.addMemoryTo(memory)
    expect(memory.has(first.payload.buffer)).toBe(false)
  })

  test.each([
    [{ segmentMs: 100 }, 'options.segmentMs'],
    [{ partMs: 10 }, 'options.partMs'],
    [{ windowMs: Number.NaN }, 'options.windowMs'],
  ])('%j is refused', (options, path) => {
    expect(() => new HlsStream(options)).toThrow(expect.objectContaining({ code: 'HLS_OPTION_RANGE', path }))
  })

  test('without pictures the first sound is the variant, and has no URI in the group', async () => {
    const hls = streamOf(madeUp({ ms: 5000, videoTracks: 0, audioTracks: 2 }))
    const lines = (await textOf(hls, 'index.m3u8')).split('\n')
    const group = lines.filter((line) => line.startsWith('#EXT-X-MEDIA:'))
    expect(group.map((line) => /URI="(.*)"/.exec(line)?.[1])).toEqual([undefined, 'a1.m3u8'])
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['a0.m3u8'])
  })

  test('no more than 32 tracks of a kind are kept', async () => {
    const hls = new HlsStream()
    pushAll(hls, madeUp({ ms: 3000, audioTracks: 40 }))
    expect((await textOf(hls, 'index.m3u8')).match(/#EXT-X-MEDIA/g)?.length).toBe(32)
  })
})
