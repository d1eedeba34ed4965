import { UsageError } from '@rtmp/bytes'
import type { RtmpPublisherOptions } from './core/options.ts'

/** Where a platform takes streams, and how. */
export interface Preset {
  /** As the platform writes its name. */
  readonly title: string
  /** All but the stream key. */
  readonly server: string
  /** What the platform needs beside the defaults. */
  readonly options: RtmpPublisherOptions
  /** Longest distance of key frames that it recommends, in seconds. */
  readonly keyFrameInterval: number
}

/** Platforms look for names of known software, speak Enhanced RTMP only where they say so, and drop unknown messages. */
const CLASSIC: RtmpPublisherOptions = {
  flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
  capabilities: false,
  publishType: 'live',
}

/** Name of a platform in {@link PRESETS}. */
export type PresetName = 'twitch' | 'youtube' | 'facebook'

/** Addresses as the platforms publish them and OBS Studio lists them. RTMPS wherever there is one. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  twitch: {
    title: 'Twitch',
    server: 'rtmps://ingest.global-contribute.live-video.net:443/app',
    options: CLASSIC,
    keyFrameInterval: 2,
  },
  youtube: {
    title: 'YouTube',
    server: 'rtmps://a.rtmps.youtube.com:443/live2',
    options: { ...CLASSIC, capabilities: { fourCcList: ['hvc1', 'av01'] } },
    keyFrameInterval: 4,
  },
  facebook: {
    title: 'Facebook Live',
    server: 'rtmps://rtmp-api.facebook.com:443/rtmp',
    options: CLASSIC,
    keyFrameInterval: 2,
  },
}

/**
 * URL and options to publish to a platform.
 *
 * @param key - The stream key, query included.
 * @throws UsageError `PRESET_UNKNOWN`, `PRESET_KEY`
 *
 * @example
 * const { url, options } = preset('youtube', key)
 * const publisher = await publish(url, { ...options, reconnect: true })
 */
export const preset = (
  name: PresetName,
  key: string,
): { readonly url: string; readonly options: RtmpPublisherOptions } => {
  if (!Object.hasOwn(PRESETS, name)) {
    const names = Object.keys(PRESETS).join(', ')
    throw new UsageError(
      'PRESET_UNKNOWN',
      `there is no preset ${JSON.stringify(name)}; there are ${names}`,
      'name',
    )
  }
  if (key.trim() === '') throw new UsageError('PRESET_KEY', 'the stream key is missing', 'key')
  const { server, options } = PRESETS[name]
  return { url: `${server}/${key.trim()}`, options }
}
