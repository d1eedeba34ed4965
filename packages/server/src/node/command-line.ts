import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from '../config/option.ts'

/** What was asked for on the command line. */
export interface CommandLine {
  /** Path of the configuration file, from `--config` or `RTMP_CONFIG`. */
  readonly config: string | undefined
  /** Whether to print the configuration and end. */
  readonly printConfig: boolean
  /** Texts by flag. */
  readonly flags: Readonly<Record<string, string>>
}

/** The version in this package's package.json. */
export const packageVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Reads the arguments. Ends the process with one sentence for wrong ones, and for `--help` and `--version`. */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  const flags: Record<string, string> = {}
  const program = new Command('rtmp-server')
    .description(
      'An RTMP and Enhanced RTMP server. Unless access is configured, anyone may publish and play any stream.',
    )
    .version(packageVersion())
    .option('--config <file>', 'YAML or JSON file with any of these options (RTMP_CONFIG)')
    .option('--print-config', 'print the configuration that results, secrets masked, and end')
    .addHelpText(
      'after',
      '\nEvery option can also be set in the file and by a variable: --rtmp-port is rtmp.port and RTMP_PORT.\nSecrets and lists of rules cannot be flags. docs/configuration.md has all of them.',
    )
    .allowExcessArguments(false)
    .configureHelp({ optionDescription: ({ description }) => description })
  for (const option of CONFIGURATION_OPTIONS) {
    if (option.flag !== undefined)
      program.addOption(flagOf(option, (text) => (flags[option.flag ?? ''] = text)))
  }
  program.parse([...argv])
  const { config, printConfig = false } = program.opts<{ config?: string; printConfig?: boolean }>()
  return { config: config ?? process.env['RTMP_CONFIG'], printConfig, flags }
}

const VALUES: Readonly<Record<ConfigurationOption['form'], string>> = {
  number: '<number>',
  numberOrWord: '<value>',
  boolean: '[yes|no]',
  text: '<text>',
  list: '<a,b,…>',
  json: '<json>',
}

const flagOf = (option: ConfigurationOption, note: (text: string) => void): Option => {
  const { flag = '', form, description, expected, fallback, sections } = option
  const shown = Array.isArray(fallback) ? fallback.join(',') : String(fallback)
  const words = expected.startsWith("'") && form === 'text' ? `: ${expected}` : ''
  const text = `${description}${words}${shown === '' ? '' : ` (default: ${shown})`}`
  return new Option(`${flag} ${VALUES[form]}`, text)
    .helpGroup(`${sections.join(': ') || 'General'}:`)
    .preset('true')
    .argParser((given: string) => {
      note(given)
      return given
    })
}
