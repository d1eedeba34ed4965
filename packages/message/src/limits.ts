import { type Amf0Limits, DEFAULT_AMF0_LIMITS } from '@rtmp/amf0'

/** Bounds on what one message may unfold into, the AMF values inside it included. */
export interface MessageLimits extends Amf0Limits {
  /** Sub-messages taken from one aggregate (type 22); the rest is dropped. Default 10 000. */
  readonly maxAggregateMessages: number
  /** Longest data message inside an aggregate, in bytes; longer ones are dropped. Default 1 MiB. */
  readonly maxAggregateDataLength: number
  /** Events in one shared object message (types 16 and 19), changes and arguments inside counted too. Default 10 000. */
  readonly maxSharedObjectEvents: number
}

/** What holds when a caller sets no limits. */
export const DEFAULT_MESSAGE_LIMITS: MessageLimits = {
  ...DEFAULT_AMF0_LIMITS,
  maxAggregateMessages: 10_000,
  maxAggregateDataLength: 1 << 20,
  maxSharedObjectEvents: 10_000,
}
