import { readFile } from 'node:fs/promises'
import type { SeededRandom } from '@rtmp/testkit/fuzz'
import { ladderFor } from '../../../packages/server/src/obs/ladder.ts'
import { multitrackAnswer } from '../../../packages/server/src/obs/multitrack-answer.ts'
import { readMultitrackRequest } from '../../../packages/server/src/obs/multitrack-request.ts'
import type { FuzzTarget } from '../target.ts'

const RULE = {
  rungs: [
    { height: 1080, bitrate: 6000, codecs: ['av1', 'hevc'] as const },
    { height: 720, fps: 30 },
    { height: 360 },
  ],
}
const MOST_TRACKS = 10

const question = (more: object): object => ({
  schema_version: '2025-01-25',
  authentication: 'show',
  client: { name: 'obs-studio', version: '32.2.2', supported_codecs: ['h264', 'h265', 'av1'] },
  capabilities: { cpu: { logical_cores: 16 }, gpu: [{ vendor_id: 0x10de }], system: { name: 'Windows 11' } },
  preferences: {
    maximum_aggregate_bitrate: 4000,
    maximum_video_tracks: 3,
    vod_track_audio: true,
    audio_channels: 2,
    canvases: [{ width: 1920, height: 1080, framerate: { numerator: 60_000, denominator: 1001 } }],
  },
  ...more,
})

const seeds = async (): Promise<Uint8Array[]> => {
  const asked = new URL('../../../vectors/obs/multitrack-request.json', import.meta.url)
  const encoder = new TextEncoder()
  return [
    await readFile(asked),
    ...[{}, { capabilities: { cpu: { logical_cores: 1 }, gpu: null } }, { client: undefined }].map((more) =>
      encoder.encode(JSON.stringify(question(more))),
    ),
  ]
}

const decoder = new TextDecoder()

/** The body of a question as it comes over HTTP. */
const run = (input: Uint8Array, random: SeededRandom): void => {
  let value: unknown
  try {
    value = JSON.parse(decoder.decode(input))
  } catch {
    return
  }
  const read = readMultitrackRequest(value)
  if ('fault' in read) return
  const ladder = ladderFor(read.request, random.chance(0.5) ? RULE : undefined)
  const { rungs } = ladder
  if (rungs.length === 0 || rungs.length > MOST_TRACKS) throw new Error(`${rungs.length} renditions`)
  for (const { width, height, bitrate, fps } of rungs) {
    const numbers = [width, height, bitrate, fps.numerator, fps.denominator]
    if (!numbers.every((number) => Number.isFinite(number) && number > 0))
      throw new Error(`a rendition of ${numbers.join(', ')}`)
    if (width % 2 !== 0 || height % 2 !== 0) throw new Error(`${width} x ${height} is not even`)
  }
  JSON.stringify(multitrackAnswer(read.request, ladder, [], { configId: 'x', keyFrameSeconds: 2 }))
}

export const target: FuzzTarget = { name: 'obs', seeds, run }
