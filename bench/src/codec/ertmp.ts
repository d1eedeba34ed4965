import {
  classifyAudio,
  classifyVideo,
  decodeAudioMessage,
  decodeVideoMessage,
  encodeAudioMessage,
  encodeVideoMessage,
  fromMediaFrame,
  type MediaFrameInit,
  toMediaFrames,
} from '@rtmp/e-rtmp'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import { keep, megabytesPerSecond } from '../measure.ts'
import type { Scenario } from '../scenario.ts'

interface Body {
  readonly kind: 'audio' | 'video'
  readonly timestamp: number
  readonly payload: Uint8Array
}

/**
 * A live stream of 2 Mbit/s, 30 frames and 43 audio frames a second, a key frame of 56 kB every two seconds: the shape
 * that the server's benchmarks use. Sizes vary by a third around their mean.
 */
const stream = (video: string, audio: string, trackId: number, seconds: number): Body[] => {
  const random = new SeededRandom(7)
  const bodies: Body[] = []
  const add = (frame: MediaFrameInit): void => {
    bodies.push({ kind: frame.kind, timestamp: frame.dts, payload: fromMediaFrame(frame) })
  }
  const data = (size: number): Uint8Array =>
    new Uint8Array(Math.floor(size * (0.67 + random.below(67) / 100)))
  for (let i = 0; i < seconds * 30; i++) {
    const dts = Math.round((i * 1000) / 30)
    const keyFrame = i % 60 === 0
    // B-frames, for the codecs that can say so.
    const pts = video === 'av1' || keyFrame ? dts : dts + ([33, 100, 0, 66][i % 4] ?? 0)
    const payload = data(keyFrame ? 55_900 : 7_000)
    add({ kind: 'video', codec: video, trackId, type: 'coded', dts, pts, keyFrame, payload })
    for (let sound = Math.floor((i * 43) / 30); sound < Math.floor(((i + 1) * 43) / 30); sound++) {
      add({ kind: 'audio', codec: audio, trackId, type: 'coded', dts, payload: data(372) })
    }
  }
  return bodies
}

const forms: readonly (readonly [string, readonly Body[]])[] = [
  ['legacy H.264 and AAC', stream('h264', 'aac', 0, 20)],
  ['enhanced HEVC and Opus', stream('hevc', 'opus', 0, 20)],
  ['multitrack AV1 and FLAC', stream('av1', 'flac', 3, 20)],
]

const everyForm: readonly Body[] = forms.flatMap(([, bodies]) => bodies)
const sizeOf = (bodies: readonly Body[]): number =>
  bodies.reduce((sum, { payload }) => sum + payload.length, 0)

/** What it costs to touch the bytes at all. */
const copy = (bodies: readonly Body[]) => ({
  measure: () =>
    megabytesPerSecond(sizeOf(bodies), () => {
      for (const { payload } of bodies) keep(payload.slice())
    }),
})

const throughput = (name: string, bodies: readonly Body[], work: (body: Body) => unknown): Scenario => ({
  name: `ertmp ${name}`,
  metric: 'throughput',
  unit: 'MB/s',
  better: 'higher',
  ours: {
    measure: () =>
      megabytesPerSecond(sizeOf(bodies), () => {
        for (const body of bodies) keep(work(body))
      }),
  },
  peers: { 'plain copy': copy(bodies) },
})

const classify = ({ kind, payload }: Body): number =>
  kind === 'video' ? classifyVideo(payload) : classifyAudio(payload)
const toFrames = ({ kind, timestamp, payload }: Body): unknown => toMediaFrames(kind, timestamp, payload)
const rewrite = ({ kind, payload }: Body): Uint8Array =>
  kind === 'video'
    ? encodeVideoMessage(decodeVideoMessage(payload))
    : encodeAudioMessage(decodeAudioMessage(payload))

export const scenarios: readonly Scenario[] = [
  throughput('classify every body', everyForm, classify),
  throughput('every body to the common frame model', everyForm, toFrames),
  ...forms.map(([name, bodies]) => throughput(`${name} to the common frame model`, bodies, toFrames)),
  throughput('decode and encode every body', everyForm, rewrite),
]
