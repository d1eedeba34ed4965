import { isDecodeError } from '@rtmp/bytes'
import { toMediaFrames } from '@rtmp/ertmp'
import { type CodecFacts, codecFacts } from '@rtmp/ertmp/records'
import type { SessionStats } from '@rtmp/session'
import type { LiveStream, LiveStreamState } from '../relay/live-stream.ts'
import type { PlayerCounters } from '../relay/player.ts'
import type { PublicationCounters } from '../relay/publication.ts'
import type { Connection } from './connection.ts'
import type { Encoder } from './encoder.ts'
import { Playback } from './playback.ts'
import type { ServerCore } from './server-core.ts'

/** A whole server at one moment. Plain values; times in milliseconds, sizes in bytes. */
export interface ServerStats {
  readonly uptimeMs: number
  readonly connections: {
    readonly open: number
    /** Since the start. */
    readonly total: number
    /** Turned away by limits, before they could say anything. */
    readonly turnedAway: number
    /** Whose `connect`, `publish` or `play` was refused; one may count several times. */
    readonly refused: number
  }
  /** Streams that somebody publishes, plays or waits for. */
  readonly streams: number
  readonly publishers: number
  readonly players: number
  /** Streams fetched from other servers and sent to them, and through how many of these media goes. */
  readonly relays: { readonly pulls: number; readonly pushes: number; readonly running: number }
  /** Since the start, those of connections that have gone included. */
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly memory: {
    /** Payloads kept for late joiners. */
    readonly cachedBytes: number
    /** What waits for players that are behind, shared bytes counted once. */
    readonly queuedBytes: number
    /** 0 for none. */
    readonly limitBytes: number
    readonly shedPlayers: number
    readonly shedCaches: number
  }
  /** How batches are stretched while the process is short of time. */
  readonly widening: { readonly gapMs: number; readonly widenings: number }
}

/** One publisher at one moment. */
export interface PublisherStats extends PublicationCounters {
  readonly ageMs: number
  /** Over the last seconds. */
  readonly bitsPerSecond: number
  /** Video messages, over the last seconds. */
  readonly framesPerSecond: number
  /** Since the last audio or video message, in milliseconds. */
  readonly silentMs: number
}

/** One stream at one moment. */
export interface StreamStats {
  readonly app: string
  readonly streamName: string
  readonly state: LiveStreamState
  /** Since somebody first published or asked for it. */
  readonly ageMs: number
  readonly players: number
  readonly peakPlayers: number
  /** The stream's latest timestamp. */
  readonly timestamp: number
  /** Payload bytes kept for late joiners. */
  readonly cachedBytes: number
  /** The current group of pictures, as far as it is kept. */
  readonly gop: {
    readonly messages: number
    readonly bytes: number
    readonly durationMs: number
    /** How often its bounds took something out of it. */
    readonly overflows: number
  }
  /** What waits for the player that is farthest behind. */
  readonly queue: { readonly bytes: number; readonly ms: number }
  /** What did not reach players, over all that are there now. */
  readonly drops: {
    readonly videoWithheld: number
    readonly throttles: number
    /** Players cut off, since the stream began. */
    readonly stalled: number
  }
  readonly batches: number
  readonly messages: number
  /** The present publisher; `undefined` when there is none. */
  readonly publisher: PublisherStats | undefined
}

/** One track of a stream, as far as its headers or its latest frames tell. */
export interface TrackFacts extends Partial<CodecFacts> {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly codec: string
  /** How it is written. */
  readonly form: 'legacy' | 'enhanced'
}

/** One player at one moment. */
export interface PlayerStats extends PlayerCounters {
  /** Its connection; `undefined` for players that are no RTMP clients. */
  readonly connection: number | undefined
  readonly format: string
  readonly audio: boolean
  readonly video: boolean
  readonly paused: boolean
  /** Sound only, because it has fallen behind. */
  readonly throttled: boolean
  readonly queuedBytes: number
  readonly queueMs: number
}

/** One stream with its tracks and players. */
export interface StreamDetails extends StreamStats {
  readonly tracks: readonly TrackFacts[]
  readonly playerList: readonly PlayerStats[]
}

/** One connection at one moment. */
export interface ConnectionStats {
  readonly id: number
  readonly uid: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly app: string
  /** What it says it is. */
  readonly flashVer: string
  readonly encoder: Encoder
  readonly isEnhanced: boolean
  readonly ageMs: number
  readonly bytesReceived: number
  readonly bytesSent: number
  /** Round-trip time of the last answered ping, in milliseconds. */
  readonly rtt: number | undefined
  readonly queuedBytes: number
  readonly queueMs: number
  readonly publishes: readonly (PublisherStats & {
    readonly streamName: string
    readonly messageStreamId: number
  })[]
  readonly plays: readonly (PlayerStats & {
    readonly streamName: string
    readonly messageStreamId: number
    readonly ageMs: number
  })[]
  readonly session: SessionStats
}

