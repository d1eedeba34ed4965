import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { ConnectionOptions } from '../../core/options.ts'
import type { DialOptions, ClientTlsOptions } from '../dial.ts'
import { duration, integer } from '../../command/arguments.ts'
import { fileFailure } from './byte-source.ts'

/** The options of all subcommands that connect to a server, as commander reads them. */
export interface ConnectionFlags {
  readonly timeout: number
  readonly reconnect?: boolean
  readonly app?: string
  readonly streamName?: string
  readonly user?: string
  readonly password?: string
  readonly auth?: 'challenge' | 'query'
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly insecure?: boolean
  readonly flashVer?: string
  readonly handshake?: 'plain' | 'digest'
  readonly chunkSize?: number
  readonly classic?: boolean
  readonly ping?: number
  readonly family?: '4' | '6'
  readonly trustRedirects?: true | string
}

/** Adds these options, under a heading of their own. */
export const addConnectionFlags = (command: Command): Command =>
  command
    .optionsGroup('Connection options:')
    .addOption(
      new Option('--timeout <time>', 'give up a stage of connecting after this long')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .option('--reconnect', 'connect again when the connection is lost, for as long as it takes')
    .option(
      '--app <name>',
      'app, when the URL does not tell it rightly (default: all but the last part of its path)',
    )
    .option('--stream-name <name>', 'stream name with query (default: the last part of the path)')
    .option('--user <name>', 'user name, when not in the URL (rtmp://user:password@host/…)')
    .option('--password <text>', 'password; better in the environment, as RTMP_CLIENT_PASSWORD')
    .addOption(
      new Option('--auth <how>', 'show them when asked (Adobe, Limelight), or as ?user=…&pass=…').choices([
        'challenge',
        'query',
      ]),
    )
    .option(
      '--trust-redirects [hosts]',
      'let user, password, stream key and queries go along when the server sends us to another host: to any, or to these (a,b,…)',
    )
    .option('--ca <file>', 'certificates to trust for rtmps://, PEM')
    .option('--cert <file>', 'our own certificate, PEM')
    .option('--key <file>', 'its private key, PEM')
    .option('--server-name <name>', 'name that the certificate must be for, instead of the URL’s host')
    .option('--insecure', 'accept any certificate: for tests only, anyone can listen in')
    .option('--flash-ver <text>', 'name of the software to give')
    .addOption(
      new Option('--handshake <form>', 'which handshake to offer (default: plain)').choices([
        'plain',
        'digest',
      ]),
    )
    .option(
      '--chunk-size <bytes>',
      'largest chunk to send (default: 4096)',
      integer(1, 0xffffff, 'a number of bytes'),
    )
    .option('--classic', 'announce no Enhanced RTMP, for servers that stumble over it')
    .addOption(
      new Option(
        '--ping <time>',
        'ping the server that often; one that answers and then falls silent is given up (default: none, since some servers end a connection that pings)',
      ).argParser(duration),
    )
    .addOption(
      new Option('--family <number>', 'use IPv4 or IPv6 only (default: what answers first)').choices([
        '4',
        '6',
      ]),
    )

/** What the library takes. @throws CommandFailure when a certificate cannot be read */
export const connectionOptions = async (flags: ConnectionFlags): Promise<ConnectionOptions & DialOptions> => {
  const {
    timeout,
    app,
    streamName,
    user,
    password,
    auth,
    flashVer,
    handshake,
    chunkSize,
    ping,
    family,
    trustRedirects,
  } = flags
  const tls = await tlsOptions(flags)
  return {
    deadlines: { dial: timeout, handshake: timeout, connect: timeout, request: timeout },
    ...(flags.reconnect === true ? { reconnect: true } : {}),
    ...(app === undefined ? {} : { app }),
    ...(streamName === undefined ? {} : { streamName }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(auth === undefined ? {} : { authentication: auth }),
    ...(flashVer === undefined ? {} : { flashVer }),
    ...(handshake === undefined ? {} : { handshake }),
    ...(chunkSize === undefined ? {} : { chunkSize }),
    ...(trustRedirects === undefined
      ? {}
      : { trustRedirects: trustRedirects === true ? true : trustRedirects.split(',') }),
    ...(flags.classic === true ? { capabilities: false as const } : {}),
    ...(ping === undefined ? {} : { liveness: { interval: ping } }),
    ...(family === undefined ? {} : { family: family === '4' ? (4 as const) : (6 as const) }),
    ...(tls === undefined ? {} : { tls }),
  }
}

const tlsOptions = async ({
  ca,
  cert,
  key,
  serverName,
  insecure,
}: ConnectionFlags): Promise<ClientTlsOptions | undefined> => {
  const tls: ClientTlsOptions = {
    ...(ca === undefined ? {} : { ca: await pem(ca) }),
    ...(cert === undefined ? {} : { cert: await pem(cert) }),
    ...(key === undefined ? {} : { key: await pem(key) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  }
  return Object.keys(tls).length === 0 ? undefined : tls
}

const pem = async (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw fileFailure(error, path, 'read')
  })
