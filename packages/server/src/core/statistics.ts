import { isDecodeError } from '@rtmp/bytes'
import { LONGEST_SHOWN } from '@rtmp/bytes/text'
import { ContinuousClock, TimestampUnwrapper } from '@rtmp/bytes/time'
import { toMediaFrames, type MediaMessage } from '@rtmp/e-rtmp'
import { codecFacts } from '@rtmp/e-rtmp/records'
import type { LiveStream } from '@rtmp/live/engine'
import type {
  ConnectionStats,
  PlayStats,
  PublishStats,
  ServerStats,
  StreamDetails,
  StreamStats,
  TrackFacts,
} from '../contract/statistics.ts'
import type { Connection } from './connection.ts'
import type { RelayStats } from '../contract/relays.ts'
import type { Admission } from './admission.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { Services } from './services.ts'
import { isFetched } from './local-publisher.ts'
import { Viewer } from './viewer.ts'

/** What the counts of a whole server are taken from. */
export interface ServerFacts extends Pick<Services, 'registry' | 'limits'> {
  readonly startedAt: number
  readonly connections: ReadonlySet<Connection>
  readonly admission: Admission
  readonly memory: MemoryBudget
  /** What connections that have gone have counted. */
  readonly totals: { readonly bytesReceived: number; readonly bytesSent: number; readonly refused: number }
  relays(): readonly RelayStats[]
}

/** Whether it is another node of the cluster that gets a stream, for players of its own. */
const isNode = ({ owner }: LiveStream['subscribers'][number]): boolean =>
  owner instanceof Viewer && owner.peer.node !== undefined

/** A stream as it is now. */
export const streamStats = (stream: LiveStream, now: number): StreamStats => {
  const { publication, cache, counters } = stream
  const { group } = cache
  let videoWithheld = 0
  let throttles = 0
  let bytes = 0
  let ms = 0
  let nodes = 0
  for (const player of stream.subscribers) {
    if (isNode(player)) nodes += 1
    videoWithheld += player.counters.videoWithheld
    throttles += player.counters.throttles
    bytes = Math.max(bytes, player.outbox.queuedBytes)
    ms = Math.max(ms, player.outbox.age(now))
  }
  return {
    app: stream.app,
    streamName: stream.name,
    path: stream.path,
    state: stream.state,
    ageMs: now - stream.createdAt,
    players: stream.subscribers.length - nodes,
    peakPlayers: counters.peakSubscribers,
    timestamp: stream.time,
    cachedBytes: cache.bytes,
    gop: {
      messages: group.length,
      bytes: cache.groupBytes,
      durationMs: spanOf(group),
      overflows: cache.overflows,
    },
    queue: { bytes, ms },
    drops: { videoWithheld, throttles, stalled: counters.stalled },
    batches: counters.batches,
    messages: counters.messages,
    publisher: publication && !isFetched(publication) ? publisherStats(publication, now) : undefined,
  }
}

/** A stream as it is now, with what its media says and who plays it. */
export const streamDetails = (stream: LiveStream, now: number): StreamDetails => ({
  ...streamStats(stream, now),
  tracks: trackFacts(stream),
  playerList: stream.subscribers.map((player) => playerStats(player, now)),
})

/** Milliseconds of media in messages, on a clock that goes on where their own time jumps. */
const spanOf = (messages: readonly MediaMessage[]): number => {
  const clock = new ContinuousClock({ jumps: 'mend' })
  const unwrapper = new TimestampUnwrapper()
  let first: number | undefined
  let last = 0
  for (const message of messages) {
    if (!message.isCoded) continue
    const time = unwrapper.unwrap(clock.map(message.typeId, message.timestamp))
    first ??= time
    last = Math.max(last, time - first)
  }
  return last
}

const publisherStats = (publication: NonNullable<LiveStream['publication']>, now: number): PublishStats => ({
  ageMs: now - publication.startedAt,
  ...publication.counters,
  bitsPerSecond: Math.round(publication.rate.bytesPerSecond * 8),
  framesPerSecond: Math.round(publication.rate.framesPerSecond * 100) / 100,
  silentMs: now - publication.lastMediaAt,
  keyFrameAgeMs: publication.entries.waitedMs(now),
  tracksWithoutKeyFrame: publication.entries.missingTracks(now),
  performance: publication.performance.report,
})

const playerStats = (player: LiveStream['subscribers'][number], now: number): PlayStats => ({
  connection: player.owner instanceof Viewer ? player.owner.peer.id : undefined,
  format: player.format.name,
  audio: player.audio,
  video: player.video,
  paused: player.paused,
  throttled: player.throttled,
  ...player.counters,
  queuedBytes: player.outbox.queuedBytes,
  queueMs: player.outbox.age(now),
})

