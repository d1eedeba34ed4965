import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { type ClientErrorCode, isRtmpClientError } from '../core/errors.ts'
import { Interruption } from './interruption.ts'
import { CommandFailure, ExitCode } from './exit-code.ts'
import { withoutCode } from './problem.ts'

const REFUSED: ReadonlySet<ClientErrorCode> = new Set([
  'CONNECT_REJECTED',
  'AUTH_REQUIRED',
  'AUTH_FAILED',
  'CREATE_STREAM_FAILED',
  'PUBLISH_REJECTED',
  'PLAY_REJECTED',
  'ENDED_BY_SERVER',
])

/** How a failure is told: one sentence, and the exit code. */
export interface Explanation {
  readonly text: string
  readonly exitCode: number
  /** The stable name of the failure, where it has one. */
  readonly code?: string
}

/** A failure in words that say what to do. */
export const explain = (error: unknown): Explanation => {
  if (error instanceof CommandFailure) return { text: error.message, exitCode: error.exitCode }
  if (error instanceof Interruption) return { text: 'Interrupted.', exitCode: error.exitCode }
  if (isRtmpClientError(error)) {
    const exitCode = REFUSED.has(error.code) ? ExitCode.refused : ExitCode.network
    return { text: sentence(error.message), exitCode, code: error.code }
  }
  if (isUsageError(error))
    return { text: sentence(error.message), exitCode: ExitCode.usage, code: error.code }
  if (isDecodeError(error)) {
    const text =
      error.phase === 'flv'
        ? `The input is no FLV: ${withoutCode(error.message)}; other files are converted by ffmpeg -i FILE -c copy out.flv.`
        : sentence(`the data are broken: ${error.message}`)
    return { text, exitCode: ExitCode.file, code: error.code }
  }
  return { text: sentence(error instanceof Error ? error.message : String(error)), exitCode: ExitCode.failed }
}

/** With a capital letter and a full stop, and without the code in parentheses that errors of the codecs end with. */
export const sentence = (text: string): string => {
  const words = withoutCode(text)
  const first = words.charAt(0).toUpperCase() + words.slice(1)
  return /[.?!]$/.test(first) ? first : `${first}.`
}
