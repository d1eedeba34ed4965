// Numbers for people.

const UNITS = ['', 'k', 'M', 'G', 'T'] as const

const scaled = (value: number, step: number): string => {
  let at = 0
  while (value >= step * 0.9995 && at < UNITS.length - 1) {
    value /= step
    at += 1
  }
  const digits = at === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${UNITS[at] ?? ''}`
}

/** `2.41 Mb/s` */
export const bitrate = (bitsPerSecond: number): string => `${scaled(bitsPerSecond, 1000)}b/s`

/** `3.20 MB` */
export const byteSize = (bytes: number): string => `${scaled(bytes, 1000)}B`

/** `0.4 s` */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** `1 stream`, `3 streams` */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `3 d 4 h`, `12 min`, `8 s` */
export const duration = (ms: number): string => {
  const s = Math.floor(ms / 1000)
  if (s < 60) return `${s} s`
  const minutes = Math.floor(s / 60)
  if (minutes < 60) return `${minutes} min ${s % 60} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `stereo` */
export const channelWords = (channels: number): string =>
  ({ 1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1' })[channels] ?? `${channels} channels`

/** `48 kHz` */
export const sampleRate = (hertz: number): string => `${hertz / 1000} kHz`

/** A position in what is played: `0:07`, `12:34`, `1:02:03`. */
export const position = (s: number): string => {
  const whole = Math.max(0, Math.floor(s))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
