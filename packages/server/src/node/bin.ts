#!/usr/bin/env node
import cluster from 'node:cluster'
import { serverOptionsOf } from './server-options.ts'
import { administered, HOW_TO_OPEN } from './administration-token.ts'
import { announcement, banner, type Listening } from './banner.ts'
import { parseCommandLine } from './command-line.ts'
import { packageVersion } from './own-package.ts'
import { printedConfiguration, readConfiguration } from './configured.ts'
import { dryStart } from './dry-start.ts'
import { writeFirstConfiguration } from './first-configuration.ts'
import { Log } from './log.ts'
import { liveConfiguration } from './live.ts'
import { handleSignals } from './signals.ts'
import { listeningAt, startServer, statusOf, textOf } from './start.ts'
import { runSubcommand, SUBCOMMANDS } from './subcommand.ts'
import { WORKER_VARIABLE } from './workers/worker-process.ts'
import { workersOf } from './workers/workers-of.ts'

const fail = (error: unknown): never => {
  process.stderr.write(`${textOf(error, configuredRtmp())}
`)
  process.exit(statusOf(error))
}

/** Runs the command as somebody has typed it. */
const run = async (): Promise<void> => {
  const { config, printConfig, checkConfig, init, flags } = parseCommandLine(process.argv)
  if (init !== undefined) {
    process.stdout.write(await writeFirstConfiguration(init).catch(fail))
    process.exit(0)
  }
  const notes: string[] = []
  const read = async (note?: (sentence: string) => void) =>
    readConfiguration(config, process.env, flags, note)
  const configuration = await read((note) => notes.push(note)).catch(fail)
  configuredRtmp = () => serverOptionsOf(configuration).rtmp
  if (printConfig || checkConfig) {
    await dryStart(serverOptionsOf(configuration)).catch(fail)
    process.stdout.write(
      printConfig
        ? await printedConfiguration(configuration)
        : `${config ?? 'The configuration'}: a start with it would succeed.\n`,
    )
    process.exit(0)
  }
  const { level, format } = configuration.log
  const log = new Log(level)
  const isForPeople = await log.open(format, process.stdout)
  for (const note of notes) log.write('info', note, { event: 'variableNotTaken' })
  const isTerminal = process.stdout.isTTY && isForPeople
  const { token, isClosed } = checked(() => administered(serverOptionsOf(configuration), isTerminal))
  const isHttpAsked =
    flags['--http-port'] !== undefined ||
    Number.isInteger(Number(process.env['RTMP_HTTP_PORT'] ?? Number.NaN)) ||
    config !== undefined
  const setup = { token, isHttpAsked, log }
  let where: Listening
  if (workersOf(configuration) === 1) {
    const server = await startServer(configuration, setup).catch(fail)
    const live = liveConfiguration(configuration, server, log)
    handleSignals(server, log, async () => live.adopt(await read()))
    where = listeningAt(server, configuration)
  } else {
    const { runPrimary } = await import('./workers/run-primary.ts')
    where = await runPrimary(configuration, setup, read)
  }
  if (isForPeople) {
    process.stdout.write(`\n${banner(packageVersion(), { ...where, token })}\n`)
  } else
    log.write('info', announcement(where), { event: 'listening', ...where, port: where.rtmp ?? where.rtmps })
  if (isClosed && where.http !== undefined) log.write('info', HOW_TO_OPEN, { event: 'administrationClosed' })
}

let configuredRtmp: () => ReturnType<typeof serverOptionsOf>['rtmp'] = () => undefined

const checked = <T>(act: () => T): T => {
  try {
    return act()
  } catch (error) {
    return fail(error)
  }
}

const [, , word = ''] = process.argv
if (cluster.isWorker && process.env[WORKER_VARIABLE] !== undefined) {
  const { runWorker } = await import('./workers/worker.ts')
  await runWorker()
} else {
  if (SUBCOMMANDS.has(word)) await runSubcommand(process.argv)
  await run()
}