/** What a stream's headers say, and for codecs without any, its latest frames. */
const trackFacts = (stream: LiveStream): TrackFacts[] => {
  const tracks = new Map<string, TrackFacts>()
  const { cache, publication } = stream
  const samples = publication?.audioSample === undefined ? [] : [publication.audioSample]
  for (const message of [...cache.headers, ...cache.group, ...samples]) {
    if (!message.isVideo && !message.isAudio) continue
    try {
      for (const frame of toMediaFrames(
        message.isVideo ? 'video' : 'audio',
        message.timestamp,
        message.payload,
      )) {
        const { kind, trackId, codec, form, type } = frame
        if (type === 'silence' || type === 'unknown' || type === 'command') continue
        const key = `${kind} ${trackId}`
        const known = tracks.get(key)
        if (known !== undefined && known.codec === codec && type !== 'sequenceHeader') continue
        tracks.set(key, { ...codecFacts(frame), kind, trackId, codec, form })
      }
    } catch (error) {
      if (!isDecodeError(error)) throw error
    }
  }
  return [...tracks.values()]
}

/** A connection as it is now. */
export const connectionStats = (connection: Connection, now: number): ConnectionStats => {
  const {
    id,
    uid,
    node,
    protocol,
    remoteAddress,
    remotePort,
    localPort,
    secure,
    app,
    encoder,
    isEnhanced,
    outbox,
  } = connection
  const session = connection.stats
  return {
    id,
    uid,
    ...(node === undefined ? {} : { node }),
    protocol,
    remoteAddress,
    remotePort,
    localPort,
    secure,
    app,
    flashVer: (connection.connect?.flashVer ?? '').slice(0, LONGEST_SHOWN),
    encoder,
    isEnhanced,
    ageMs: now - connection.openedAt,
    bytesReceived: session.bytesReceived,
    bytesSent: session.bytesSent,
    rtt: session.rtt,
    queuedBytes: outbox.queuedBytes,
    queueMs: outbox.age(now),
    publishes: connection.activities.publishings.map(({ context, publication }) => ({
      streamName: context.streamName,
      path: context.path,
      messageStreamId: context.messageStreamId,
      ...publisherStats(publication, now),
    })),
    plays: connection.activities.playbacks.map(({ context, subscriber, startedAt }) => ({
      streamName: context.streamName,
      path: context.path,
      messageStreamId: context.messageStreamId,
      ageMs: now - startedAt,
      ...playerStats(subscriber, now),
    })),
    session,
  }
}

/** The server as it is now. */
export const serverStats = (server: ServerFacts, now: number): ServerStats => {
  const { admission, memory, registry, totals } = server
  let publishers = 0
  let players = 0
  let cachedBytes = 0
  let queuedBytes = 0
  for (const stream of registry.streams()) {
    const { publication } = stream
    cachedBytes += stream.cache.bytes
    queuedBytes += sharedQueue(stream)
    if (publication !== undefined && !isFetched(publication)) publishers += 1
    for (const player of stream.subscribers) if (!isNode(player)) players += 1
  }
  let { bytesReceived, bytesSent } = totals
  for (const { stats, node, outbox, activities } of server.connections) {
    const { playbacks } = activities
    const ofStreams = playbacks.filter(({ stream }) => stream !== undefined).length
    if (node === undefined) players += playbacks.length - ofStreams
    if (ofStreams === 0) queuedBytes += outbox.queuedBytes
    bytesReceived += stats.bytesReceived
    bytesSent += stats.bytesSent
  }
  return {
    uptimeMs: now - server.startedAt,
    connections: {
      open: admission.open,
      total: admission.total,
      turnedAway: admission.turnedAway,
      refused: totals.refused,
    },
    http: { sockets: admission.httpSockets, refusedRequests: admission.refusedRequests },
    streams: registry.size,
    publishers,
    players,
    relays: relayCounts(server),
    bytesReceived,
    bytesSent,
    memory: {
      countedBytes: memory.bytes,
      cachedBytes,
      queuedBytes,
      limitBytes: server.limits.memoryBytes,
      shedConnections: memory.shedConnections,
      shedCaches: memory.shedCaches,
    },
    widening: { gapMs: registry.load.gapMs, widenings: registry.load.widenings },
  }
}

/** Players of a stream share the bytes that wait for them: what the slowest lacks holds what all the others lack. */
const sharedQueue = (stream: LiveStream): number => {
  let most = 0
  for (const { outbox } of stream.subscribers) most = Math.max(most, outbox.queuedBytes)
  return most
}

const relayCounts = (server: ServerFacts): ServerStats['relays'] => {
  let pulls = 0
  let pushes = 0
  let running = 0
  for (const { kind, state } of server.relays()) {
    if (kind === 'pull') pulls += 1
    else pushes += 1
    if (state === 'running') running += 1
  }
  return { pulls, pushes, running }
}
