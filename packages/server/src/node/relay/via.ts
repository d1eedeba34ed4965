import type { ConnectCommand } from '@rtmp/message'
import { Activities } from '../../core/activities.ts'
import { Playback } from '../../core/playback.ts'
import type { LiveStream } from '../../relay/live-stream.ts'
import type { Publication } from '../../relay/publication.ts'

/*
 * How servers of this kind keep a stream from going round: a relay's connect command has the property `rtmpTsVia`, the ids of
 * servers, each 8 hexadecimal digits, separated by commas.
 *
 *   push   the servers that the stream has come through, the sender last
 *   pull   the servers that the stream is going to go through, the one that asks last
 *
 * Other servers overlook it. What passes through one of them loses the mark.
 */
const PROPERTY = 'rtmpTsVia'

/** More servers than any chain has. */
const MOST_SERVERS = 32

const ID = /^[0-9a-f]{8}$/

/** Ids of servers. */
export type Via = readonly string[]

/** How the words begin by which a loop is refused. */
export const LOOP = 'relay loop'

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
  (stream?.players ?? []).flatMap(({ owner }) =>
    owner instanceof Playback ? viaOf(owner.context.connection.connect) : [],
  )

/** The servers that a stream has come through to here. */
export const viaOfPublication = (publication: Publication | undefined): Via => {
  const owner = publication?.owner
  return owner instanceof Activities ? viaOf(owner.connection.connect) : []
}
