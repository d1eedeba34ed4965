import type { RtmpPlayerOptions } from '@rtmp/client'
import { cutPath } from '@rtmp/message'

/** What a player is told of its address; whoever dials decides where it goes. */
export const NODE_URL = 'rtmp://node/app/stream'

/** How a connection to another node is made again, in milliseconds. */
const AGAIN = { fromStart: true, initialMs: 50, maximumMs: 1000 } as const

/** Pings to other nodes: one that has stopped is noticed, though its system holds the connection. In milliseconds. */
const PINGS = { interval: 2000, timeout: 4000 } as const

/** How a stream is played from another node: until it is over there, over as many connections as that takes. */
export const nodePlayerOptions = (path: string, lost: () => void): RtmpPlayerOptions => ({
  ...cutPath(path),
  whenUnpublished: 'end',
  reconnect: AGAIN,
  liveness: PINGS,
  onLog: ({ event }) => {
    if (event === 'retrying') lost()
  },
})
