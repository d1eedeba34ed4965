import type { StreamState } from './transitions.ts'

/** One message stream of a connection and what it is doing. */
export class MessageStream {
  /** 1 and up; unique among the streams alive. */
  readonly id: number
  state: StreamState = 'idle'
  /** What it publishes or plays, or asks to: the name, and, server role, the whole path. */
  streamName = ''
  path = ''
  /** The request that waits for a decision; 0 when none does. */
  requestId = 0
  /** Server role: what `receiveAudio` and `receiveVideo` have said last. */
  audio = true
  video = true
  /** Client role: `play2` requests without an answer so far. */
  switches = 0

  constructor(id: number) {
    this.id = id
  }
}
