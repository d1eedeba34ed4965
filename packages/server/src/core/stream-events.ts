import type { EngineObserver, LiveStream } from '@rtmp/live/engine'
import type { ServerEvents } from '../contract/events.ts'
import type { EventHub } from './event-hub.ts'
import type { MemoryBudget } from './memory-budget.ts'

/** What happens to streams, as events; what they hold is told to the budget. */
export const streamEvents = (
  events: EventHub<ServerEvents>,
  memory: MemoryBudget,
): EngineObserver<LiveStream> => ({
  streamStarted: (stream) => events.emit('streamStarted', { stream }),
  firstSubscriber: (stream) => events.emit('firstPlayer', { stream }),
  lastSubscriber: (stream) => events.emit('lastPlayer', { stream }),
  publisherLost: (stream, graceMs) => events.emit('publisherLost', { stream, graceMs }),
  publisherReturned: (stream) => events.emit('publisherReturned', { stream }),
  keyFrameMissing: (stream, track, waitedMs) => events.emit('keyFrameMissing', { stream, track, waitedMs }),
  memoryChanged: (stream, bytes) => memory.streamChanged(stream, bytes),
  streamEnded: (stream) => events.emit('streamEnded', { stream }),
})
