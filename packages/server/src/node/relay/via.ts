import { type ConnectCommand, StatusCode } from '@rtmp/message'
import type { Status } from '@rtmp/session'
import { type Reject, reject } from '../../contract/decision.ts'
import { Activities } from '../../core/activities.ts'
import { viewersOf } from '../../core/viewer.ts'
import type { LiveStream, Publication } from '@rtmp/live'

/*
 * How servers of this kind keep a stream from going round: a relay's connect command has the property `rtmpTsVia`, the ids of
 * servers, each 8 hexadecimal digits, separated by commas.
 *
 *   push   the servers that the stream has come through, the sender last
 *   pull   the servers that the stream is going to go through, the one that asks last
 *
 * Other servers overlook it. What passes through one of them loses the mark. Who refuses a loop says so by a property of the status,
 * `rtmpTsRefusal: 'loop'`; its description is for people.
 */
const PROPERTY = 'rtmpTsVia'

/** More servers than any chain has. */
const MOST_SERVERS = 32

const ID = /^[0-9a-f]{8}$/

/** Ids of servers. */
export type Via = readonly string[]

/** A property of the status that refuses a loop, beside a code that says that something is refused. */
const REFUSAL = 'rtmpTsRefusal'
const LOOP = 'loop'

const LOOP_CODES: readonly string[] = [StatusCode.publishDenied, StatusCode.playFailed]

/** Refuses a request because the stream would come back to where it comes from. */
export const refusedLoop = (request: 'publish' | 'play', why: string): Reject =>
  reject(`relay loop: ${why}`, {
    code: request === 'publish' ? StatusCode.publishDenied : StatusCode.playFailed,
    information: { [REFUSAL]: LOOP },
  })

/** Whether another server of this kind has refused a loop. */
export const isLoopStatus = (status: Status | undefined): boolean =>
  status !== undefined && LOOP_CODES.includes(status.code) && status.information[REFUSAL] === LOOP

/** What to say in a connect command. */
export const viaProperties = (via: Via): Readonly<Record<string, unknown>> => ({
  [PROPERTY]: [...new Set(via)].join(','),
})

/** What a client's connect command says. */
export const viaOf = (connect: ConnectCommand | undefined): Via => {
  const text = connect?.properties[PROPERTY]
  if (typeof text !== 'string') return []
  return text.split(',', MOST_SERVERS + 1).filter((id) => ID.test(id))
}

/** Whether there are more servers than can be. */
export const isTooLong = (via: Via): boolean => via.length >= MOST_SERVERS

/** The servers that a stream goes on to from here. */
export const viaOfPlayers = (stream: LiveStream | undefined): Via =>
  viewersOf(stream).flatMap(({ peer }) => viaOf(peer.connect))

/** The servers that a stream has come through to here. */
export const viaOfPublication = (publication: Publication | undefined): Via => {
  const owner = publication?.owner
  return owner instanceof Activities ? viaOf(owner.peer.connect) : []
}
