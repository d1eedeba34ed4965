// Strangers at HLS: what they ask for again and again, or leave open, is bounded, and whoever watches notices nothing.
import { Agent, get } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { decodeFlv } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from './arrange.ts'

/** An address of the loopback that is not the witness's. */
const STRANGER = '127.0.0.2'
const MOST_CONNECTIONS = 60
const MANY = 1000
/** Requests of strangers that are on their way at a time. */
const AT_ONCE = 40

/** Does something so many times, a few at a time. */
const times = async (count: number, act: (index: number) => Promise<void>): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

const urisIn = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('what is not there and what is gone by the thousand, reloads that wait for ever, sessions by the thousand', async () => {
  const { server, client } = await startServer({
    http: {
      port: 0,
      host: '127.0.0.1',
      hls: { segmentMs: 1000, windowMs: 8000, viewerIdleMs: 8000, lingerMs: 0 },
    },
    // How often one may ask has a test of its own, and would answer before what is tried here on a quick machine.
    limits: { connectionsPerAddress: MOST_CONNECTIONS, httpRequestsPerSecondPerAddress: 1_000_000 },
  })
  const origin = `http://127.0.0.1:${server.address('http')?.port}`
  const statuses = new Map<string, number>()
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  onTestFinished(() => agent.destroy())
  const note = (what: string, answer: number | string): void => {
    const key = `${what} ${answer}`
    statuses.set(key, (statuses.get(key) ?? 0) + 1)
  }
  const own = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => own.destroy())
  const witness = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get(`${origin}${path}`, { agent: own }, (response) => {
        note('witness', response.statusCode ?? 0)
        textOf(response).then(resolve, reject)
      }).on('error', reject)
    })
  const stranger = (what: string, path: string, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (answer: number | string): void => {
        note(what, answer)
        resolve()
      }
      const more = signal === undefined ? {} : { signal }
      get(`${origin}${path}`, { agent, localAddress: STRANGER, ...more }, (response) => {
        textOf(response).then(
          () => done(response.statusCode ?? 0),
          () => done('cut'),
        )
      }).on('error', () => done('cut'))
    })

  const publisher = await client().open('live')
  const id = await publisher.publish('show')
  const tags = decodeFlv(await readRepoFile('media/h264-aac-nobframes.flv')).filter(
    ({ typeId }) => typeId !== 18,
  )
  let offset = 0
  const send = (): void => {
    for (const { typeId, timestamp, payload } of tags)
      publisher.send(id, typeId as 8 | 9, timestamp + offset, payload)
    offset += 4000
  }
  const sending = setInterval(send, 300)
  onTestFinished(() => {
    clearInterval(sending)
  })

  // The witness: asks for the playlist and its newest segment again and again.
  const [media = ''] = urisIn(await witness('/live/show.m3u8'))
  const place = media.slice(0, media.lastIndexOf('/') + 1)
  let isOver = false
  const watched = (async () => {
    let segments = 0
    while (!isOver) {
      const newest = urisIn(await witness(media)).at(-1)
      await witness(`${place}${newest}`)
      segments += 1
    }
    return segments
  })()

  await times(MANY, (i) => stranger('absent', `/live/absent-${i}.m3u8`))
  await times(MANY, (i) => stranger('guess', `/_/hls/${i.toString(16).padStart(32, '0')}/v0.m3u8`))
  await times(MANY, (i) => stranger('part', `${place}v0-${1_000_000 + i}.${i}.m4s`))
  await times(MANY, (i) => stranger('ahead', `${place}v0.m3u8?_HLS_msn=${1_000_000_000 + i}`))
  // What was in the window once, and can be had no longer: it stays for a playlist's length after it was taken out.
  const isGone = async (): Promise<boolean> => (await fetch(`${origin}${place}v0-9.m4s`)).status === 404
  await expect.poll(isGone, { timeout: 60_000 }).toBe(true)
  await times(MANY, (i) => stranger('old', `${place}v0-${i % 10}.m4s`))
  expect(server.streams.map(({ path }) => path)).toEqual(['live/show'])
  // Each wants to wait for the next segment, and goes away instead.
  clearInterval(sending)
  let playlist = ''
  const standsStill = async (): Promise<boolean> => {
    const before = playlist
    playlist = await witness(media)
    return playlist === before
  }
  await expect.poll(standsStill, { timeout: 60_000, interval: 500 }).toBe(true)
  const next = Number(/#EXT-X-PRELOAD-HINT:.*-(\d+)\.\d+\.m4s/.exec(playlist)?.[1]) + 1
  await times(MANY / 10, async () => {
    const gone = new AbortController()
    const asked = stranger('blocked', `${place}v0.m3u8?_HLS_msn=${next}`, gone.signal)
    setTimeout(() => gone.abort(), 5)
    await asked
  })
  // Those who stay wait for what does not come, three target durations long.
  await times(AT_ONCE, () => stranger('patient', `${place}v0.m3u8?_HLS_msn=${next}`))
  let most = 0
  await times(MANY, async () => {
    await stranger('session', '/live/show.m3u8')
    most = Math.max(most, server.connections.size)
  })
  // The publisher and the witness come from elsewhere.
  expect(most).toBeLessThanOrEqual(MOST_CONNECTIONS + 2)
  isOver = true
  expect(await watched).toBeGreaterThan(10)

  const count = (key: string): number => statuses.get(key) ?? 0
  expect(count('absent 404')).toBe(MANY)
  expect(count('guess 404')).toBe(MANY)
  expect(count('part 404')).toBe(MANY)
  expect(count('ahead 400')).toBe(MANY)
  expect(count('old 404')).toBe(MANY)
  expect(count('blocked cut')).toBeGreaterThan(0)
  expect(count('patient 503')).toBe(AT_ONCE)
  expect(count('session 200') + count('session 503') + count('session cut')).toBe(MANY)
  expect(count('session 200')).toBeLessThan(MOST_CONNECTIONS * 3)
  expect([...statuses.keys()].filter((key) => key.startsWith('witness'))).toEqual(['witness 200'])
  // Who asks for nothing more is gone, and what was kept for it.
  agent.destroy()
  await expect.poll(() => server.connections.size, { timeout: 60_000 }).toBe(1)
  expect(publisher.closed).toBe(false)
}, 120_000)
