import type { ServerKind } from '../server/server-process.ts'
import { oursBy, withHls } from '../server/servers.ts'
import type { PagePlayer } from './page.ts'

/** One way from the server to the screen. */
export interface LatencyWay {
  readonly name: string
  readonly server: ServerKind
  readonly by: PagePlayer
  /** Where it is played, of host and path. */
  urlOf(place: string): string
  /** How long there has been a stream when the player comes. */
  readonly headStartMs: number
}

/** Until the playlist has all of its window: who comes before that begins nearer to the newest picture than it is told to. */
const HLS_HEAD_START_MS = 14_000

const byHls = (name: string, partMs: number): LatencyWay => ({
  name,
  server: withHls('always', partMs),
  by: 'hls.js',
  urlOf: (place) => `http://${place}.m3u8`,
  headStartMs: HLS_HEAD_START_MS,
})

/** Everything `npm run bench -- latency` measures, in order. */
export const LATENCY_WAYS: readonly LatencyWay[] = [
  {
    name: 'WS-FLV in a browser',
    server: oursBy('ws-flv'),
    by: '@rtmp/player',
    urlOf: (place) => `ws://${place}.flv`,
    headStartMs: 0,
  },
  byHls('LL-HLS with hls.js', 200),
  byHls('HLS of 2 s segments with hls.js', 0),
]
