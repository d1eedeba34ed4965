import type { PlayOptions } from '@rtmp/session'
import { PlayRejected } from './errors.ts'
import type { RtmpPlayerOptions } from './options.ts'
import type { StreamUse } from './stream-link.ts'

/** What to play, and from where. */
export type PlayStart = Pick<RtmpPlayerOptions, 'start' | 'duration'>

/** FFmpeg's way to say "live, else recorded"; and -1000 for live only. */
const STARTS = { any: -2000, live: -1000 } as const

/** The values of a play command. */
export const playOptionsOf = (streamName: string, { start = 'any', duration }: PlayStart): PlayOptions => ({
  streamName,
  start: typeof start === 'number' ? start : STARTS[start],
  ...(duration === undefined ? {} : { duration }),
})

/** A message stream that plays. @param startOf - Where to start, asked for at each connection */
export const playUse = (options: RtmpPlayerOptions, startOf: () => PlayStart): StreamUse => {
  const { bufferLength = 3000, subscribe = false } = options
  return {
    stage: 'play',
    announce() {},
    ask(session, messageStreamId, { streamName }) {
      if (subscribe) session.announce('FCSubscribe', streamName)
      // Before play: servers that look at it do so when they are asked to play.
      session.setBufferLength(messageStreamId, bufferLength)
      return session.play(messageStreamId, playOptionsOf(streamName, startOf()))
    },
    rejected: ({ status }) => new PlayRejected(status),
    leave() {},
  }
}
