import type { Ladder, Rung } from './ladder.ts'
import type { MultitrackRequest } from './multitrack-request.ts'

/** What OBS is told: it checks these names, see docs/obs.md. */
const SERVICE = 'IVS'
const SCHEMA_VERSION = '2025-01-25'
const AUDIO_KBIT_S = 160

/** Where OBS publishes. */
export interface IngestEndpoint {
  readonly protocol: 'RTMP' | 'RTMPS'
  /** With `{stream_key}` where the key goes. */
  readonly urlTemplate: string
}

/** An answer in which nothing can be sent: OBS shows the text to the person. */
export const refusal = (text: string): object => ({
  meta: { service: SERVICE, schema_version: SCHEMA_VERSION, config_id: '' },
  status: { result: 'error', html_en_us: escaped(text) },
})

/** The configuration for OBS. */
export const multitrackAnswer = (
  { preferences }: MultitrackRequest,
  { rungs, warnings }: Ladder,
  endpoints: readonly IngestEndpoint[],
  { configId, keyFrameSeconds }: { readonly configId: string; readonly keyFrameSeconds: number },
): object => {
  const audio = (trackId: number): object => ({
    codec: 'aac',
    track_id: trackId,
    channels: preferences.audio_channels ?? 2,
    settings: { bitrate: AUDIO_KBIT_S },
  })
  return {
    meta: { service: SERVICE, schema_version: SCHEMA_VERSION, config_id: configId },
    status:
      warnings.length === 0
        ? { result: 'success', html_en_us: '' }
        : { result: 'warning', html_en_us: warnings.map(escaped).join('<br>') },
    ingest_endpoints: endpoints.map(({ protocol, urlTemplate }) => ({
      protocol,
      url_template: urlTemplate,
      authentication: '',
    })),
    encoder_configurations: rungs.map((rung) => encoderOf(rung, keyFrameSeconds)),
    audio_configurations: {
      live: [audio(1)],
      ...(preferences.vod_track_audio === true ? { vod: [audio(2)] } : {}),
    },
  }
}

const encoderOf = (
  { encoder, width, height, fps, bitrate, canvas }: Rung,
  keyFrameSeconds: number,
): object => ({
  type: encoder,
  width,
  height,
  framerate: fps,
  gpu_scale_type: 'OBS_SCALE_BICUBIC',
  colorspace: 'VIDEO_CS_709',
  range: 'VIDEO_RANGE_PARTIAL',
  format: 'VIDEO_FORMAT_NV12',
  settings: {
    rate_control: 'CBR',
    bitrate,
    // The same for all, so that all have their key frames at the same times.
    keyint_sec: keyFrameSeconds,
    ...(encoder === 'obs_x264' ? { preset: 'veryfast', x264opts: 'scenecut=0' } : {}),
    bf: 0,
  },
  canvas_index: canvas,
})

/** OBS shows it as HTML. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
