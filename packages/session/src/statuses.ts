import { type CommandMessage, StatusCode, statusLevel } from '@rtmp/message'
import type { Status } from './events.ts'

/** A value as an object: itself, or an empty one. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The status in an `onStatus`, `_result` or `_error`, with whatever is missing made up for. */
export const statusOf = ({ name, args }: CommandMessage): Status => {
  const information = asRecord(args[0])
  const code = text(information['code']) ?? ''
  const level = text(information['level']) ?? (name === '_error' ? 'error' : statusLevel(code))
  return { level, code, description: text(information['description']) ?? '', information }
}

/** Where a refusal sends us: `ex: { code: 302, redirect }`. */
export const redirectOf = ({ information }: Status): string | undefined => {
  const ex = asRecord(information['ex'])
  return Number(ex['code']) === 302 ? text(ex['redirect']) : undefined
}

/** Whether a status means that a running publish is over. Other errors, of recording for example, do not. */
export const endsPublish = ({ code, level }: Status): boolean =>
  code === StatusCode.unpublishSuccess ||
  (level === 'error' && (code.startsWith('NetStream.Publish.') || code === StatusCode.streamFailed))

/**
 * Whether a status means that a running play is over. `UnpublishNotify` does not: the publisher may come back, and it
 * is for the host to decide how long to wait.
 */
export const endsPlay = ({ code, level }: Status): boolean =>
  code === StatusCode.playStop ||
  code === StatusCode.playComplete ||
  (level === 'error' && (code.startsWith('NetStream.Play.') || code === StatusCode.streamFailed))

/** The id of a message stream in an answer; some servers write the number as a text. */
export const streamIdIn = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value

/** Whether a value can be the id of a message stream: 1 to 2³² − 1. */
export const isStreamId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff
