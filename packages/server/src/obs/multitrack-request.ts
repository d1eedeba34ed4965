import * as v from 'valibot'

const text = v.pipe(v.string(), v.maxLength(1024))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 40))
const pixels = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16_384))
/** A number, or nothing: OBS writes null where the person has set no limit. */
const limit = v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 40)))

const canvas = v.object({
  width: pixels,
  height: pixels,
  canvas_width: v.optional(pixels),
  canvas_height: v.optional(pixels),
  framerate: v.object({
    numerator: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
    denominator: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
  }),
})

const gpu = v.object({ model: v.optional(text, ''), vendor_id: v.optional(count, 0) })

/**
 * What OBS asks for a configuration of several renditions with (`schema_version` 2025-01-25; later ones add fields, which are passed over).
 */
const multitrackRequest = v.object({
  authentication: text,
  client: v.optional(
    v.object({
      name: v.optional(text, ''),
      version: v.optional(text, ''),
      supported_codecs: v.optional(v.pipe(v.array(text), v.maxLength(32)), ['h264']),
    }),
    { name: '', version: '', supported_codecs: ['h264'] },
  ),
  capabilities: v.optional(
    v.object({
      cpu: v.optional(
        v.object({ logical_cores: v.optional(count, 0), physical_cores: v.optional(count, 0) }),
        { logical_cores: 0, physical_cores: 0 },
      ),
      gpu: v.nullish(v.pipe(v.array(gpu), v.maxLength(16)), []),
      system: v.optional(v.object({ name: v.optional(text, '') }), { name: '' }),
    }),
    { cpu: { logical_cores: 0, physical_cores: 0 }, gpu: [], system: { name: '' } },
  ),
  preferences: v.object({
    maximum_aggregate_bitrate: limit,
    maximum_video_tracks: limit,
    vod_track_audio: v.nullish(v.boolean()),
    audio_channels: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))),
    canvases: v.pipe(v.array(canvas), v.minLength(1), v.maxLength(8)),
  }),
})

export type MultitrackRequest = v.InferOutput<typeof multitrackRequest>

/** What OBS asks; where it is none, what is wrong with it, for people. */
export const readMultitrackRequest = (
  value: unknown,
): { readonly request: MultitrackRequest } | { readonly fault: string } => {
  const { success, output, issues } = v.safeParse(multitrackRequest, value)
  if (success) return { request: output }
  const [issue] = issues
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? 'the body'
  return { fault: `${path}: expected ${issue.expected ?? 'something else'}` }
}