/** A stream as it is now. */
export const streamStats = (stream: LiveStream, now: number): StreamStats => {
  const { publication, cache, counters } = stream
  const { gop } = cache
  let videoWithheld = 0
  let throttles = 0
  let bytes = 0
  let ms = 0
  for (const player of stream.players) {
    videoWithheld += player.counters.videoWithheld
    throttles += player.counters.throttles
    bytes = Math.max(bytes, player.outbox.queuedBytes)
    ms = Math.max(ms, player.outbox.age(now))
  }
  return {
    app: stream.app,
    streamName: stream.name,
    state: stream.state,
    ageMs: now - stream.createdAt,
    players: stream.players.length,
    peakPlayers: counters.peakPlayers,
    timestamp: stream.time,
    cachedBytes: cache.bytes,
    gop: {
      messages: gop.length,
      bytes: gop.reduce((sum, { payload }) => sum + payload.length, 0),
      durationMs: gop.length === 0 ? 0 : (stream.time - (gop[0]?.timestamp ?? 0)) >>> 0,
      overflows: cache.overflows,
    },
    queue: { bytes, ms },
    drops: { videoWithheld, throttles, stalled: counters.stalled },
    batches: counters.batches,
    messages: counters.messages,
    publisher: publication && publisherStats(publication, now),
  }
}

/** A stream as it is now, with what its media says and who plays it. */
export const streamDetails = (stream: LiveStream, now: number): StreamDetails => ({
  ...streamStats(stream, now),
  tracks: trackFacts(stream),
  playerList: stream.players.map((player) => playerStats(player, now)),
})

const publisherStats = (
  publication: NonNullable<LiveStream['publication']>,
  now: number,
): PublisherStats => ({
  ageMs: now - publication.startedAt,
  ...publication.counters,
  bitsPerSecond: Math.round(publication.rate.bytesPerSecond * 8),
  framesPerSecond: Math.round(publication.rate.framesPerSecond * 100) / 100,
  silentMs: now - publication.lastMediaAt,
})

const playerStats = (player: LiveStream['players'][number], now: number): PlayerStats => ({
  connection: player.owner instanceof Playback ? player.owner.context.connection.id : undefined,
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
  for (const message of [...cache.headers, ...cache.gop, ...samples]) {
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
  const { id, uid, remoteAddress, remotePort, localPort, secure, app, encoder, isEnhanced, outbox } =
    connection
  const session = connection.stats
  return {
    id,
    uid,
    remoteAddress,
    remotePort,
    localPort,
    secure,
    app,
    flashVer: connection.connect?.flashVer ?? '',
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
      messageStreamId: context.messageStreamId,
      ...publisherStats(publication, now),
    })),
    plays: connection.activities.playbacks.map(({ context, player, startedAt }) => ({
      streamName: context.streamName,
      messageStreamId: context.messageStreamId,
      ageMs: now - startedAt,
      ...playerStats(player, now),
    })),
    session,
  }
}

/** The server as it is now. */
export const serverStats = (core: ServerCore, now: number): ServerStats => {
  const { admission, memory, registry, totals } = core
  let publishers = 0
  let players = 0
  for (const stream of core.streams()) {
    if (stream.publication !== undefined) publishers += 1
    players += stream.players.length
  }
  let { bytesReceived, bytesSent } = totals
  for (const { stats } of core.connections) {
    bytesReceived += stats.bytesReceived
    bytesSent += stats.bytesSent
  }
  return {
    uptimeMs: now - core.startedAt,
    connections: {
      open: admission.open,
      total: admission.total,
      turnedAway: admission.turnedAway,
      refused: totals.refused,
    },
    streams: registry.size,
    publishers,
    players,
    relays: relayCounts(core),
    bytesReceived,
    bytesSent,
    memory: {
      ...memory.measure(),
      limitBytes: core.limits.memoryBytes,
      shedPlayers: memory.shedPlayers,
      shedCaches: memory.shedCaches,
    },
    widening: { gapMs: registry.load.gapMs, widenings: registry.load.widenings },
  }
}

const relayCounts = (core: ServerCore): ServerStats['relays'] => {
  let pulls = 0
  let pushes = 0
  let running = 0
  for (const { kind, state } of core.relays()) {
    if (kind === 'pull') pulls += 1
    else pushes += 1
    if (state === 'running') running += 1
  }
  return { pulls, pushes, running }
}
