import { exec } from 'node:child_process'
import { promisify } from 'node:util'
import { type Command, InvalidArgumentError } from 'commander'
import { buildReport } from '../../report/build-report.ts'
import { SERVER_CASES } from '../../server/cases.ts'
import { runServerCases } from '../../server/run-server-cases.ts'
import { isLoopback, serverTarget, splitUrl } from '../../server/server-target.ts'
import { type CommandIo, ExitCode, UsageProblem } from './command-io.ts'
import { addOutputFlags, chosen, deliver, liveCount, type OutputFlags, printCases } from './output.ts'

interface ServerFlags extends OutputFlags {
  readonly publishAs?: string
  readonly playAs?: string
  readonly user?: string
  readonly pid?: number
  readonly drain?: string
  readonly parallel: number
  readonly answerMs: number
  readonly quietMs: number
  readonly restartMs: number
  readonly handshakeMs: number
  readonly connectMs: number
  readonly idleMs: number
  readonly maxMessage: number
  readonly iOwnThisServer?: boolean
}

/** A whole number in a range, or commander's complaint. */
export const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < from || value > to)
      throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`)
    return value
  }

const TEN_MINUTES = 600_000

/** `rtmp-conformance server`. */
export const addServerCommand = (program: Command, io: CommandIo, end: (code: number) => void): void => {
  const ms = wholeNumber(1, TEN_MINUTES)
  addOutputFlags(program.command('server').argument('<url>', 'rtmp://host[:port]/app, or rtmps://'))
    .description('Puts an RTMP server through the cases.')
    .option(
      '--publish-as <name>',
      'stream name to publish as, {name} being the tester’s own, e.g. "{name}?token=abc"',
    )
    .option('--play-as <name>', 'stream name to play; default as --publish-as')
    .option('--user <name:password>', 'for the cases about authentication')
    .option(
      '--pid <id>',
      'process of the server on this machine: measures its memory',
      wholeNumber(1, 2 ** 31),
    )
    .option(
      '--drain <command>',
      'makes the server send its clients elsewhere, for the cases about reconnect requests',
    )
    .option('--parallel <n>', 'cases at once; 1 for a server that has one stream', wholeNumber(1, 64), 4)
    .option('--answer-ms <ms>', 'to wait for what must come', ms, 5000)
    .option('--quiet-ms <ms>', 'to wait for what must not come', ms, 1000)
    .option('--restart-ms <ms>', 'between cases, for a server that has ended to be back', ms, 5000)
    .option('--handshake-ms <ms>', 'time that the server gives the handshake', ms, 10_000)
    .option('--connect-ms <ms>', 'time that the server gives from the handshake to connect', ms, 10_000)
    .option('--idle-ms <ms>', 'silence of a publisher that the server bears', ms, 30_000)
    .option(
      '--max-message <bytes>',
      'largest message that the server takes',
      wholeNumber(1, 0xffffff),
      0xffffff,
    )
    .option('--i-own-this-server', 'allow a target that is not this machine')
    .action(async (url: string, flags: ServerFlags) => end(await run(url, flags, io)))
}

const run = async (url: string, flags: ServerFlags, io: CommandIo): Promise<number> => {
  const cases = chosen(SERVER_CASES, flags.filter)
  if (flags.list === true) {
    printCases(cases, io)
    return ExitCode.done
  }
  const profile = targetOf(url, flags)
  try {
    ;(await profile.dial()).reset()
  } catch (error) {
    io.stderr.write(`Nothing answers at ${url}: ${error instanceof Error ? error.message : String(error)}\n`)
    return ExitCode.unreachable
  }
  const began = new Date()
  const results = await runServerCases(profile, cases, {
    parallel: flags.parallel,
    slow: flags.slow ?? false,
    caseMs: 300_000,
    signal: io.signal,
    onResult: liveCount(io),
  })
  const code = deliver(buildReport(url, began, results), flags, io)
  return io.signal.aborted ? ExitCode.interrupted : code
}

/** Refuses a URL that is none, and a server of somebody else's. @throws UsageProblem */
export const requireOwnServer = (url: string, owned: boolean): void => {
  let host: string
  try {
    host = splitUrl(url).host
  } catch (error) {
    throw new UsageProblem((error as Error).message)
  }
  if (!isLoopback(host) && !owned)
    throw new UsageProblem(
      `${host} is not this machine. What is sent is broken and hostile: add --i-own-this-server if it is yours to test.`,
    )
}

const targetOf = (url: string, flags: ServerFlags): ReturnType<typeof serverTarget> => {
  requireOwnServer(url, flags.iOwnThisServer === true)
  const { drain } = flags
  const [name, ...password] = flags.user?.split(':') ?? []
  return serverTarget(url, {
    publishAs: flags.publishAs,
    playAs: flags.playAs,
    claimed: {
      handshakeMs: flags.handshakeMs,
      connectMs: flags.connectMs,
      idleMs: flags.idleMs,
      messageBytes: flags.maxMessage,
    },
    patience: { answerMs: flags.answerMs, quietMs: flags.quietMs, restartMs: flags.restartMs },
    pid: flags.pid,
    drain: drain === undefined ? undefined : async () => void (await promisify(exec)(drain)),
    user: name === undefined ? undefined : { name, password: password.join(':') },
  })
}
