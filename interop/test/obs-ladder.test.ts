// The whole chain of Enhanced Broadcasting: OBS asks this server what to send and sends it, FFmpeg and a browser get each rendition, and
// nothing is transcoded.
import { createServer, type RtmpServer } from '@rtmp/server'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { askingService, newerObs } from '../src/clients/newer-obs.ts'
import { readTracks } from '../src/packets.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { Scratch } from '../src/scratch.ts'
import { chromiumBrowser, complaintsOf, launchBrowser, videoOf } from './support/browser.ts'
import { describeWith } from './support/describe-with.ts'
import { HlsJsPage } from './support/hls-js.ts'

const RUNGS = [
  { height: 360, bitrate: 400 },
  { height: 180, bitrate: 150 },
  { height: 90, bitrate: 60 },
]
const TOKEN = 'a-token-of-this-test'
const SIZES = ['640x360', '320x180', '160x90']
/** What hls.js decodes of each level before it goes on to the next: two seconds. */
const PICTURES = 48

/** Attributes of each variant of a multivariant playlist, and where its playlist is. */
const variantsIn = (text: string): { attributes: Map<string, string>; uri: string }[] =>
  [...text.matchAll(/^#EXT-X-STREAM-INF:(.*)\n(.*)$/gm)].map(([, list = '', uri = '']) => ({
    attributes: new Map(
      [...list.matchAll(/([A-Z-]+)=("[^"]*"|[^,]*)/g)].map(([, key = '', value = '']) => [
        key,
        value.replaceAll('"', ''),
      ]),
    ),
    uri,
  }))

