import type { Redis, RedisOptions } from 'ioredis'
import { DirectoryError } from '../errors.ts'
import { requireInteger } from '../fields.ts'
import { directoryErrorOf } from './connection.ts'
import { RedisDirectory, type RedisDirectoryOptions } from './redis-directory.ts'

/** Where Redis is, and how it is reached. */
export interface RedisLocation extends RedisDirectoryOptions {
  /** `redis://[user:password@]host[:6379][/database]`, or `rediss://…` for TLS. */
  readonly url?: string
  /** In place of a URL: sentinels, of which the master by this name is asked, again after each failover. */
  readonly sentinels?: { readonly name: string; readonly hosts: readonly { host: string; port: number }[] }
  /** Where it is not in the URL. */
  readonly username?: string
  /** Where it is not in the URL. */
  readonly password?: string
  /** TLS as Node takes it: `ca`, `cert`, `key`, `servername`, … With `rediss://` it is on without. */
  readonly tls?: NonNullable<RedisOptions['tls']>
  /** How long a call may take before it fails with `DIRECTORY_AWAY`, in milliseconds. Default 1000. */
  readonly timeout?: number
}

/** Longest pause between two attempts to connect, in milliseconds. */
const LONGEST_PAUSE = 1000

/**
 * Opens a directory in Redis or Valkey: connects, and asks it once.
 *
 * @throws DirectoryError `DIRECTORY_AWAY` when it does not answer in time (nothing is left behind), `DIRECTORY_DENIED`,
 *   `DIRECTORY_LIBRARY` when `ioredis` is not installed, `DIRECTORY_FIELD`
 *
 * @example
 * const directory = await openRedisDirectory({ url: 'rediss://rtmp:secret@redis.example:6380', prefix: 'live' })
 */
export const openRedisDirectory = async (location: RedisLocation): Promise<RedisDirectory> => {
  const { timeout = 1000 } = location
  requireInteger(timeout, 1, 60_000, 'timeout')
  const Connection = await loadLibrary()
  const connect = (): Redis => new Connection(optionsOf(location, timeout))
  const connections = { calls: connect(), changes: connect() }
  // A connection that is refused is closed, and only its event says why.
  let refusal: DirectoryError | undefined
  for (const redis of [connections.calls, connections.changes]) {
    redis.on('error', (error: unknown) => {
      const told = directoryErrorOf(error)
      if (told.code === 'DIRECTORY_DENIED') refusal ??= told
    })
  }
  const directory = new RedisDirectory(connections, location)
  try {
    // Without an offline queue a call wants a connection, so the first one waits for it.
    await Promise.all([connections.calls.connect(), connections.changes.connect()])
    await directory.resolve('?')
    return directory
  } catch (error) {
    await directory.close()
    throw refusal ?? directoryErrorOf(error)
  }
}

const loadLibrary = async (): Promise<new (options: RedisOptions) => Redis> => {
  try {
    const library = await import('ioredis')
    // A bundler may give what is CommonJS as `default` only.
    return library.Redis ?? library.default
  } catch (cause) {
    throw new DirectoryError(
      'DIRECTORY_LIBRARY',
      'the directory in Redis needs ioredis: npm install ioredis',
      { cause },
    )
  }
}

const optionsOf = (location: RedisLocation, timeout: number): RedisOptions => {
  const { sentinels, username, password, tls } = location
  return {
    ...whereOf(location),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined
      ? {}
      : sentinels === undefined
        ? { tls }
        : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    lazyConnect: true,
    enableOfflineQueue: false,
    // A call that was under way when the connection broke fails; whoever made it makes it again.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeout,
    commandTimeout: timeout,
    retryStrategy: (attempt) => Math.min(LONGEST_PAUSE, 25 * 2 ** Math.min(attempt, 10)),
    // After a failover the old master refuses to write: look for the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY '),
  }
}

const whereOf = ({ url, sentinels }: RedisLocation): RedisOptions => {
  if (sentinels !== undefined) return { sentinels: [...sentinels.hosts], name: sentinels.name }
  const parsed = URL.canParse(url ?? '') ? new URL(url ?? '') : undefined
  if (parsed === undefined || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:')) {
    throw new DirectoryError(
      'DIRECTORY_FIELD',
      'url is redis://host:port or rediss://host:port, or give sentinels',
    )
  }
  const database = Number(parsed.pathname.slice(1) || 0)
  requireInteger(database, 0, 65_535, 'the database in url')
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 6379),
    db: database,
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  }
}
