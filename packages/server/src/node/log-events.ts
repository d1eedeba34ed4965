import { shownText } from '@rtmp/bytes/text'
import { streamPath } from '@rtmp/message'
import type { ClosedEvent } from '@rtmp/session'
import type { ServerEvents } from '../contract/events.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { RelayInfo } from '../contract/relays.ts'
import { addressGroup } from '../transport/address.ts'
import type { Facts, Level, Log } from './log.ts'
import { LogGate } from './log-gate.ts'
import { logRecordings } from './log-recordings.ts'

/** Reasons that somebody should look at. */
const NOTEWORTHY: ReadonlySet<ClosedEvent['reason']> = new Set(['protocolError', 'timeout'])

/** Where events come from. */
export interface EventSource {
  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void
}

/** Where lines go. */
export type LineSink = Pick<Log, 'write' | 'writes'>

/** Writes one line for each event of a server, as far as the log's level wants it now. Returns what ends it. */
export const logEvents = (server: EventSource, log: LineSink): (() => void) => {
  const ends: (() => void)[] = []
  const on = <Name extends keyof ServerEvents>(
    name: Name,
    listener: (event: ServerEvents[Name]) => void,
  ): void => void ends.push(server.on(name, listener))
  const line = (level: Level, text: string, facts: Facts): void => log.write(level, text, facts)
  const gate = new LogGate()
  /** A line of an event that a client can bring about as often as it likes. */
  const gathered = (source: string, kind: string, level: Level, text: string, facts: Facts): void => {
    if (!log.writes(level)) return
    const untold = gate.passes(source, kind)
    if (untold === undefined) return
    if (untold === 0) line(level, text, facts)
    else line(level, `${text} (and ${untold} more like it)`, { ...facts, untold })
  }

  if (log.writes('debug')) {
    on('connectionOpened', ({ connection }) =>
      line('debug', `${who(connection)} connected`, { event: 'connectionOpened', ...about(connection) }),
    )
    on('connected', ({ connection }) =>
      line('debug', `${who(connection)} opened app ${named(connection.app)} as ${software(connection)}`, {
        event: 'connected',
        ...about(connection),
      }),
    )
    on('warning', ({ connection, warning }) =>
      gathered(connection.uid, `warning ${warning.code}`, 'debug', `${who(connection)}: ${warning.message}`, {
        event: 'warning',
        code: warning.code,
        ...about(connection),
      }),
    )
  }
  if (log.writes('warn')) {
    on('connectionClosed', ({ connection, closed }) => {
      for (const [kind, untold] of gate.end(connection.uid)) {
        const facts = { event: 'gathered', kind, untold, ...about(connection) }
        line('info', `${who(connection)}: ${kind}, and ${untold} more like it`, facts)
      }
      const level = levelOf(connection, closed)
      if (!log.writes(level)) return
      const code = closed.error?.code
      const facts = {
        event: 'connectionClosed',
        reason: closed.reason,
        ...(code && { code }),
        ...about(connection),
      }
      line(level, `${who(connection)} ended: ${closed.description}`, facts)
    })
  }
  on('publishStarted', ({ connection, path, streamName }) =>
    gathered(
      connection.uid,
      'publishStarted',
      'info',
      `${named(path)} is published from ${who(connection)} by ${software(connection)}`,
      {
        event: 'publishStarted',
        streamName,
        ...about(connection),
      },
    ),
  )
  on('publishEnded', ({ connection, path, streamName, reason, counters }) =>
    gathered(connection.uid, 'publishEnded', 'info', `${named(path)} is no longer published: ${reason}`, {
      event: 'publishEnded',
      streamName,
      reason,
      ...counters,
      ...about(connection),
    }),
  )
  on('playStarted', ({ connection, path, streamName }) =>
    gathered(
      connection.uid,
      'playStarted',
      'info',
      `${named(path)} is played by ${who(connection)}, ${software(connection)}`,
      {
        event: 'playStarted',
        streamName,
        ...about(connection),
      },
    ),
  )
  on('playEnded', ({ connection, path, streamName, reason, counters }) =>
    gathered(
      connection.uid,
      'playEnded',
      'info',
      `${named(path)} is no longer played by ${who(connection)}: ${reason}`,
      {
        event: 'playEnded',
        streamName,
        reason,
        ...counters,
        ...about(connection),
      },
    ),
  )
  on('playThrottled', ({ connection, path, streamName, throttled }) =>
    gathered(
      connection.uid,
      'playThrottled',
      'warn',
      throttled
        ? `${who(connection)} is too slow for ${named(path)}: sound only for now`
        : `${who(connection)} has caught up with ${named(path)}`,
      { event: 'playThrottled', streamName, throttled, ...about(connection) },
    ),
  )
  on('refused', ({ connection, request, streamName, description }) =>
    gathered(
      connection.uid,
      `refused ${request}`,
      'warn',
      `${who(connection)} was refused: ${request} ${named(streamName)}: ${description}`,
      {
        event: 'refused',
        request,
        streamName,
        ...about(connection),
      },
    ),
  )
  on('publisherLost', ({ stream, graceMs }) =>
    line('info', `${named(stream.path)} has lost its publisher; players wait ${graceMs / 1000} s for it`, {
      event: 'publisherLost',
      app: stream.app,
      streamName: stream.name,
    }),
  )
  on('publisherReturned', ({ stream }) =>
    line('info', `${named(stream.path)} goes on`, {
      event: 'publisherReturned',
      app: stream.app,
      streamName: stream.name,
    }),
  )
  on('keyFrameMissing', ({ stream, track, waitedMs }) =>
    line(
      'warn',
      `${stream.app}/${stream.name} has sent no key frame of video track ${track} for ${Math.round(waitedMs / 1000)} s: players who join see nothing until one comes (set a key frame interval in the encoder, or streams.startWithoutKeyFrameMs here)`,
      { event: 'keyFrameMissing', app: stream.app, streamName: stream.name, track, waitedMs },
    ),
  )
  on('relayStarted', ({ again, ...relay }) =>
    line(
      'info',
      `${named(streamPath(relay.app, relay.streamName))} is ${doneBy(relay)}${again ? ' again' : ''}`,
      {
        event: 'relayStarted',
        ...relay,
      },
    ),
  )
  on('relayLost', ({ reason, repeated, nextTryMs, ...relay }) =>
    line(
      repeated ? 'debug' : 'warn',
      `${named(streamPath(relay.app, relay.streamName))} cannot be ${doneBy(relay)}: ${reason}${nextTryMs === undefined ? '' : `; next try in ${nextTryMs / 1000} s`}`,
      { event: 'relayLost', reason, nextTryMs, ...relay },
    ),
  )
  on('relayEnded', ({ reason, isLoop, ...relay }) =>
    line(
      isLoop ? 'warn' : 'info',
      `${named(streamPath(relay.app, relay.streamName))} is no longer ${doneBy(relay)}: ${reason}`,
      { event: 'relayEnded', reason, ...relay },
    ),
  )
  logRecordings(on, line)
  on('turnedAway', ({ remoteAddress, remotePort, localPort, description, silent = false }) =>
    gathered(
      addressGroup(remoteAddress),
      'turnedAway',
      silent ? 'debug' : 'info',
      `${who({ remoteAddress, remotePort })} was turned away: ${description}`,
      {
        event: 'turnedAway',
        remoteAddress,
        remotePort,
        localPort,
      },
    ),
  )
  on('certificatesReloaded', ({ port, certificates }) =>
    line('info', `Certificates of port ${port} were read again`, {
      event: 'certificatesReloaded',
      port,
      certificates: certificates.map(({ serverNames, validTo }) => ({ serverNames, validTo })),
    }),
  )
  on('memoryShed', (shed) =>
    line(
      'warn',
      `limits.memoryBytes was reached: ${shed.connections} connections were ended, ${shed.caches} groups of pictures forgotten`,
      {
        event: 'memoryShed',
        ...shed,
      },
    ),
  )
  on('error', ({ where, error }) =>
    line('error', `${where} failed: ${String(error)}`, { event: 'error', err: error }),
  )
  on('administration', ({ action, by, forwardedFor, text }) =>
    line('info', `${text}, by ${by}`, {
      event: 'administration',
      action,
      by,
      ...(forwardedFor === undefined ? {} : { forwardedFor }),
    }),
  )
  return () => {
    for (const end of ends) end()
  }
}

const doneBy = ({ kind, url }: RelayInfo): string =>
  kind === 'pull' ? `pulled from ${url}` : `pushed to ${url}`

const who = ({ remoteAddress, remotePort }: Pick<ConnectionInfo, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`

const about = ({ id, uid, app, remoteAddress, remotePort }: ConnectionInfo): Facts => ({
  connection: id,
  uid,
  app,
  remoteAddress,
  remotePort,
})

/** Longest name of an app or a stream in a line, in characters: what follows it is to be read too. */
const MOST_NAME = 120

/** An app or a stream, as lines name it. */
const named = (name: string): string => shownText(name, MOST_NAME)

/** A connection that ends without a word was a load balancer's look at the port. */
const levelOf = ({ stats }: ConnectionInfo, { reason }: ClosedEvent): Level => {
  if (NOTEWORTHY.has(reason)) return 'warn'
  return reason === 'transportClosed' && stats.bytesReceived === 0 ? 'debug' : 'info'
}

/** What the client says it is. */
const software = ({ connect }: ConnectionInfo): string => {
  const name = shownText(connect?.flashVer ?? '', 80)
  return name === '' ? 'unnamed software' : name
}