describeWith([newerObs, newerFfmpeg, chromiumBrowser], 'OBS makes the ladder', () => {
  // Two of OBS at a time do not both begin.
  test.sequential('OBS asks, publishes three renditions; FFmpeg, HLS, hls.js and the watch page have each of them', async ({
    onTestFinished,
  }) => {
    const intents: string[] = []
    const server: RtmpServer = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      http: {
        port: 0,
        host: '127.0.0.1',
        token: TOKEN,
        hls: { mode: 'always', segmentMs: 1000, windowMs: 30_000 },
        obs: { ladders: [{ stream: 'live/*', rungs: RUNGS, keyFrameSeconds: 1 }] },
      },
      handler: {
        publish: ({ path, intent }) => {
          intents.push(`${intent ?? 'publish'} ${path}`)
        },
      },
    })
    await server.listen()
    const scratch = await Scratch.make()
    onTestFinished(async () => {
      await server.close({ drainMs: 1000 })
      await scratch.remove()
    })
    const rtmp = `rtmp://127.0.0.1:${server.address('rtmp')?.port}`
    const http = `http://127.0.0.1:${server.address('http')?.port}`
    const obs = await newerObs.publish({
      home: await scratch.folder('obs'),
      width: 640,
      height: 360,
      service: askingService({ rtmp, http, app: 'live', key: 'show?token=t' }),
    })
    onTestFinished(async () => void (await obs.kill()))
    await expect
      .poll(() => server.streams.find(({ path }) => path === 'live/show')?.publisher !== undefined, {
        timeout: 90_000,
      })
      .toBe(true)
    expect(intents).toEqual(['configure live/show', 'publish live/show'])

    // Over RTMP: three tracks, whose key frames come at the same times.
    const output = scratch.file('all.flv')
    const played = await newerFfmpeg.play({ url: `${rtmp}/live/show`, output, seconds: 3, limitMs: 60_000 })
      .ended
    expect([played.status, played.stderr]).toEqual([0, ''])
    const videos = (await readTracks(output)).filter(({ kind }) => kind === 'video')
    expect(videos.map(({ codec, packets }) => [codec, packets.length > 40])).toEqual(
      SIZES.map(() => ['h264', true]),
    )
    const keys = videos.map(({ packets }) => packets.filter(({ key }) => key).map(({ dts }) => dts))
    expect(keys[0]?.length).toBeGreaterThan(1)
    expect(keys[1]).toEqual(keys[0])
    expect(keys[2]).toEqual(keys[0])

    // Over HLS: a variant for each, and what its segments are is what is said of it.
    const response = await fetch(`${http}/live/show.m3u8`)
    const text = await response.text()
    const variants = variantsIn(text)
    expect(variants.map(({ attributes }) => attributes.get('RESOLUTION'))).toEqual(SIZES)
    for (const [i, { attributes, uri }] of variants.entries()) {
      expect(attributes.get('FRAME-RATE')).toBe('23.976')
      expect(attributes.get('CODECS')).toMatch(/^avc1\.6400[0-9a-f]{2},mp4a\.40\.2$/)
      // CBR, sound included: 160 kbit/s asked for, less where it is silent.
      const rate = Number(attributes.get('AVERAGE-BANDWIDTH')) / 1000
      expect(rate).toBeGreaterThan((RUNGS[i]?.bitrate ?? 0) * 0.85)
      expect(rate).toBeLessThan((RUNGS[i]?.bitrate ?? 0) * 1.15 + 200)
      const probed = await newerFfmpeg.probe(
        [
          '-select_streams',
          'v',
          '-show_entries',
          'stream=codec_name,width,height',
          '-of',
          'csv=p=0:s=x',
          `${http}${uri}`,
        ],
        60_000,
      )
      // Listed as a stream, and once more in its program.
      expect(new Set(probed.stdout.trim().split(/\s+/))).toEqual(new Set([`h264x${SIZES[i]}`]))
    }

    // hls.js plays that playlist live, near its end, and switches between the levels.
    const browser = await launchBrowser()
    onTestFinished(async () => browser.close())
    {
      await using player = await HlsJsPage.open(browser, `${http}/live/show.m3u8`)
      await player.decodes(24)
      const levels = await player.levels()
      expect(levels.map(({ height }) => height)).toEqual([90, 180, 360])
      for (const [height, width] of [
        [360, 640],
        [90, 160],
        [180, 320],
      ] as const) {
        const shown = await player.show(height, PICTURES)
        expect(shown.width).toBe(width)
        expect(shown.frames).toBeGreaterThanOrEqual(PICTURES)
      }
      expect((await player.levels()).map(({ isLive }) => isLive)).toEqual([true, true, true])
      expect((await player.loaded()).map(({ height }) => height).toSorted((a, b) => a - b)).toEqual([
        90, 180, 360,
      ])
      expect((await videoOf(player.page)).corrupted).toBe(0)
      expect(await player.errors()).toEqual([])
    }

    // On the watch page: one picture after the other, all of them decoded.
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    const complaints = complaintsOf(page)
    await page.goto(`${http}/live/show`)
    for (const [track, width] of [
      [0, 640],
      [2, 160],
      [1, 320],
    ] as const) {
      const picture = page.getByLabel('Picture', { exact: true })
      await picture.selectOption(String(track), { timeout: 60_000 })
      await expect.poll(async () => (await videoOf(page)).width, { timeout: 60_000 }).toBe(width)
      const { frames } = await videoOf(page)
      await expect
        .poll(async () => (await videoOf(page)).frames, { timeout: 60_000 })
        .toBeGreaterThan(frames + 10)
    }
    expect((await videoOf(page)).corrupted).toBe(0)

    // In the console: what OBS tells of the machine it runs on.
    const performance = server.streams.find(({ path }) => path === 'live/show')?.publisher?.performance
    expect(performance?.renditions.map(({ trackId }) => trackId)).toEqual([0, 1, 2])
    expect(performance?.rendered).toBeGreaterThan(40)
    for (const { input, skipped, output, encodeMs, delayMs } of performance?.renditions ?? []) {
      expect(input).toBeGreaterThan(40)
      expect(output + skipped).toBeGreaterThan(0)
      expect(encodeMs).toBeGreaterThanOrEqual(0)
      expect(delayMs).toBeGreaterThan(0)
    }
    await page.goto(`${http}/_/console/#token=${TOKEN}`)
    await page.getByRole('link', { name: 'Streams', exact: true }).click()
    await page.getByRole('button', { name: 'More' }).click()
    const machine = page.getByRole('table', { name: 'OBS, on the publisher’s machine' })
    await machine.getByRole('rowheader', { name: 'video 2' }).waitFor()
    const rows = await machine.getByRole('row').allInnerTexts()
    for (const [track, row] of rows.slice(1).entries())
      expect(row).toMatch(
        new RegExp(`^video ${track}\\t\\d{2,}\\t\\d+ \\([\\d.]+ %\\)\\t[\\d.]+ ms\\t[\\d.]+ ms$`),
      )
    for (const [name, value] of [
      ['Rendered', /^\d{2,}$/],
      ['Rendered too late', /^\d+ \([\d.]+ %\)$/],
      ['Dropped on the way here', /^\d+$/],
    ] as const) {
      const term = page.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) })
      expect(await term.locator('xpath=following-sibling::dd').innerText()).toMatch(value)
    }
    expect(complaints).toEqual([])
    expect(obs.running).toBe(true)
  }, 240_000)

  test.sequential('a service of the type “Custom…” takes the pasted answer', async ({ onTestFinished }) => {
    const server = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      http: { port: 0, host: '127.0.0.1', obs: { ladders: [{ rungs: RUNGS.slice(1), keyFrameSeconds: 1 }] } },
    })
    await server.listen()
    const scratch = await Scratch.make()
    onTestFinished(async () => {
      await server.close({ drainMs: 1000 })
      await scratch.remove()
    })
    // As the console asks, with the canvas that is chosen there.
    const response = await fetch(
      `http://127.0.0.1:${server.address('http')?.port}/_/obs/multitrack?app=live`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          authentication: 'show',
          preferences: {
            canvases: [{ width: 320, height: 180, framerate: { numerator: 24, denominator: 1 } }],
          },
        }),
      },
    )
    const rtmp = `rtmp://127.0.0.1:${server.address('rtmp')?.port}/live`
    const obs = await withPasted(await response.text(), rtmp, await scratch.folder('obs'))
    onTestFinished(async () => void (await obs.kill()))
    const renditionsOf = () => server.streams[0]?.publisher?.performance?.renditions ?? []
    await expect.poll(() => renditionsOf().length, { timeout: 90_000 }).toBe(2)
  }, 120_000)

  test.sequential('AV1 in two renditions with two tracks of sound: FFmpeg plays every one of them', async ({
    onTestFinished,
  }) => {
    const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
    await server.listen()
    const scratch = await Scratch.make()
    onTestFinished(async () => {
      await server.close({ drainMs: 1000 })
      await scratch.remove()
    })
    const rtmp = `rtmp://127.0.0.1:${server.address('rtmp')?.port}/live`
    const obs = await withPasted(JSON.stringify(av1Ladder(rtmp)), rtmp, await scratch.folder('obs'))
    onTestFinished(async () => void (await obs.kill()))
    const codecs = () =>
      server
        .streamDetails('live', 'show')
        ?.tracks.map(({ kind, trackId, codec }) => `${kind} ${trackId} ${codec}`)
        .toSorted()
    await expect
      .poll(codecs, { timeout: 90_000 })
      .toEqual(['audio 0 aac', 'audio 1 aac', 'video 0 av1', 'video 1 av1'])

    const output = scratch.file('all.flv')
    const played = await newerFfmpeg.play({ url: `${rtmp}/show`, output, seconds: 3, limitMs: 60_000 }).ended
    expect([played.status, played.stderr]).toEqual([0, ''])
    const tracks = await readTracks(output)
    expect(tracks.map(({ codec }) => codec).toSorted()).toEqual(['aac', 'aac', 'av1', 'av1'])
    for (const { packets } of tracks) expect(packets.length).toBeGreaterThan(40)
    const decoded = await newerFfmpeg.run(args`-v warning -i ${output} -map 0 -f null -`, 60_000).ended
    expect([decoded.status, decoded.stderr]).toEqual([0, ''])
  }, 180_000)
})

/** OBS with a service of the type “Custom…”, into which an answer was pasted. */
const withPasted = (override: string, server: string, home: string): Promise<RunningProgram> =>
  newerObs.publish({
    home,
    width: 320,
    height: 180,
    service: { type: 'rtmp_custom', settings: { server, key: 'show', use_auth: false } },
    override,
  })

/** What a service answers that wants two renditions of AV1 and two tracks of sound. */
const av1Ladder = (rtmp: string): object => ({
  meta: { service: 'test', schema_version: '2025-01-25', config_id: 'av1' },
  status: { result: 'success' },
  ingest_endpoints: [{ protocol: 'RTMP', url_template: `${rtmp}/{stream_key}`, authentication: '' }],
  encoder_configurations: [
    [320, 180, 200],
    [160, 90, 80],
  ].map(([width, height, bitrate]) => ({
    type: 'ffmpeg_svt_av1',
    width,
    height,
    framerate: { numerator: 24, denominator: 1 },
    settings: { rate_control: 'CBR', bitrate, keyint_sec: 1, preset: 12 },
    canvas_index: 0,
  })),
  audio_configurations: {
    live: [1, 2].map((track) => ({ codec: 'aac', track_id: track, channels: 2, settings: { bitrate: 64 } })),
  },
})
