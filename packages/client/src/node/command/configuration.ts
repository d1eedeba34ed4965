import { readFileSync } from 'node:fs'
import type { Command, Option } from 'commander'
import { CommanderError } from 'commander'
import { fileFailure } from './byte-source.ts'
import type { CommandIo } from './command-io.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'

/**
 * Lets every option of a command be set in other places too: in the environment (`--chunk-size` by `RTMP_CHUNK_SIZE`),
 * and in a JSON file (`chunkSize`), the command line coming first, then the environment, then the file.
 */
export const readConfiguration = (command: Command, { env }: CommandIo): void => {
  command
    .optionsGroup('Other options:')
    .option('--config <file>', 'JSON file with options: { "chunkSize": 65536 }')
  command.hook('preAction', () => {
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
    if (typeof path === 'string') applyFile(command, path, set)
  })
}

const variableOf = ({ long }: Option): string =>
  `RTMP_${(long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`

/** A switch is on for all but these. */
const OFF: ReadonlySet<string> = new Set(['0', 'false', 'no', 'off'])

const readText = (option: Option, text: string): unknown => {
  if (option.isBoolean()) return !OFF.has(text.toLowerCase())
  if (option.optional && (text === 'true' || text === '1')) return true
  return text
}

const applyFile = (command: Command, path: string, set: ReadonlySet<string>): void => {
  const settings = readSettings(path)
  for (const [name, value] of Object.entries(settings)) {
    const option = command.options.find((one) => one.attributeName() === name && name !== 'config')
    if (option === undefined) {
      throw new CommandFailure(
        ExitCode.usage,
        `${path} sets ${name}, which rtmp ${command.name()} does not know; rtmp help ${command.name()} lists its options.`,
      )
    }
    if (set.has(name)) continue
    const wanted = kindsOf(option)
    if (!wanted.includes(typeof value)) {
      throw new CommandFailure(ExitCode.usage, `${path}: ${name} must be a ${wanted.join(' or a ')}.`)
    }
    apply(command, option, typeof value === 'number' ? String(value) : value, `${name} in ${path}`, 'config')
  }
}

/** What the value of an option can be in JSON. */
const kindsOf = (option: Option): readonly string[] => {
  if (option.isBoolean()) return ['boolean']
  return option.optional ? ['string', 'number', 'boolean'] : ['string', 'number']
}

const readSettings = (path: string): Record<string, unknown> => {
  const read = (): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw fileFailure(error, path, 'read')
    }
  }
  const text = read()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Told below.
  }
  throw new CommandFailure(ExitCode.usage, `${path} is not a JSON object; write it as { "timeout": "5s" }.`)
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
    throw new CommandFailure(ExitCode.usage, `${where} cannot be ${JSON.stringify(value)}. ${error.message}`)
  }
}
