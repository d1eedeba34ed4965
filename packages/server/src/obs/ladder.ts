import type { LadderRule, LadderRung } from '../contract/ladders.ts'
import type { MultitrackRequest } from './multitrack-request.ts'

/** OBS makes no more video encoders than this. */
const MOST_TRACKS = 10

/** How OBS names a codec. */
type LadderCodec = NonNullable<LadderRung['codecs']>[number]

const CODECS: Readonly<Record<string, LadderCodec>> = { h264: 'h264', h265: 'hevc', hevc: 'hevc', av1: 'av1' }

const NVIDIA = 0x10de

/** Makers of GPUs by their PCI vendor ids, and what OBS calls their encoders; but for NVIDIA's, OBS has them on Windows only. */
const GPU_ENCODERS: Readonly<Record<number, Readonly<Partial<Record<LadderCodec, string>>>>> = {
  [NVIDIA]: { h264: 'obs_nvenc_h264_tex', hevc: 'obs_nvenc_hevc_tex', av1: 'obs_nvenc_av1_tex' },
  0x1002: { h264: 'h264_texture_amf', hevc: 'h265_texture_amf', av1: 'av1_texture_amf' },
  0x8086: { h264: 'obs_qsv11_v2', hevc: 'obs_qsv11_hevc', av1: 'obs_qsv11_av1' },
}
/** The encoder that every OBS has. */
const SOFTWARE = 'obs_x264'

/** Rungs by default: heights, and kbit/s at 30 frames a second in H.264. */
const USUAL: readonly (LadderRung & { readonly bitrate: number })[] = [
  { height: 2160, bitrate: 14_000 },
  { height: 1440, bitrate: 8500 },
  { height: 1080, bitrate: 5000 },
  { height: 720, bitrate: 2800 },
  { height: 480, bitrate: 1200 },
  { height: 360, bitrate: 700 },
  { height: 160, bitrate: 250 },
]
/** What x264 (veryfast) may encode without a GPU, in pixels a second for each core: about half of what a core can, which games need too. */
const PIXELS_PER_CORE = 20_000_000

/** One rendition. */
export interface Rung {
  readonly width: number
  readonly height: number
  readonly fps: { readonly numerator: number; readonly denominator: number }
  /** kbit/s. */
  readonly bitrate: number
  readonly encoder: string
  readonly canvas: number
}

/** A ladder, and what it lacks of what was asked for, for people. */
export interface Ladder {
  readonly rungs: readonly Rung[]
  readonly warnings: readonly string[]
}

/** What a person's OBS can make, by rule. Best first; at least one rung, whatever the limits are. */
export const ladderFor = (
  { client, capabilities, preferences }: MultitrackRequest,
  rule: LadderRule | undefined,
): Ladder => {
  const warnings: string[] = []
  const supported = new Set(client.supported_codecs.flatMap((name) => CODECS[name.toLowerCase()] ?? []))
  const isWindows = /windows/i.test(capabilities.system.name)
  const encoders = (capabilities.gpu ?? [])
    .map(({ vendor_id }) => (isWindows || vendor_id === NVIDIA ? GPU_ENCODERS[vendor_id] : undefined))
    .find((one) => one !== undefined)
  const [canvas] = preferences.canvases
  if (canvas === undefined) return { rungs: [], warnings }
  const canvasFps = canvas.framerate.numerator / canvas.framerate.denominator
  const rungs: Rung[] = []
  for (const rung of rule?.rungs ?? usualFor(canvas.height)) {
    if (rung.height > canvas.height) continue
    const codec = codecFor(rung, supported, encoders)
    const fps = fpsFor(rung, canvas.framerate, canvasFps)
    const rate = fps.numerator / fps.denominator
    rungs.push({
      width: even((canvas.width * rung.height) / canvas.height),
      height: even(rung.height),
      fps,
      bitrate: rung.bitrate ?? bitrateFor(rung.height, rate, codec),
      encoder: encoders?.[codec] ?? SOFTWARE,
      canvas: 0,
    })
  }
  if (rungs.length === 0) {
    const codec = codecFor({ height: canvas.height }, supported, encoders)
    rungs.push({
      width: even(canvas.width),
      height: even(canvas.height),
      fps: canvas.framerate,
      bitrate: bitrateFor(canvas.height, canvasFps, codec),
      encoder: encoders?.[codec] ?? SOFTWARE,
      canvas: 0,
    })
    if (rule !== undefined)
      warnings.push('no rung of this server fits the canvas; one rendition of its size is sent')
  }
  const kept = withinLimits(rungs, { capabilities, preferences }, encoders !== undefined)
  // OBS asks the person at each start whether to go on, so that only what somebody has asked for is worth a warning.
  if (rule !== undefined && kept.length < rungs.length)
    warnings.push(
      `${kept.length} of the ${rungs.length} renditions of this server are sent: more is beyond this computer, or the limits that are set in OBS`,
    )
  return { rungs: kept, warnings }
}

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2))

