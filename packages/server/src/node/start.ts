import type { Configuration } from '../config/configuration.ts'
import type { PlayContext } from '../contract/contexts.ts'
import type { Listening } from './banner.ts'
import type { Log } from './log.ts'
import type { ServerOptions } from './options.ts'
import { createServer } from './create-server.ts'
import type { RtmpServer } from './server.ts'
import { serverOptionsOf } from './server-options.ts'
import { giveSeat, type WorkerSeat } from './worker-seat.ts'

/** How a server of the command is started. */
export interface StartSetup {
  /** A token for administration, where none is configured. */
  readonly token: string | undefined
  /** Whether somebody has asked for the HTTP port: then there is no going on without it. */
  readonly isHttpAsked: boolean
  readonly log: Log
  /** For one of several workers. */
  readonly seat?: WorkerSeat
}

/** Listens; when the HTTP port that nobody has asked for is taken, without it. @throws as `RtmpServer.listen` */
export const startServer = async (configuration: Configuration, setup: StartSetup): Promise<RtmpServer> => {
  const { token, isHttpAsked, log } = setup
  const options = withToken(serverOptionsOf(configuration), token)
  try {
    return await listening(options, setup)
  } catch (error) {
    const { code, port } = error as { code?: unknown; port?: unknown }
    if (code !== 'EADDRINUSE' || options.http === undefined || options.http === false) throw error
    if (port !== options.http.port || isHttpAsked) throw error
    const text = `Port ${options.http.port} is taken, so there is no HTTP; --http-port chooses another one.`
    log.write('warn', text, { event: 'httpPortTaken', port })
    return listening({ ...options, http: false }, setup)
  }
}

const withToken = (options: ServerOptions, token: string | undefined): ServerOptions =>
  token === undefined || options.http === undefined || options.http === false
    ? options
    : { ...options, http: { ...options.http, token } }

const listening = async (options: ServerOptions, { seat }: StartSetup): Promise<RtmpServer> => {
  if (seat !== undefined) giveSeat(options, seat)
  const server = createServer(options)
  if (seat !== undefined) {
    const count = (by: number) => (play: PlayContext) => {
      if (play.connection.node === undefined) seat.counts.changed(`player ${play.path}`, by)
    }
    server.on('playStarted', count(1))
    server.on('playEnded', count(-1))
  }
  await server.listen()
  return server
}

/** Where a server listens, as the command says it. */
export const listeningAt = (server: RtmpServer, { rtmp, rtmps, http }: Configuration): Listening => ({
  host: hostOf(rtmp.host),
  rtmpsHost: hostOf(rtmps.host),
  httpHost: hostOf(http.host),
  rtmp: server.address('rtmp')?.port,
  rtmps: server.address('rtmps')?.port,
  http: server.address('http')?.port,
  pages: http.pages,
})

const hostOf = (host: string): string | undefined => (host === '*' ? undefined : host)
