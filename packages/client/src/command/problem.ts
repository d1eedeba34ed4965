import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import type { Problem } from './inspect-record.ts'

/** The message of an error of the codecs, without the code and place in parentheses that it ends with. */
export const withoutCode = (text: string): string =>
  text.replace(/ \([A-Z][A-Z0-9_]+(?: at [^)]*|, [^)]*)?\)$/, '')

/** A failure of a decoder as a record tells it. @throws the error, when no decoder made it */
export const problemOf = (error: unknown): Problem => {
  if (isDecodeError(error)) {
    return { code: error.code, message: `${withoutCode(error.message)} at byte ${error.offset}` }
  }
  if (isProtocolError(error)) return { code: error.code, message: withoutCode(error.message) }
  throw error
}
