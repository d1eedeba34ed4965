import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { batchRule, type Latency } from '../relay/latency.ts'

/** The levels of the log, from the most to the least talkative. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How the log is written: for people, for programs, or whichever fits where it goes. */
export type LogFormat = 'auto' | 'pretty' | 'json'

/** What was asked for on the command line. */
export interface CommandLine {
  readonly rtmpPort: number
  readonly host: string | undefined
  readonly latency: Latency
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
}

/** The version in this package's package.json. */
export const packageVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const port = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65_535 && text.trim() !== '') return value
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

const latency = (text: string): Latency => {
  const value = /^\d+$/.test(text) ? Number(text) : (text as Latency)
  try {
    batchRule(value)
  } catch {
    throw new InvalidArgumentError(
      "It is 'low', 'balanced', 'throughput' or a number of milliseconds up to 5000.",
    )
  }
  return value
}

/** Reads the arguments. Ends the process with one sentence for wrong ones, and for `--help` and `--version`. */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  const program = new Command('rtmp-server')
    .description('An RTMP and Enhanced RTMP server. Anyone may publish and play any stream.')
    .version(packageVersion())
    .option('--rtmp-port <port>', 'port for RTMP; 0 takes a free one', port, 1935)
    .option('--host <address>', 'address to listen on (default: every address, IPv4 and IPv6)')
    .option(
      '--latency <how>',
      "how long messages may wait to be sent together: 'low', 'balanced', 'throughput' or milliseconds",
      latency,
      'balanced',
    )
    .addOption(new Option('--log-level <level>', 'how much to log').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log-format <format>', 'for people, for programs, or by where the log goes')
        .choices(['auto', 'pretty', 'json'])
        .default('auto'),
    )
    .allowExcessArguments(false)
    .parse([...argv])
  const options = program.opts<Omit<CommandLine, 'host'> & { host?: string }>()
  return { ...options, host: options.host }
}
