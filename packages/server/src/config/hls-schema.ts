import * as v from 'valibot'
import { DEFAULT_HLS } from '../contract/hls-options.ts'
import type { LadderRule } from '../contract/ladders.ts'
import { choice, type Field, list, number, structure, text } from './field.ts'
import { section } from './section.ts'

/** Streams as HLS. */
export const hlsSchema = section('HLS: streams at /{path}.m3u8', {
  mode: choice(
    ['off', 'onDemand', 'always'],
    DEFAULT_HLS.mode,
    'when HLS is made: never, as long as somebody asks for it, or as long as a stream is published',
  ),
  segmentMs: number(
    DEFAULT_HLS.segmentMs,
    'how long a segment should be, in milliseconds; key frames further apart make longer ones',
    500,
    60_000,
  ),
  partMs: number(
    DEFAULT_HLS.partMs,
    'how long a part should be, in milliseconds; 0 for no low latency',
    0,
    2000,
  ),
  windowMs: number(DEFAULT_HLS.windowMs, 'how far back viewers can go, in milliseconds', 0, 86_400_000),
  folder: text('', 'folder for what of long windows need not be in memory; by default all of it is'),
  maxBytes: number(DEFAULT_HLS.maxBytes, 'the most of a stream that may be in memory, in bytes', 1),
  viewerIdleMs: number(
    DEFAULT_HLS.viewerIdleMs,
    'after so long without a request a viewer has gone, in milliseconds',
    1000,
  ),
  lingerMs: number(DEFAULT_HLS.lingerMs, 'how long HLS is kept without viewers, in milliseconds'),
})

const rung = v.strictObject({
  height: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(16_384)),
  fps: v.exactOptional(v.pipe(v.number(), v.minValue(1), v.maxValue(240))),
  bitrate: v.exactOptional(v.pipe(v.number(), v.minValue(10), v.maxValue(1_000_000))),
  codecs: v.exactOptional(v.pipe(v.array(v.picklist(['h264', 'hevc', 'av1'])), v.minLength(1))),
})

const ladderSchema = v.strictObject({
  stream: v.exactOptional(v.string()),
  rungs: v.pipe(v.array(rung), v.minLength(1), v.maxLength(10)),
  keyFrameSeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))),
}) as v.GenericSchema<unknown, LadderRule>

/** Which renditions OBS is asked for. */
export const laddersOption: Field<readonly LadderRule[]> = structure<readonly LadderRule[]>(
  [],
  'renditions that OBS is asked for (Enhanced Broadcasting); by default by its canvas',
  "a list of { stream: 'app/name' (* for any text), rungs: [{ height, fps, bitrate (kbit/s), codecs }], keyFrameSeconds }",
  v.array(ladderSchema),
)

export const obsSchema = section('OBS', {
  ingest: list([], 'where OBS is sent to publish, as rtmp://host:port; by default the host that was asked'),
})
