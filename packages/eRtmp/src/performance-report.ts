import { isDecodeError } from '@rtmp/bytes'
import type { MediaMessage } from './media-message.ts'
import { type PrivateMessage, privateMessages } from './private-messages.ts'

/** What OBS tells of itself in a stream of several renditions, with a key frame of one of them. Counts are those since its last report. */
export interface PerformanceReport {
  /** Of the rendition in the multitrack message; 0 where the message has one track. */
  readonly trackId: number
  /** Of this picture, in milliseconds since 1970 by the clock of the publisher: composed, given to the encoder, back, and sent. */
  readonly picture: {
    readonly composedAt?: number
    readonly encodeBeganAt?: number
    readonly encodeEndedAt?: number
    readonly sentAt?: number
  }
  /** Of all renditions together: pictures rendered, rendered too late, not sent because the way out was full, and sent. */
  readonly session:
    | {
        readonly rendered: number
        readonly lagged: number
        readonly dropped: number
        readonly output: number
      }
    | undefined
  /** Of this rendition: pictures given to its encoder, left out because it was too slow, and encoded. */
  readonly rendition:
    | { readonly input: number; readonly skipped: number; readonly output: number }
    | undefined
}

/** As {@link privateMessages} tells UUIDs. */
const TIMES = '0aecffe752724e2fa62fd19cd61a93b5'
const SESSION = 'ca60e71c6a8b4388a377151df7bf8ac2'
const RENDITION = 'f1fbc1d5101e4fb5a61eb8ce3c07b8c0'

/** Written as RFC 3339. */
const TIME_TYPE = 1
const EVENTS = ['composedAt', 'encodeBeganAt', 'encodeEndedAt', 'sentAt'] as const
const SESSION_COUNTS = ['rendered', 'lagged', 'dropped', 'output'] as const
const RENDITION_COUNTS = ['input', 'skipped', 'output'] as const

/** The reports in a video message, one for each rendition in it that has one: H.264, HEVC and AV1. Never throws. */
export const performanceReports = (message: MediaMessage): PerformanceReport[] => {
  if (!message.keyFrame || !message.isVideo) return []
  try {
    return message.frames().flatMap(({ type, codec, trackId, payload }) => {
      if (type !== 'coded' || (codec !== 'h264' && codec !== 'hevc' && codec !== 'av1')) return []
      return reportIn(trackId, privateMessages(payload, codec)) ?? []
    })
  } catch (error) {
    if (isDecodeError(error)) return []
    throw error
  }
}

const reportIn = (trackId: number, messages: readonly PrivateMessage[]): PerformanceReport | undefined => {
  const bodyOf = (uuid: string): Uint8Array | undefined => messages.find((each) => each.uuid === uuid)?.body
  const [times, session, rendition] = [TIMES, SESSION, RENDITION].map(bodyOf)
  if (times === undefined && session === undefined && rendition === undefined) return undefined
  const picture: Partial<Record<(typeof EVENTS)[number], number>> = {}
  for (const [event, time] of timesIn(times)) {
    const name = EVENTS[event - 1]
    if (name !== undefined) picture[name] = time
  }
  return {
    trackId,
    picture,
    session: counted(session, SESSION_COUNTS),
    rendition: counted(rendition, RENDITION_COUNTS),
  }
}

/** Where timestamps end: a count less one in four bits, then type, event and a text that ends with 0, for each. */
const readTimes = (body: Uint8Array): { readonly times: [number, number][]; readonly end: number } => {
  const times: [number, number][] = []
  let at = 1
  for (let left = ((body[0] ?? 0) & 0x0f) + 1; left > 0; left--) {
    const [type, event = 0] = body.subarray(at, at + 2)
    const end = body.indexOf(0, at + 2)
    if (type !== TIME_TYPE || end < 0) return { times, end: body.length }
    const text = String.fromCharCode(...body.subarray(at + 2, Math.min(end, at + 2 + 40)))
    const time = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z$/.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(time)) times.push([event, time])
    at = end + 1
  }
  return { times, end: at }
}

const timesIn = (body: Uint8Array | undefined): readonly [number, number][] =>
  body === undefined ? [] : readTimes(body).times

/** Behind the timestamps: a count less one in four bits, then a tag and 32 bits for each. */
const counted = <Name extends string>(
  body: Uint8Array | undefined,
  names: readonly Name[],
): Record<Name, number> | undefined => {
  if (body === undefined) return undefined
  let at = readTimes(body).end
  if (at >= body.length) return undefined
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
  let left = ((body[at++] ?? 0) & 0x0f) + 1
  for (; left > 0 && at + 5 <= body.length; left--, at += 5) {
    const name = names[(body[at] ?? 0) - 1]
    if (name !== undefined) counts[name] = u32(body, at + 1)
  }
  return left === 0 ? counts : undefined
}

const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0
