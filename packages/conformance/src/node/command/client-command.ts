import type { Command } from 'commander'
import { CLIENT_CASES, runClientCases } from '../../client/cases.ts'
import type { ClientRole } from '../../client/client-profile.ts'
import { buildReport } from '../../report/build-report.ts'
import { clientByHand, clientProcess } from '../client-process.ts'
import { type CommandIo, ExitCode } from './command-io.ts'
import { addOutputFlags, chosen, deliver, liveCount, type OutputFlags, printCases } from './output.ts'
import { wholeNumber } from './server-command.ts'

interface ClientFlags extends OutputFlags {
  readonly publish?: string
  readonly play?: string
  readonly byHand?: ClientRole
  readonly port: number
  readonly parallel: number
  readonly answerMs: number
  readonly quietMs: number
}

const TEN_MINUTES = 600_000

/** `rtmp-conformance client`. */
export const addClientCommand = (program: Command, io: CommandIo, end: (code: number) => void): void => {
  addOutputFlags(program.command('client'))
    .description('Listens, and puts an RTMP client through the cases.')
    .option('--publish <command>', 'command that publishes to {url}, run for each case')
    .option('--play <command>', 'command that plays {url}, run for each case')
    .option('--by-hand <role>', 'publish or play: tells you when to start your client, and where to')
    .option('--port <port>', 'where to listen with --by-hand', wholeNumber(1, 65_535), 1935)
    .option('--parallel <n>', 'clients at once', wholeNumber(1, 16), 2)
    .option('--answer-ms <ms>', 'to wait for what must come', wholeNumber(1, TEN_MINUTES), 10_000)
    .option('--quiet-ms <ms>', 'to wait for what must not come', wholeNumber(1, TEN_MINUTES), 1000)
    .action(async (flags: ClientFlags) => end(await run(flags, io)))
}

const run = async (flags: ClientFlags, io: CommandIo): Promise<number> => {
  const cases = chosen(CLIENT_CASES, flags.filter)
  if (flags.list === true) {
    printCases(cases, io)
    return ExitCode.done
  }
  if (flags.publish === undefined && flags.play === undefined && flags.byHand === undefined) {
    io.stderr.write(
      'Say how the client is started: --publish "ffmpeg … {url}", --play "ffplay {url}", or --by-hand publish\n',
    )
    return ExitCode.usage
  }
  const profile =
    flags.byHand === undefined
      ? clientProcess(
          { publish: flags.publish, play: flags.play },
          { answerMs: flags.answerMs, quietMs: flags.quietMs },
        )
      : clientByHand(flags.byHand, flags.port, (text) => io.stderr.write(`${text}\n`))
  const began = new Date()
  const results = await runClientCases(profile, cases, {
    parallel: flags.byHand === undefined ? flags.parallel : 1,
    slow: flags.slow ?? false,
    caseMs: 180_000,
    signal: io.signal,
    onResult: liveCount(io),
  })
  const code = deliver(buildReport(profile.name, began, results), flags, io)
  return io.signal.aborted ? ExitCode.interrupted : code
}
