import { Command } from 'commander'
import { addObsCommand } from './obs-command.ts'
import { addSecretCommands } from './secrets-command.ts'
import { USAGE_EXIT_CODE } from './start-failure.ts'

/** Runs what was asked of the command beside a server; ends the process. */
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
