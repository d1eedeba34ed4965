import { Command, CommanderError } from 'commander'
import { type CommandIo, ExitCode, UsageProblem } from './command-io.ts'
import { addClientCommand } from './client-command.ts'
import { addCodecCommand } from './codec-command.ts'
import { addCompareCommand } from './compare-command.ts'
import { addFuzzCommand } from './fuzz-command.ts'
import { addServerCommand } from './server-command.ts'

const EXAMPLES = `
Examples:
  rtmp-conformance server rtmp://localhost/live
  rtmp-conformance server rtmp://localhost/live --filter handshake --json report.json
  rtmp-conformance server rtmp://localhost/live --list
  rtmp-conformance client --publish 'ffmpeg -re -i movie.flv -c copy -f flv {url}'
  rtmp-conformance codec python3 my-amf-adapter.py
  rtmp-conformance fuzz rtmp://localhost/live --sessions 100000
  rtmp-conformance compare one.json other.json --html both.html

Exit codes:
  0  every case that counts passed       3  the peer could not be reached
  1  a case failed                     130  Ctrl-C
  2  wrong command line`

/** Runs the command with the arguments behind its name. Resolves with the exit code; never rejects. */
export const runCommand = async (
  args: readonly string[],
  io: CommandIo,
  version: string,
): Promise<number> => {
  let code: number = ExitCode.done
  const program = new Command('rtmp-conformance')
    .description('Tests RTMP servers, clients and codecs, case by case.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(rtmp-conformance --help shows how it is used)')
  const end = (ended: number): void => {
    code = ended
  }
  addServerCommand(program, io, end)
  addClientCommand(program, io, end)
  addCodecCommand(program, io, end)
  addFuzzCommand(program, io, end)
  addCompareCommand(program, io, end)
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage
    if (error instanceof UsageProblem) {
      io.stderr.write(`${error.message}\n`)
      return ExitCode.usage
    }
    io.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return ExitCode.failed
  }
}
