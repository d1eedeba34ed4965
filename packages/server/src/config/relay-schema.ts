import * as v from 'valibot'
import type { RelayRule } from '../contract/relay-rules.ts'
import { type Field, structure } from './field.ts'

const isUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^rtmps?:\/\/[^/]+\/./i.test(value)
const url = v.custom<string>(isUrl)
const trackId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))
const target = v.union([
  url,
  v.strictObject({ url, video: v.exactOptional(trackId), audio: v.exactOptional(trackId) }),
])
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0))

/** One rule. */
export const relaySchema: v.GenericSchema<unknown, RelayRule> = v.pipe(
  v.strictObject({
    push: v.exactOptional(v.union([target, v.pipe(v.array(target), v.minLength(1))])),
    pull: v.exactOptional(url),
    stream: v.exactOptional(v.string()),
    pulled: v.exactOptional(v.boolean()),
    onDemand: v.exactOptional(v.boolean()),
    lingerMs: v.exactOptional(milliseconds),
    retryMs: v.exactOptional(milliseconds),
    maxRetryMs: v.exactOptional(milliseconds),
  }),
  v.check(({ push, pull }) => (push === undefined) !== (pull === undefined)),
) as v.GenericSchema<unknown, RelayRule>

/** Users, passwords, parameters and names without placeholder are secrets: stream keys. Where it goes is none. */
const shownUrl = (text: string): string =>
  text.replace(
    /^(rtmps?:\/\/)(?:[^/]*@)?([^/]*)([^?#]*)(.*)$/is,
    (_, scheme: string, host: string, path: string, query: string) => {
      const slash = path.lastIndexOf('/') + 1
      const name = path.slice(slash)
      const shown = name.replaceAll(/\{\w+\}/g, '') === '' ? name : '***'
      return `${scheme}${host}${path.slice(0, slash)}${shown}${query === '' ? '' : '?***'}`
    },
  )

const shown = (value: unknown): unknown => {
  if (typeof value === 'string') return shownUrl(value)
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shown(one)]))
}

/** Streams from and to other servers. */
export const relaysOption: Field<readonly RelayRule[]> = structure<readonly RelayRule[]>(
  [],
  'streams that come from other servers or go to them',
  "a list of { push: URL or { url, video, audio } (one track of each kind), or a list of them, pulled } and { pull: URL, onDemand, lingerMs }, each with stream: 'app/name' (* for any text), retryMs and maxRetryMs if needed; URLs are rtmp(s)://host/app/{streamName}",
  v.array(relaySchema),
  { secret: true, show: shown },
)
