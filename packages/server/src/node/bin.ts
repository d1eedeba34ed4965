#!/usr/bin/env node
import { isUsageError } from '@rtmp/bytes'
import { serverOptionsOf } from '../config/server-options.ts'
import { announcement, banner, type Listening } from './banner.ts'
import { packageVersion, parseCommandLine } from './command-line.ts'
import { ConfigurationError, printedConfiguration, readConfiguration } from './configured.ts'
import { explainListenFailure } from './listen-failure.ts'
import { Log } from './log.ts'
import { liveConfiguration } from './live.ts'
import { createServer, type RtmpServer, type ServerOptions } from './server.ts'
import { handleSignals } from './signals.ts'

const fail = (error: unknown): never => {
  const known = error instanceof ConfigurationError || isUsageError(error)
  process.stderr.write(`${known ? error.message : explainListenFailure(error, options.rtmp)}\n`)
  process.exit(1)
}

let options: ServerOptions = {}
const { config, printConfig, flags } = parseCommandLine(process.argv)
const configuration = await readConfiguration(config, process.env, flags).catch(fail)
if (printConfig) {
  process.stdout.write(await printedConfiguration(configuration))
  process.exit(0)
}

const { level, format } = configuration.log
const log = new Log(level)

/** Listens; when the HTTP port that nobody has asked for is taken, without it. */
const start = async (): Promise<RtmpServer> => {
  options = serverOptionsOf(configuration)
  try {
    return await listening(options)
  } catch (error) {
    const { code, port } = error as { code?: unknown; port?: unknown }
    const isAsked =
      flags['--http-port'] !== undefined ||
      process.env['RTMP_HTTP_PORT'] !== undefined ||
      config !== undefined
    if (code !== 'EADDRINUSE' || options.http === undefined || options.http === false) throw error
    if (port !== options.http.port || isAsked) throw error
    const text = `Port ${options.http.port} is taken, so there is no HTTP; --http-port chooses another one.`
    log.write('warn', text, { event: 'httpPortTaken', port })
    return listening({ ...options, http: false })
  }
}

const listening = async (wanted: ServerOptions): Promise<RtmpServer> => {
  const server = createServer(wanted)
  await server.listen()
  return server
}

const server = await start().catch(fail)
const live = liveConfiguration(configuration, server, log)
handleSignals(server, log, async () => live.adopt(await readConfiguration(config, process.env, flags)))

const where: Listening = {
  host: configuration.rtmp.host === '*' ? undefined : configuration.rtmp.host,
  rtmp: server.address('rtmp')?.port,
  rtmps: server.address('rtmps')?.port,
  http: server.address('http')?.port,
}
if (await log.open(format, process.stdout)) {
  process.stdout.write(`\n${banner(packageVersion(), where)}\n`)
} else
  log.write('info', announcement(where), { event: 'listening', ...where, port: where.rtmp ?? where.rtmps })
