import { serverOptionsOf } from './server-options.ts'
import { administered, HOW_TO_OPEN } from './administration-token.ts'
import { announcement, banner, type Listening } from './banner.ts'
import { parseCommandLine } from './command-line.ts'
import { packageVersion } from './own-package.ts'
import { printedConfiguration, readConfiguration } from './configured.ts'
import { writeFirstConfiguration } from './first-configuration.ts'
import { Log } from './log.ts'
import { statusOf, textOf } from './start-failure.ts'
import { workersOf } from './workers/workers-of.ts'

const fail = (error: unknown): never => {
  process.stderr.write(`${textOf(error, configuredRtmp())}\n`)
  process.exit(statusOf(error))
}

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
    const { dryStart } = await import('./dry-start.ts')
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
    const { runAlone } = await import('./run-alone.ts')
    where = await runAlone(configuration, setup, read).catch(fail)
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

/** What can be asked of the command beside a server. */
const SUBCOMMANDS: ReadonlySet<string> = new Set(['hash-password', 'sign-token', 'obs-config'])

/** Runs the command as somebody has typed it: a server, or what else can be asked of it. */
export const runCommand = async (): Promise<void> => {
  const [, , word = ''] = process.argv
  if (SUBCOMMANDS.has(word)) {
    const { runSubcommand } = await import('./subcommand.ts')
    await runSubcommand(process.argv)
  }
  await run()
}
