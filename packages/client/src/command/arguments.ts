import { InvalidArgumentError } from 'commander'

/** Readers of options' texts; what they throw, commander tells with the option's name. */

/** A whole number in a range. */
export const integer =
  (minimum: number, maximum: number, what: string) =>
  (text: string): number => {
    const value = /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN
    if (value >= minimum && value <= maximum) return value
    throw new InvalidArgumentError(`It is ${what} from ${minimum} to ${maximum}.`)
  }

/** The number of a track (E-RTMP v2, multitrack). */
export const trackId = integer(0, 255, 'a track id')

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }

/** A duration in milliseconds: `10` (seconds), `1.5s`, `500ms`, `2m`, `1h`, `1:30`. */
export const duration = (text: string): number => {
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text.trim())
  if (clock !== null) {
    const [, hours = '0', minutes = '0', seconds = '0'] = clock
    return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000)
  }
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(text.trim())
  if (match === null) {
    throw new InvalidArgumentError('Write it as 10 or 10s, 500ms, 2m, 1h or 1:30.')
  }
  return Math.round(Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1000))
}

const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }

/** A number of bytes: `1500`, `10k`, `5MB`, `1G`; powers of 1000. */
export const byteCount = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)b?$/i.exec(text.trim())
  if (match === null) throw new InvalidArgumentError('Write it as 1500, 10k, 5M or 1G.')
  return Math.round(Number(match[1]) * (SIZES[(match[2] ?? '').toLowerCase()] ?? 1))
}

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `1936` (this machine only), `0.0.0.0:1936`, `[::]:1936`. */
export const listenAddress = (text: string): ListenAddress => {
  const match = /^(?:(\[[^\]]+\]|[^:]*):)?(\d+)$/.exec(text.trim())
  const port = Number(match?.[2] ?? Number.NaN)
  if (!(port >= 0 && port <= 65_535)) {
    throw new InvalidArgumentError('Write it as 1936, or as 0.0.0.0:1936 for clients on other machines.')
  }
  const host = (match?.[1] ?? '').replace(/^\[|\]$/g, '')
  return { host: host === '' ? '127.0.0.1' : host, port }
}
