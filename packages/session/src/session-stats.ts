import type { SessionStats } from './session.ts'
import type { SessionLife } from './session-life.ts'
import type { Transactions } from './transactions.ts'

/** Counters of a session, taken now. */
export const statsOf = <Event extends { readonly kind: string }>(
  { link, control, counts, held, streams }: SessionLife<Event>,
  { requests, calls }: Transactions<Event>,
): SessionStats => {
  const { received, sent } = link
  return {
    bytesReceived: received.received,
    bytesSent: sent.sent,
    bytesUnacknowledged: sent.unacknowledged,
    acknowledgementsReceived: sent.received,
    acknowledgementsSent: received.sent,
    receiveChunkSize: link.receiveChunkSize,
    sendChunkSize: link.sendChunkSize,
    receiveWindowAckSize: received.size,
    peerBandwidthLimit: control.bandwidthLimit,
    rtt: control.rtt,
    audioMessagesReceived: counts.audio,
    videoMessagesReceived: counts.video,
    dataMessagesReceived: counts.data,
    commandsReceived: counts.commands,
    messagesIgnored: counts.ignored,
    warnings: counts.warnings,
    pendingRequests: requests.size,
    pendingCalls: calls.size,
    heldBytes: held.bytes,
    messageStreams: streams.length,
  }
}

/** What a message stream, and what a request or a call that waits, costs in bytes; names are cut to what limits allow. */
const STREAM_BYTES = 512
const REQUEST_BYTES = 1024

/** What a session holds of what its peer has sent, but for `connect`, in bytes of memory. */
export const memoryOf = <Event extends { readonly kind: string }>(
  { link, held, streams }: SessionLife<Event>,
  { requests, calls }: Transactions<Event>,
): number =>
  link.memoryBytes +
  held.memoryBytes +
  streams.length * STREAM_BYTES +
  (requests.size + calls.size) * REQUEST_BYTES
