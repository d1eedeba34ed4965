import { UsageError } from '@rtmp/bytes'
import type { PushTarget } from '../core/multi-publisher.ts'
import { type PresetName, preset, PRESETS } from '../presets.ts'

/**
 * A place to publish to: a URL, or the name of a platform and a stream key, as in `twitch:live_123`.
 *
 * @throws UsageError `PRESET_UNKNOWN`, `PRESET_KEY`
 */
export const publishTarget = (text: string): PushTarget => {
  const colon = text.indexOf(':')
  const name = text.slice(0, colon).toLowerCase()
  if (!isPreset(name)) {
    if (/^[a-z]+:[^/]+$/i.test(text)) throw unknownPlatform(name)
    return { url: text }
  }
  const { url, options } = preset(name, text.slice(colon + 1))
  return { ...options, url }
}

const unknownPlatform = (name: string): UsageError =>
  new UsageError(
    'PRESET_UNKNOWN',
    `${name} is no platform known here: there are ${Object.keys(PRESETS).join(', ')}, or give the URL`,
    'url',
  )

const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name)
