import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
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
      else if (text !== undefined && text !== '') {
        apply(command, option, readText(option, text), variableOf(option), 'env')
        set.add(name)
      }
    }
    const path: unknown = command.getOptionValue('config')
    if (typeof path === 'string') applyFile(command, path, await readSettings(path), set)
  })
}

const variableOf = ({ long }: Option): string =>
  `RTMP_CLIENT_${(long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`

/** A switch is on for all but these. */
const OFF: ReadonlySet<string> = new Set(['0', 'false', 'no', 'off'])

const readText = (option: Option, text: string): unknown => {
  if (option.isBoolean()) return !OFF.has(text.toLowerCase())
  if (option.optional && (text === 'true' || text === '1')) return true
  return text
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
      throw new CommandFailure(
        ExitCode.usage,
        `${path}, ${name}: there is no such option; rtmp help ${command.name()} lists them all.`,
      )
    }
    if (set.has(name)) continue
    const wanted = kindsOf(option)
    if (!wanted.includes(typeof value)) {
      throw new CommandFailure(
        ExitCode.usage,
        `${path}, ${name}: ${shown(value)} will not do; give a ${wanted.join(' or a ')}.`,
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

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** What stands in a file, YAML or JSON. @throws CommandFailure */
const readSettings = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const why = (error as { code?: unknown }).code === 'ENOENT' ? 'there is no such file' : String(error)
    throw new CommandFailure(ExitCode.file, `${path}: ${why}; correct --config or RTMP_CLIENT_CONFIG.`, {
      cause: error,
    })
  }
  const isJson = extname(path).toLowerCase() === '.json'
  let value: unknown
  try {
    value = isJson ? JSON.parse(text) : ((await import('yaml')).default.parse(text) ?? {})
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new CommandFailure(
      ExitCode.usage,
      `${path}: it cannot be read as ${isJson ? 'JSON' : 'YAML'}: ${first}`,
      { cause: error },
    )
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new CommandFailure(ExitCode.usage, `${path}: it must hold options, such as timeout: 5s.`)
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
    throw new CommandFailure(ExitCode.usage, `${where}: ${shown(value)} will not do. ${error.message}`)
  }
}
