import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { cutStream, streamPath } from '@rtmp/message'
import { type Command, Option } from 'commander'
import { hashPassword } from '../access/password.ts'
import { nameWithToken, signToken } from '../access/signed-token.ts'
import { readConfiguration } from './configured.ts'
import { Mistake } from './mistake.ts'

/** Adds the commands that make secrets for people. */
export const addSecretCommands = (program: Command): void => {
  program
    .command('hash-password')
    .description(
      'Reads a password (asks for it on a terminal, else takes the first line of the standard input) and prints its hash for access.users.',
    )
    .allowExcessArguments(false)
    .action(async () => {
      const password = await readPassword()
      if (password === '') throw new Mistake('The password is empty.')
      print(await hashPassword(password))
    })
  program
    .command('sign-token')
    .description('Prints a stream with a signed token, to be put behind rtmp://host/.')
    .requiredOption('--stream <path>', 'what the token is for: app and name, such as live/show')
    .addOption(
      new Option('--action <what>', 'what it allows').choices(['publish', 'play']).default('publish'),
    )
    .option('--valid <time>', 'for how long: 90s, 15m, 2h or 30d', '1h')
    .option('--address <ip>', 'the only address that may use it, where access.tokens.bindAddress is on')
    .addOption(
      new Option('--form <where>', 'in the query, or in the name for devices that can send no query')
        .choices(['query', 'name'])
        .default('query'),
    )
    .option('--secret-file <file>', 'file with the secret, instead of access.tokens.secrets')
    .option('--config <file>', 'configuration to take the secret from (RTMP_CONFIG)')
    .allowExcessArguments(false)
    .action(async (options: TokenFlags) => print(await signedStream(options)))
}

interface TokenFlags {
  readonly stream: string
  readonly action: 'publish' | 'play'
  readonly valid: string
  readonly address?: string
  readonly form: 'query' | 'name'
  readonly secretFile?: string
  readonly config?: string
}

const signedStream = async (flags: TokenFlags): Promise<string> => {
  const { stream, action, valid, address, form } = flags
  const cut = cutStream('', stream)
  if (cut === undefined || cut.path === '' || cut.queries.length > 0)
    throw new Mistake(`'${stream}' is no stream; write its path, such as live/show.`)
  const { app, streamName, path } = cut
  const expires = Date.now() / 1000 + secondsOf(valid)
  const grant = {
    secret: await secretOf(flags),
    action,
    app,
    streamName,
    expires,
    ...(address === undefined ? {} : { address }),
  }
  return form === 'name' ? streamPath(app, await nameWithToken(grant)) : `${path}?${await signToken(grant)}`
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

const secondsOf = (text: string): number => {
  const [, count, unit = 's'] = /^(\d+)([smhd]?)$/.exec(text) ?? []
  if (count === undefined) throw new Mistake(`'${text}' is no time; write it as 90s, 15m, 2h or 30d.`)
  return Number(count) * (UNITS[unit] ?? 1)
}

const secretOf = async ({ secretFile, config }: TokenFlags): Promise<string> => {
  if (secretFile !== undefined) {
    const text = await readFile(secretFile, 'utf8').catch(() => undefined)
    if (text === undefined) throw new Mistake(`${secretFile} cannot be read.`)
    const secret = text.trim()
    if (secret === '') throw new Mistake(`${secretFile} is empty.`)
    return secret
  }
  const { access } = await readConfiguration(config ?? process.env['RTMP_CONFIG'], process.env, {})
  const [secret] = access.tokens.secrets
  if (secret === undefined) {
    throw new Mistake(
      'There is no secret: give --secret-file, --config or the variable RTMP_ACCESS_TOKENS_SECRETS.',
    )
  }
  return secret
}

/** The first line of the standard input; asked for on a terminal, which does not show it. */
const readPassword = async (): Promise<string> => {
  const isTerminal = process.stdin.isTTY
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal })
  if (isTerminal) process.stderr.write('Password: ')
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    if (isTerminal) process.stderr.write('\n')
  }
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
