import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type FuzzFinding, replaySession, runFuzz } from '../../fuzz/run-fuzz.ts'
import { serverTarget } from '../../server/server-target.ts'
import { hexOf } from '../../wire/hex.ts'
import { type CommandIo, ExitCode } from './command-io.ts'
import { requireOwnServer, wholeNumber } from './server-command.ts'

interface FuzzFlags {
  readonly sessions: number
  readonly minutes: number
  readonly seed?: number
  readonly replay?: number
  readonly parallel: number
  readonly pid?: number
  readonly answerMs: number
  readonly json?: string
  readonly iOwnThisServer?: boolean
}

/** `rtmp-conformance fuzz`. */
export const addFuzzCommand = (program: Command, io: CommandIo, end: (code: number) => void): void => {
  program
    .command('fuzz')
    .argument('<url>', 'rtmp://host[:port]/app, or rtmps://')
    .description(
      'Sends a server generated and damaged sessions, beside a publisher and a player that must not notice.',
    )
    .option('--sessions <n>', 'sessions to run', wholeNumber(1, 1e9), 10_000)
    .option('--minutes <n>', 'to run at most', wholeNumber(1, 1440), 60)
    .option('--seed <n>', 'seed of the first session; default by the clock', wholeNumber(0, 2 ** 31))
    .option('--replay <seed>', 'run the session of this seed alone', wholeNumber(0, 2 ** 31))
    .option('--parallel <n>', 'sessions at once', wholeNumber(1, 64), 8)
    .option(
      '--pid <id>',
      'process of the server on this machine: growth of its memory is a finding',
      wholeNumber(1, 2 ** 31),
    )
    .option('--answer-ms <ms>', 'to wait for the witnesses', wholeNumber(1, 600_000), 10_000)
    .option('--json <file>', 'write the report as JSON')
    .option('--i-own-this-server', 'allow a target that is not this machine')
    .action(async (url: string, flags: FuzzFlags) => end(await run(url, flags, io)))
}

const findingText = ({ seed, state, what, writes }: FuzzFinding): string =>
  [`seed ${seed}, ${state}: ${what}`, ...writes.map((bytes) => `  > ${hexOf(bytes, 400)}`)].join('\n')

const run = async (url: string, flags: FuzzFlags, io: CommandIo): Promise<number> => {
  requireOwnServer(url, flags.iOwnThisServer === true)
  const profile = serverTarget(url, { pid: flags.pid, patience: { answerMs: flags.answerMs } })
  if (flags.replay !== undefined) {
    const finding = await replaySession(profile, flags.replay)
    io.stdout.write(`${finding === undefined ? `seed ${flags.replay} does no harm` : findingText(finding)}\n`)
    return finding === undefined ? ExitCode.done : ExitCode.failed
  }
  const seed = flags.seed ?? Date.now() % 2 ** 30
  io.stdout.write(`seed ${seed}\n`)
  const report = await runFuzz(url, profile, {
    sessions: flags.sessions,
    maxMs: flags.minutes * 60_000,
    seed,
    parallel: flags.parallel,
    signal: io.signal,
    onProgress: (done) => {
      if (io.stderr.isTTY === true) io.stderr.write(`\r${done}/${flags.sessions}\x1b[K`)
    },
  })
  if (io.stderr.isTTY === true) io.stderr.write('\r\x1b[K')
  for (const finding of report.findings)
    io.stdout.write(`${findingText(finding)}\nagain with --replay ${finding.seed}\n`)
  const grown =
    report.grownBytes === undefined ? '' : `, memory ${Math.round(report.grownBytes / 1024)} KiB more`
  io.stdout.write(
    `${report.runs} sessions in ${report.seconds} s, ${report.findings.length} findings${grown}\n`,
  )
  if (flags.json !== undefined) {
    const findings = report.findings.map((finding) => ({
      ...finding,
      writes: finding.writes.map((bytes) => hexOf(bytes)),
    }))
    writeFileSync(flags.json, `${JSON.stringify({ ...report, findings }, null, 2)}\n`)
  }
  return report.findings.length > 0 ? ExitCode.failed : ExitCode.done
}
