import { Command, Help, Option } from 'commander'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from '../config/option.ts'
import { FIRST_FILE } from './first-configuration.ts'
import { packageVersion, pageAddress } from './own-package.ts'
import { USAGE_EXIT_CODE } from './start-failure.ts'

/** What was asked for on the command line. */
export interface CommandLine {
  /** Path of the configuration file, from `--config` or `RTMP_CONFIG`. */
  readonly config: string | undefined
  /** Whether to print the configuration and end. */
  readonly printConfig: boolean
  /** Whether to say whether the configuration will do, and end. */
  readonly checkConfig: boolean
  /** Path of a configuration file to begin with, to be written before the end; `undefined` for none. */
  readonly init: string | undefined
  /** Texts by flag. */
  readonly flags: Readonly<Record<string, string>>
}

/** As wide as lines of help get on a terminal that has more room. */
const MAX_WIDTH = 100
/** Longer options have their description on lines of its own. */
const TERM_WIDTH = 34

/** Help with options that may be long. */
class WrappedHelp extends Help {
  override padWidth(): number {
    return TERM_WIDTH
  }

  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    if (description === '' || term.length <= termWidth) {
      return super.formatItem(term, termWidth, description, helper)
    }
    return `  ${term}\n${super.formatItem('', termWidth, description, helper)}`
  }
}

const examples = (): string => `
Examples:
  rtmp-server                                       RTMP on 1935, HTTP on 8000
  rtmp-server --rtmp-port 1936 --latency low
  rtmp-server --init                                writes rtmp.yaml, to begin with
  rtmp-server --config rtmp.yaml --check-config     whether a start would succeed
  rtmp-server hash-password                         for access.users; asks for the password
  rtmp-server sign-token --stream live/key          for access.tokens; --help for more
  rtmp-server obs-config --stream live/key          how OBS sends several renditions

Every option can also be set in the file and by a variable: --rtmp-port is rtmp.port and RTMP_PORT.
Secrets and lists of rules cannot be flags. All of them, with what they mean:
${pageAddress('configuration')}

Exit codes: 0 after an orderly end, 1 when it cannot run, 2 for a wrong command line or
configuration, 130 when a second signal stopped it at once.`

/** Reads the arguments. Ends the process with one sentence for wrong ones, and for `--help` and `--version`. */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  const flags: Record<string, string> = {}
  const program = new Command('rtmp-server')
    .description(
      'An RTMP and Enhanced RTMP server. Unless access is configured, anyone may publish and play any stream.',
    )
    .usage('[options]')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .optionsGroup('What matters first:')
    .option('--config <file>', 'YAML or JSON file with any of these options (RTMP_CONFIG)')
    .option(
      '--init [file]',
      `write a file to begin with (default: ${FIRST_FILE}) and its schema for editors, and end`,
    )
    .option('--check-config', 'say whether a start with this configuration would succeed, and end')
    .option('--print-config', 'print the configuration that results, secrets masked, and end')
    .addHelpText('after', examples())
    .argument('[words...]')
    .configureHelp({ optionDescription: ({ description }) => description, visibleArguments: () => [] })
    .configureOutput({
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? MAX_WIDTH, MAX_WIDTH),
      getErrHelpWidth: () => Math.min(process.stderr.columns ?? MAX_WIDTH, MAX_WIDTH),
      outputError: (text, write) => write(sentence(text)),
    })
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : USAGE_EXIT_CODE)
    })
  program.createHelp = () => Object.assign(new WrappedHelp(), program.configureHelp())
  for (const option of inOrder(CONFIGURATION_OPTIONS)) {
    if (option.flag !== undefined)
      program.addOption(flagOf(option, (text) => (flags[option.flag ?? ''] = text)))
  }
  program.parse([...argv])
  const [word] = program.args
  if (word !== undefined) program.error(aboutWord(word))
  const { config, printConfig = false, checkConfig = false, init } = program.opts<Options>()
  return {
    config: config ?? process.env['RTMP_CONFIG'],
    printConfig,
    checkConfig,
    init: init === true ? FIRST_FILE : init,
    flags,
  }
}

interface Options {
  readonly config?: string
  readonly printConfig?: boolean
  readonly checkConfig?: boolean
  readonly init?: string | true
}

/** More names than that are no help. */
const MOST_NAMED = 6

/** What commander says, as a sentence; for an option it does not know, those that are called alike. */
const sentence = (text: string): string => {
  const [, flag] = /unknown option '(--[^'=]+)/.exec(text) ?? []
  const named =
    flag === undefined
      ? []
      : CONFIGURATION_OPTIONS.flatMap((option) =>
          option.flag?.endsWith(flag.slice(1)) === true ? [option.flag] : [],
        )
  const [first = '', ...more] = text
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n')
  const words = `${first.charAt(0).toUpperCase()}${first.slice(1)}`
  const hints =
    named.length === 0 || named.length > MOST_NAMED ? more : [`(Did you mean ${named.join(' or ')}?)`]
  return [words, ...hints, '(rtmp-server --help shows how it is used)', ''].join('\n')
}

/** An argument that is none, and what whoever wrote it is likely to want. */
const aboutWord = (word: string): string => {
  if (/^(?:start|run|serve|up)$/i.test(word)) return `'${word}' is not needed: rtmp-server starts at once`
  if (/^(?:stop|restart|reload|status)$/i.test(word)) {
    return `there is no '${word}': a running server ends at SIGTERM and reads its configuration again at SIGHUP`
  }
  if (word.startsWith('-'))
    return `'${word}' stands behind a lone --, where no options are read; leave the -- out`
  if (/^\d+$/.test(word)) return `'${word}' is no option: --rtmp-port ${word} for a port`
  if (/\.(?:ya?ml|json)$/i.test(word))
    return `'${word}' is no option: --config ${word} for a configuration file`
  return `'${word}' is no option: all begin with --, such as --rtmp-port 1936`
}

/** The options that most people look for, above all others. */
const FIRST: readonly string[] = [
  'rtmp.port',
  'rtmp.host',
  'rtmps.port',
  'rtmps.cert',
  'rtmps.key',
  'http.port',
  'streams.latency',
  'log.level',
]

const inOrder = (options: readonly ConfigurationOption[]): readonly ConfigurationOption[] => {
  const rank = ({ path }: ConfigurationOption): number => {
    const at = FIRST.indexOf(path.join('.'))
    return at < 0 ? FIRST.length : at
  }
  return options.toSorted((a, b) => rank(a) - rank(b))
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
  const { flag = '', form, description, expected, fallback, path, sections } = option
  const shown = Array.isArray(fallback) ? fallback.join(',') : String(fallback)
  const words = expected.startsWith("'") && form === 'text' ? `: ${expected}` : ''
  const text = `${description}${words}${shown === '' ? '' : ` (default: ${shown})`}`
  return new Option(`${flag} ${VALUES[form]}`, text)
    .helpGroup(FIRST.includes(path.join('.')) ? 'What matters first:' : topicOf(sections))
    .preset('true')
    .argParser((given: string) => {
      note(given)
      return given
    })
}

/** `Streams, kept for late joiners, for each stream:` */
const topicOf = (sections: readonly string[]): string =>
  `${sections.map((title, i) => (i === 0 ? title : title.charAt(0).toLowerCase() + title.slice(1))).join(', ') || 'General'}:`
