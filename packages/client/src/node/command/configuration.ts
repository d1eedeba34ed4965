import { closestTo, notForUs, shownValue, switchOf } from '@rtmp/settings'
import { readSettingsFile, SettingsFileError } from '@rtmp/settings/file'
import type { Command, Option } from 'commander'
import { CommanderError } from 'commander'
import type { CommandIo } from './command-io.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'

/**
 * Lets every option of a command be set in other places too: in the environment (`--chunk-size` by `RTMP_CLIENT_CHUNK_SIZE`),
 * and in a file, YAML or JSON (`chunkSize`), the command line coming first, then the environment, then the file. Variables of the server
 * begin with `RTMP_` alone; both commands read the same kind of file, and say what is wrong with it in the same words.
 */
export const readConfiguration = (command: Command, { env }: CommandIo): void => {
  command
    .optionsGroup('Other options:')
    .option('--config <file>', 'file with options, YAML or JSON: chunkSize: 65536 (RTMP_CLIENT_CONFIG)')
  command.hook('preAction', async () => {
    const set = new Set<string>()
    for (const option of command.options) {
      const text = env[variableOf(option)]
      const name = option.attributeName()
      if (command.getOptionValueSource(name) === 'cli') set.add(name)
      else if (text !== undefined && isForUs(option, text)) {
        apply(command, option, readText(option, text), variableOf(option), 'env')
        set.add(name)
      }
    }
    const path: unknown = command.getOptionValue('config')
    if (typeof path === 'string') applyFile(command, path, await settingsIn(path), set)
  })
}

const variableOf = ({ long }: Option): string =>
  `RTMP_CLIENT_${(long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`

const isForUs = (option: Option, text: string): boolean =>
  notForUs(text, option.isBoolean() ? 'other' : 'text') === undefined

const readText = (option: Option, text: string): unknown => {
  const on = switchOf(text)
  if (!option.isBoolean()) return option.optional && on === true ? true : text
  if (on !== undefined) return on
  throw new CommandFailure(
    ExitCode.usage,
    `${variableOf(option)}: ${shownValue(text)} will not do; give 'true' or 'false'.`,
  )
}

const applyFile = (
  command: Command,
  path: string,
  settings: Readonly<Record<string, unknown>>,
  set: ReadonlySet<string>,
): void => {
  for (const [name, value] of Object.entries(settings)) {
    const option = command.options.find((one) => one.attributeName() === name && name !== 'config')
    if (option === undefined) {
      const meant = closestTo(
        name,
        command.options.map((one) => one.attributeName()).filter((one) => one !== 'config'),
      )
      const hint =
        meant === undefined ? `rtmp help ${command.name()} lists them all.` : `did you mean ${meant}?`
      throw new CommandFailure(ExitCode.usage, `${path}, ${name}: there is no such option; ${hint}`)
    }
    if (set.has(name)) continue
    const wanted = kindsOf(option)
    if (!wanted.includes(typeof value)) {
      throw new CommandFailure(
        ExitCode.usage,
        `${path}, ${name}: ${shownValue(value)} will not do; give a ${wanted.join(' or a ')}.`,
      )
    }
    apply(command, option, typeof value === 'number' ? String(value) : value, `${path}, ${name}`, 'config')
  }
}

/** What the value of an option can be in JSON. */
const kindsOf = (option: Option): readonly string[] => {
  if (option.isBoolean()) return ['boolean']
  return option.optional ? ['string', 'number', 'boolean'] : ['string', 'number']
}

/** What stands in a file. @throws CommandFailure */
const settingsIn = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return await readSettingsFile(path, '--config or RTMP_CLIENT_CONFIG', 'options, such as timeout: 5s')
  } catch (error) {
    if (!(error instanceof SettingsFileError)) throw error
    const exitCode = error.kind === 'unreadable' ? ExitCode.file : ExitCode.usage
    throw new CommandFailure(exitCode, error.message, { cause: error })
  }
}

/** Sets an option as the command line would, with the same checks. */
const apply = (
  command: Command,
  option: Option,
  value: unknown,
  where: string,
  source: 'env' | 'config',
): void => {
  const parse = option.parseArg as ((text: string, previous: unknown) => unknown) | undefined
  try {
    const parsed = typeof value === 'string' && parse !== undefined ? parse(value, undefined) : value
    command.setOptionValueWithSource(option.attributeName(), parsed, source)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    throw new CommandFailure(ExitCode.usage, `${where}: ${shownValue(value)} will not do. ${error.message}`)
  }
}