/** The canvas as it is, and the usual heights below it. */
const usualFor = (height: number): readonly LadderRung[] => [
  ...(USUAL.some((rung) => rung.height === height) ? [] : [{ height }]),
  ...USUAL.filter((rung) => rung.height <= height).map((rung) => ({ height: rung.height })),
]

const codecFor = (
  rung: LadderRung,
  supported: ReadonlySet<LadderCodec>,
  encoders: Readonly<Partial<Record<LadderCodec, string>>> | undefined,
): LadderCodec => {
  const wanted = rung.codecs ?? ['h264']
  // Without a GPU only H.264 can be made in real time.
  return wanted.find((codec) => supported.has(codec) && encoders?.[codec] !== undefined) ?? 'h264'
}

const fpsFor = (
  { fps }: LadderRung,
  canvas: { readonly numerator: number; readonly denominator: number },
  canvasFps: number,
): { readonly numerator: number; readonly denominator: number } => {
  if (fps === undefined || fps >= canvasFps - 0.01) return canvas
  // A whole part of the canvas's rate, so that pictures are left out evenly.
  const divisor = Math.max(1, Math.ceil(canvasFps / fps - 0.01))
  return { numerator: canvas.numerator, denominator: canvas.denominator * divisor }
}

/** kbit/s, from the usual rung next to it, by the number of pixels and of pictures. */
const bitrateFor = (height: number, fps: number, codec: LadderCodec): number => {
  const near = USUAL.toSorted((a, b) => Math.abs(a.height - height) - Math.abs(b.height - height))[0]
  const base = (near?.bitrate ?? 2500) * (height / (near?.height ?? height)) ** 1.5
  const motion = fps > 40 ? 1.4 : 1
  const saving = codec === 'h264' ? 1 : 0.7
  return Math.max(100, Math.round((base * motion * saving) / 50) * 50)
}

const withinLimits = (
  rungs: readonly Rung[],
  { capabilities, preferences }: Pick<MultitrackRequest, 'capabilities' | 'preferences'>,
  hasGpu: boolean,
): readonly Rung[] => {
  const bitrate = preferences.maximum_aggregate_bitrate ?? 0
  const tracks = preferences.maximum_video_tracks ?? 0
  const mostTracks = tracks < 1 ? MOST_TRACKS : Math.min(tracks, MOST_TRACKS)
  const cores = capabilities.cpu.logical_cores
  let kept = spread(rungs, mostTracks)
  if (!hasGpu && cores > 0) kept = withinPixels(kept, cores * PIXELS_PER_CORE)
  if (bitrate <= 0) return kept
  // From the top: the lowest are for those who would have nothing otherwise.
  while (kept.length > 1 && total(kept) > bitrate) kept = kept.slice(1)
  const [only] = kept
  if (only !== undefined && total(kept) > bitrate)
    return [{ ...only, bitrate: Math.max(100, Math.floor(bitrate)) }]
  return kept
}

const pixelsOf = ({ width, height, fps }: Rung): number => (width * height * fps.numerator) / fps.denominator

/** The best, which the person streams in any case, and of the others the smallest that a processor can make beside it. */
const withinPixels = (rungs: readonly Rung[], most: number): readonly Rung[] => {
  const [best, ...others] = rungs
  if (best === undefined) return rungs
  let left = most - pixelsOf(best)
  const kept: Rung[] = []
  for (const rung of others.toReversed()) {
    left -= pixelsOf(rung)
    if (left < 0) break
    kept.unshift(rung)
  }
  return [best, ...kept]
}

const total = (rungs: readonly Rung[]): number => rungs.reduce((sum, { bitrate }) => sum + bitrate, 0)

/** So many of them, the best and the lowest among them. */
const spread = (rungs: readonly Rung[], count: number): readonly Rung[] => {
  if (rungs.length <= count) return rungs
  if (count <= 1) return rungs.slice(0, 1)
  return Array.from(
    { length: count },
    (_, i) => rungs[Math.round((i * (rungs.length - 1)) / (count - 1))] as Rung,
  )
}
