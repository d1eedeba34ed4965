import type { PushTarget } from '../core/multi-publisher.ts'
import { type PresetName, preset, PRESETS } from '../presets.ts'

/** A place to publish to: a URL, or the name of a platform and a stream key, as in `twitch:live_123`. */
export const publishTarget = (text: string): PushTarget => {
  const colon = text.indexOf(':')
  const name = text.slice(0, colon).toLowerCase()
  if (!isPreset(name)) return { url: text }
  const { url, options } = preset(name, text.slice(colon + 1))
  return { ...options, url }
}

const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name)
