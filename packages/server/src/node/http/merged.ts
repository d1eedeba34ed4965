import type { RecordingsAnswer, ServerAnswer } from '../../contract/api-answers.ts'
import type { ConnectionStats, StreamDetails, StreamStats } from '../../contract/statistics.ts'

/** Statistics of several servers as those of one; the first one's port. */
export const mergedServers = (all: readonly ServerAnswer[]): ServerAnswer => {
  const sum = (value: (stats: ServerAnswer) => number): number =>
    all.reduce((total, stats) => total + value(stats), 0)
  const most = (value: (stats: ServerAnswer) => number): number => Math.max(0, ...all.map(value))
  return {
    uptimeMs: most(({ uptimeMs }) => uptimeMs),
    connections: {
      open: sum(({ connections }) => connections.open),
      total: sum(({ connections }) => connections.total),
      turnedAway: sum(({ connections }) => connections.turnedAway),
      refused: sum(({ connections }) => connections.refused),
    },
    http: {
      sockets: sum(({ http }) => http.sockets),
      refusedRequests: sum(({ http }) => http.refusedRequests),
    },
    // Each stream has one owner, but several may have players that wait for it: the list of streams says it exactly.
    streams: most(({ streams }) => streams),
    publishers: sum(({ publishers }) => publishers),
    players: sum(({ players }) => players),
    relays: {
      pulls: sum(({ relays }) => relays.pulls),
      pushes: sum(({ relays }) => relays.pushes),
      running: sum(({ relays }) => relays.running),
    },
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    memory: {
      countedBytes: sum(({ memory }) => memory.countedBytes),
      cachedBytes: sum(({ memory }) => memory.cachedBytes),
      queuedBytes: sum(({ memory }) => memory.queuedBytes),
      limitBytes: sum(({ memory }) => memory.limitBytes),
      shedConnections: sum(({ memory }) => memory.shedConnections),
      shedCaches: sum(({ memory }) => memory.shedCaches),
    },
    widening: {
      gapMs: most(({ widening }) => widening.gapMs),
      widenings: sum(({ widening }) => widening.widenings),
    },
    rtmpPort: all[0]?.rtmpPort,
  }
}

/** What several servers say of one stream, the publisher's own first where it is among them. */
const mergedStream = <Stats extends StreamStats>(all: readonly Stats[]): Stats => {
  const own = all.find(({ publisher }) => publisher !== undefined) ?? (all[0] as Stats)
  const sum = (value: (stats: Stats) => number): number =>
    all.reduce((total, stats) => total + value(stats), 0)
  return {
    ...own,
    players: sum(({ players }) => players),
    peakPlayers: sum(({ peakPlayers }) => peakPlayers),
    cachedBytes: sum(({ cachedBytes }) => cachedBytes),
    queue: {
      bytes: Math.max(...all.map(({ queue }) => queue.bytes)),
      ms: Math.max(...all.map(({ queue }) => queue.ms)),
    },
    drops: {
      videoWithheld: sum(({ drops }) => drops.videoWithheld),
      throttles: sum(({ drops }) => drops.throttles),
      stalled: sum(({ drops }) => drops.stalled),
    },
  }
}

/** Streams of several servers: each path once. */
export const mergedStreams = (lists: readonly (readonly StreamStats[])[]): StreamStats[] => {
  const byPath = new Map<string, StreamStats[]>()
  for (const stats of lists.flat()) byPath.set(stats.path, [...(byPath.get(stats.path) ?? []), stats])
  return Array.from(byPath.values(), (all) => mergedStream(all))
}

/** One stream with all its players. */
export const mergedDetails = (all: readonly StreamDetails[]): StreamDetails => ({
  ...mergedStream(all),
  playerList: all.flatMap(({ playerList }) => playerList),
})

/** Connections of several servers, without those between them. */
export const mergedConnections = (lists: readonly (readonly ConnectionStats[])[]): ConnectionStats[] =>
  lists.flat().filter(({ node }) => node === undefined)

/** Recordings of several servers. Workers of a machine have one disk, and so may machines: each file once. */
export const mergedRecordings = (all: readonly RecordingsAnswer[]): RecordingsAnswer => {
  const byName = new Map(all.flatMap(({ files }) => files).map((file) => [file.name, file]))
  const files = [...byName.values()].toSorted((a, b) => b.changedAt - a.changedAt)
  return {
    recordings: all.flatMap(({ recordings }) => recordings),
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    freeBytes: Math.min(...all.map(({ freeBytes }) => freeBytes)),
  }
}
