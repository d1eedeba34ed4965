import type { ServerEvents } from '../contract/events.ts'
import type { EventHub } from '../core/event-hub.ts'

/** Counts what happens to a server by kind, from its events. */
export class EventCounters {
  /** Connections that have ended, by reason. */
  readonly closed = new Map<string, number>()
  /** Requests that were refused, by request. */
  readonly refused = new Map<string, number>()
  /** Publishes and plays that have begun. */
  readonly started = new Map<string, number>()
  /** Publishes that have ended, by reason. */
  readonly publishesEnded = new Map<string, number>()
  /** Plays that have ended, by reason. */
  readonly playsEnded = new Map<string, number>()
  /** Audio, video and data messages of publishers that have gone. */
  readonly messages = new Map<string, number>()
  /** Video messages that players who have gone did not get. */
  videoWithheld = 0
  /** How often players fell behind. */
  throttled = 0
  publishersLost = 0
  publishersReturned = 0
  /** Relays that were interrupted or refused, by kind. */
  readonly relaysLost = new Map<string, number>()
  /** Clients that were not let in: no TLS handshake, no PROXY header. */
  turnedAway = 0
  /** What the application or the server itself threw. */
  errors = 0

  constructor(events: EventHub<ServerEvents>) {
    events.on('connectionClosed', ({ closed }) => count(this.closed, closed.reason))
    events.on('refused', ({ request }) => count(this.refused, request))
    events.on('publishStarted', () => count(this.started, 'publish'))
    events.on('playStarted', () => count(this.started, 'play'))
    events.on('publishEnded', ({ reason, counters }) => {
      count(this.publishesEnded, reason)
      count(this.messages, 'audio', counters.audioMessages)
      count(this.messages, 'video', counters.videoMessages)
      count(this.messages, 'data', counters.dataMessages)
    })
    events.on('playEnded', ({ reason, counters }) => {
      count(this.playsEnded, reason)
      this.videoWithheld += counters.videoWithheld
    })
    events.on('playThrottled', ({ throttled }) => {
      if (throttled) this.throttled += 1
    })
    events.on('publisherLost', () => {
      this.publishersLost += 1
    })
    events.on('publisherReturned', () => {
      this.publishersReturned += 1
    })
    events.on('relayLost', ({ kind }) => count(this.relaysLost, kind))
    events.on('turnedAway', () => {
      this.turnedAway += 1
    })
    events.on('error', () => {
      this.errors += 1
    })
  }
}

const count = (counts: Map<string, number>, key: string, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
