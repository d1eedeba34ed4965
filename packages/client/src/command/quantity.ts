/** Numbers as people read them. */

/** `640 B`, `12.3 kB`, `4.5 MB`: powers of 1000. */
export const formatBytes = (bytes: number): string => scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB'])

/** `96 kbit/s`, `4.5 Mbit/s`. */
export const formatBitrate = (bitsPerSecond: number): string =>
  scaled(bitsPerSecond, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'])

const scaled = (value: number, step: number, units: readonly string[]): string => {
  let rest = value
  let unit = 0
  while (Math.abs(rest) >= step * 0.9995 && unit < units.length - 1) {
    rest /= step
    unit += 1
  }
  const digits = unit === 0 || rest >= 100 ? 0 : 1
  return `${rest.toFixed(digits)} ${units[unit] ?? ''}`
}

/** Position on a timeline: `0:04.200`, `1:02:03.000`. */
export const formatTime = (ms: number): string => {
  const sign = ms < 0 ? '-' : ''
  const whole = Math.round(Math.abs(ms))
  const part = String(whole % 1000).padStart(3, '0')
  const seconds = Math.floor(whole / 1000) % 60
  const minutes = Math.floor(whole / 60_000) % 60
  const hours = Math.floor(whole / 3_600_000)
  const tail = `${String(seconds).padStart(2, '0')}.${part}`
  return hours > 0
    ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${tail}`
    : `${sign}${minutes}:${tail}`
}

/** A rounded number without needless zeros: `29.97`, `25`. */
export const formatNumber = (value: number, digits = 2): string => String(Number(value.toFixed(digits)))

/** `1 frame`, `25 frames`. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${value} ${value === 1 ? one : many}`

/** A step of time that nobody expects, in milliseconds: `'steps back by 0:06'`, `'jumps ahead by 30:00'`. */
export const leapText = (leap: number): string =>
  leap < 0 ? `steps back by ${formatTime(-leap)}` : `jumps ahead by ${formatTime(leap)}`
