import type { SubscriberEndReason } from '@rtmp/live'
import type { EndReason } from '@rtmp/session'

/** Why a play ended: a reason of the session, or of the relay. */
export type PlayEndReason = EndReason | SubscriberEndReason
