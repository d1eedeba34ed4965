import { Command, CommanderError } from 'commander'
import { addInspectCommand } from './inspect-command.ts'
import type { CommandIo } from './command-io.ts'
import { readConfiguration } from './configuration.ts'
import { ExitCode } from '../../command/exit-code.ts'
import { safeText } from '../../command/safe-text.ts'
import { explain } from '../../command/explain.ts'
import { addPlayCommand } from './play-command.ts'
import { addProbeCommand } from './probe-command.ts'
import { addPublishCommand } from './publish-command.ts'
import { addRelayCommand } from './relay-command.ts'
import { addRepairCommand } from './repair-command.ts'

const EXAMPLES = `
Examples:
  rtmp publish movie.flv rtmp://localhost/live/stream
  rtmp play rtmp://localhost/live/stream -o recording.flv
  rtmp probe rtmp://localhost/live/stream
  rtmp help publish                                 more on one of them

Every option can be set in the environment as well (--chunk-size by RTMP_CLIENT_CHUNK_SIZE),
and in a file given with --config, YAML or JSON (chunkSize: 65536).

Exit codes:
  0  done                        4  the server refused
  1  something unexpected        5  a file cannot be read or written, or is not FLV
  2  wrong command line        130  Ctrl-C, after an orderly end
  3  the server could not be reached, or the connection was lost`

/** Runs the command with the arguments behind its name. Resolves with the exit code; never rejects. */
export const runCommand = async (
  args: readonly string[],
  io: CommandIo,
  version: string,
): Promise<number> => {
  const program = rtmpProgram(io, version)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return ExitCode.done
  } catch (error) {
    // Commander has told its own failures; asking for help or the version is none.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage
    const { text, exitCode } = explain(io.signal.aborted ? io.signal.reason : error)
    // Whoever interrupts knows it.
    if (!io.signal.aborted) io.stderr.write(`${safeText(text)}\n`)
    return exitCode
  }
}

/** The command line: every subcommand with its options. */
const rtmpProgram = (io: CommandIo, version: string): Command => {
  const program = new Command('rtmp')
    .description('Publish, play, probe, relay, inspect and repair RTMP and Enhanced RTMP streams.')
    .version(version, '-V, --version', 'print the version')
    .usage('<command> [options]')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(rtmp --help shows how it is used)')
  addPublishCommand(program, io)
  addPlayCommand(program, io)
  addProbeCommand(program, io)
  addRelayCommand(program, io)
  addInspectCommand(program, io)
  addRepairCommand(program, io)
  for (const command of program.commands) finish(command, io)
  finishOutput(program, io)
  return program
}

/** What all subcommands have in common. */
const finish = (command: Command, io: CommandIo): void => {
  readConfiguration(command, io)
  command
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError(`(rtmp help ${command.name()} shows how it is used)`)
    .allowExcessArguments(false)
  finishOutput(command, io)
}

const MAX_WIDTH = 100

/** Nothing ends the process, and all text goes where it should. */
const finishOutput = (command: Command, { stdout, stderr }: CommandIo): void => {
  command.exitOverride().configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    getOutHelpWidth: () => Math.min(stdout.columns ?? MAX_WIDTH, MAX_WIDTH),
    getErrHelpWidth: () => Math.min(stderr.columns ?? MAX_WIDTH, MAX_WIDTH),
    outputError: (text, write) =>
      write(text.replace(/^error: /, '').replace(/^./, (first) => first.toUpperCase())),
  })
}
