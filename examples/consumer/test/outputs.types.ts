import { MediaMessage } from '@rtmp/e-rtmp'
import { answer, answerRequest, type HlsAnswer, HlsStream } from '@rtmp/hls'
import { StreamRegistry, subscribe, type SubscriptionItem, TimerWheel } from '@rtmp/live'
import { createPlayer, type Player, type PlayerState } from '@rtmp/player'
import { nodeFiles, openRecording, record, type Recording } from '@rtmp/recorder'
import { expectTypeOf } from 'vitest'

const message = new MediaMessage(9, 0, new Uint8Array(5))

// hls
const hls = new HlsStream({ segmentMs: 1000 })
hls.push(message, Date.now())
expectTypeOf(answer(hls, { name: 'index.m3u8' }, Date.now())).resolves.toEqualTypeOf<HlsAnswer>()
expectTypeOf(answerRequest(hls, new Request('http://host/index.m3u8'), 0)).resolves.toEqualTypeOf<Response>()
// @ts-expect-error -- what answers are made of
void hls.rendition
// @ts-expect-error -- out of its kind
void new HlsStream({ segmentMs: '1 s' })

// live
const registry = new StreamRegistry(new TimerWheel(0))
const publication = registry.publish('live', 'show', { publisherReplaced() {} }, 0)
publication?.push(message, 0)
// @ts-expect-error -- the engine's
void publication?.stream
// @ts-expect-error -- the engine's
void registry.wheel

// recorder
const recording = record(
  subscribe(registry, 'live', 'show', () => 0),
  { file: '{path}.{ext}', path: 'live/show' },
)
expectTypeOf(recording).toEqualTypeOf<Recording>()
expectTypeOf(recording.ended).resolves.toHaveProperty('reason')
expectTypeOf(openRecording(nodeFiles, 'show.flv')).resolves.toHaveProperty('durationMs')
const stream = subscribe(registry, 'live', 'show', () => 0)
// @ts-expect-error -- a name to write to
void record(stream, { path: 'live/show' })
void record(
  (async function* (): AsyncGenerator<SubscriptionItem> {
    yield message
  })(),
  // @ts-expect-error -- no such format
  { file: 'a', path: 'b', format: 'mkv' },
)

// player
const page = (video: HTMLVideoElement): void => {
  const player = createPlayer(video, 'wss://example.com/live/show.flv', { whenAbsent: 'wait' })
  expectTypeOf(player).toEqualTypeOf<Player>()
  player.on('state', (state) => expectTypeOf(state).toEqualTypeOf<PlayerState>())
  player.on('error', ({ code, fatal }) => expectTypeOf([code, fatal]).toBeArray())
  // @ts-expect-error -- read only
  player.state = 'paused'
  // @ts-expect-error -- out of its kind
  createPlayer(video, 'wss://example.com/live/show.flv', { latency: 'low' })
}

export { page }
