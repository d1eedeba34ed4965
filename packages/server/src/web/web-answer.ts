import { StatusCode } from '@rtmp/message'
import type { OwnEndReason, RejectDetails } from '@rtmp/session'

/** How a request ends, if nothing of its answer has been sent before. */
export interface WebAnswer {
  /** Of HTTP. */
  readonly status: number
  /** For people. */
  readonly description: string
  /** Where to go instead. */
  readonly redirect?: string
}

const STATUSES: Readonly<Record<string, number>> = {
  [StatusCode.playStreamNotFound]: 404,
  [StatusCode.playUnpublishNotify]: 404,
  [StatusCode.publishBadName]: 409,
  [StatusCode.playFailed]: 503,
  [StatusCode.publishIdle]: 408,
}

const REASONS: Readonly<Record<OwnEndReason, number>> = {
  completed: 200,
  closed: 503,
  shutdown: 503,
  kicked: 403,
  refused: 403,
  replaced: 409,
  timeout: 408,
}

/** What answers a request that was refused. Servers of RTMP are no place for a browser to go to: only HTTP redirects it. */
export const refusedAnswer = ({ code, description = 'not allowed', redirect }: RejectDetails): WebAnswer => {
  if (redirect !== undefined && /^https?:\/\//i.test(redirect)) return { status: 302, description, redirect }
  if (redirect !== undefined) return { status: 503, description: `${description}: go on at ${redirect}` }
  return { status: STATUSES[code ?? ''] ?? 403, description }
}

/** What answers a request that has come to an end before its answer began. */
export const endedAnswer = (
  reason: OwnEndReason,
  code: string | undefined,
  description: string,
): WebAnswer => ({ status: STATUSES[code ?? ''] ?? REASONS[reason], description })
