import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../package-metadata.ts'

const execute = promisify(execFile)

/** A tool of the repository. */
export const bin = (name: string): string => join(root, 'node_modules/.bin', name)

/** Without what npm tells the scripts that it runs: it would hold for the npm that these run, too. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_cache)/i.test(name)),
)

/** Runs a program to its end and gives what it printed; its error has all of it. */
export const run = async (
  command: string,
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const env = {
    ...environment,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    ...more,
  }
  try {
    const { stdout } = await execute(command, [...args], { cwd, env, maxBuffer: 1 << 26, timeout: 300_000 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}\n${stdout}${stderr}`, { cause: error })
  }
}
