import type { ClosedEvent } from '@rtmp/session'
import type { ServerEvents } from '../core/events.ts'
import type { ConnectionInfo } from '../core/handler.ts'
import type { RelayInfo } from '../core/relays.ts'
import type { Facts, Level, Log } from './log.ts'
import type { RtmpServer } from './server.ts'

/** Reasons that somebody should look at. */
const NOTEWORTHY: ReadonlySet<ClosedEvent['reason']> = new Set(['protocolError', 'timeout'])

/** Writes one line for each event of a server, as far as the log's level wants it now. Returns what ends it. */
export const logEvents = (server: RtmpServer, log: Log): (() => void) => {
  const ends: (() => void)[] = []
  const on = <Name extends keyof ServerEvents>(
    name: Name,
    listener: (event: ServerEvents[Name]) => void,
  ): void => void ends.push(server.on(name, listener))
  const line = (level: Level, text: string, facts: Facts): void => log.write(level, text, facts)

  if (log.writes('debug')) {
    on('connectionOpened', ({ connection }) =>
      line('debug', `${who(connection)} connected`, { event: 'connectionOpened', ...about(connection) }),
    )
    on('connected', ({ connection }) =>
      line('debug', `${who(connection)} opened app ${connection.app} as ${software(connection)}`, {
        event: 'connected',
        ...about(connection),
      }),
    )
    on('warning', ({ connection, warning }) =>
      line('debug', `${who(connection)}: ${warning.message}`, {
        event: 'warning',
        code: warning.code,
        ...about(connection),
      }),
    )
  }
  if (log.writes('warn')) {
    on('connectionClosed', ({ connection, closed }) => {
      const level = NOTEWORTHY.has(closed.reason) ? 'warn' : 'info'
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
  on('publishStarted', ({ connection, app, streamName }) =>
    line('info', `${app}/${streamName} is published from ${who(connection)} by ${software(connection)}`, {
      event: 'publishStarted',
      streamName,
      ...about(connection),
    }),
  )
  on('publishEnded', ({ connection, app, streamName, reason, counters }) =>
    line('info', `${app}/${streamName} is no longer published: ${reason}`, {
      event: 'publishEnded',
      streamName,
      reason,
      ...counters,
      ...about(connection),
    }),
  )
  on('playStarted', ({ connection, app, streamName }) =>
    line('info', `${app}/${streamName} is played by ${who(connection)}, ${software(connection)}`, {
      event: 'playStarted',
      streamName,
      ...about(connection),
    }),
  )
  on('playEnded', ({ connection, app, streamName, reason, counters }) =>
    line('info', `${app}/${streamName} is no longer played by ${who(connection)}: ${reason}`, {
      event: 'playEnded',
      streamName,
      reason,
      ...counters,
      ...about(connection),
    }),
  )
  on('playThrottled', ({ connection, app, streamName, throttled }) =>
    line(
      'warn',
      throttled
        ? `${who(connection)} is too slow for ${app}/${streamName}: sound only for now`
        : `${who(connection)} has caught up with ${app}/${streamName}`,
      { event: 'playThrottled', streamName, throttled, ...about(connection) },
    ),
  )
  on('refused', ({ connection, request, streamName, description }) =>
    line('warn', `${who(connection)} was refused: ${request} ${streamName}: ${description}`, {
      event: 'refused',
      request,
      streamName,
      ...about(connection),
    }),
  )
  on('publisherLost', ({ stream, graceMs }) =>
    line(
      'info',
      `${stream.app}/${stream.name} has lost its publisher; players wait ${graceMs / 1000} s for it`,
      {
        event: 'publisherLost',
        app: stream.app,
        streamName: stream.name,
      },
    ),
  )
  on('publisherReturned', ({ stream }) =>
    line('info', `${stream.app}/${stream.name} goes on`, {
      event: 'publisherReturned',
      app: stream.app,
      streamName: stream.name,
    }),
  )
  on('relayStarted', ({ again, ...relay }) =>
    line('info', `${relay.app}/${relay.streamName} is ${doneBy(relay)}${again ? ' again' : ''}`, {
      event: 'relayStarted',
      ...relay,
    }),
  )
  on('relayLost', ({ reason, repeated, ...relay }) =>
    line(
      repeated ? 'debug' : 'warn',
      `${relay.app}/${relay.streamName} cannot be ${doneBy(relay)}: ${reason}`,
      { event: 'relayLost', reason, ...relay },
    ),
  )
  on('relayEnded', ({ reason, isLoop, ...relay }) =>
    line(
      isLoop ? 'warn' : 'info',
      `${relay.app}/${relay.streamName} is no longer ${doneBy(relay)}: ${reason}`,
      { event: 'relayEnded', reason, ...relay },
    ),
  )
  on('turnedAway', ({ remoteAddress, remotePort, localPort, description }) =>
    line('info', `${who({ remoteAddress, remotePort })} was turned away: ${description}`, {
      event: 'turnedAway',
      remoteAddress,
      remotePort,
      localPort,
    }),
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
      'Media kept for late joiners and slow players has reached limits.memoryBytes; some was dropped',
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
    line('info', `${printable(text)}, by ${by}`, {
      event: 'administration',
      action,
      by,
      ...(forwardedFor === undefined ? {} : { forwardedFor: forwardedFor.slice(0, 200) }),
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

/** A text without what could play tricks on a terminal. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '')

/** What the client says it is. */
const software = ({ connect }: ConnectionInfo): string => {
  const name = printable(connect?.flashVer ?? '').slice(0, 80)
  return name === '' ? 'unnamed software' : name
}
