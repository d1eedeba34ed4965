import type { RecordErrorCode } from './codecs/list.ts'
import type { MessageErrorCode } from './errors.ts'

/** What can be wrong with a peer's bytes: with messages, and with the records and frame headers of codecs in them. */
export type ErtmpErrorCode = MessageErrorCode | RecordErrorCode
