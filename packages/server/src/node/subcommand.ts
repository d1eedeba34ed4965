import { Command } from 'commander'
import { USAGE_EXIT_CODE } from './command-line.ts'
import { addObsCommand } from './obs-command.ts'
import { addSecretCommands } from './secrets-command.ts'

/** What can be asked of the command beside a server. */
export const SUBCOMMANDS: ReadonlySet<string> = new Set(['hash-password', 'sign-token', 'obs-config'])

/** Runs one of {@link SUBCOMMANDS}; ends the process. */
export const runSubcommand = async (argv: readonly string[]): Promise<never> => {
  const program = new Command('rtmp-server').exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : USAGE_EXIT_CODE)
  })
  addSecretCommands(program)
  addObsCommand(program)
  try {
    await program.parseAsync([...argv])
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(USAGE_EXIT_CODE)
  }
}
