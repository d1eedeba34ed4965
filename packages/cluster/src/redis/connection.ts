import type { Redis } from 'ioredis'
import { DirectoryError } from '../errors.ts'

/** First words of error replies (Redis's own codes) that mean "not now": a replica, a restart, a failover. */
const AWAY = new Set([
  'READONLY',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MISCONF',
  'NOREPLICAS',
  'BUSY',
  'UNBLOCKED',
])
/** … and that mean "not you". */
const DENIED = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED'])

/** What went wrong with a command, in this package's words. */
export const directoryErrorOf = (error: unknown): DirectoryError => {
  if (error instanceof DirectoryError) return error
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
  const options = { cause: error }
  if (name !== 'ReplyError')
    return new DirectoryError('DIRECTORY_AWAY', `Redis cannot be reached: ${message}`, options)
  const code = message.split(' ', 1)[0] ?? ''
  if (AWAY.has(code))
    return new DirectoryError('DIRECTORY_AWAY', `Redis cannot write now: ${message}`, options)
  if (DENIED.has(code) || message.startsWith('ERR AUTH') || message.startsWith('ERR Client sent AUTH')) {
    return new DirectoryError('DIRECTORY_DENIED', `Redis refuses: ${message}`, options)
  }
  return new DirectoryError('DIRECTORY_REPLY', `Redis cannot do this: ${message}`, options)
}

/** Runs scripts on a connection: by their digest, whole where Redis does not know them. */
export class ScriptRunner {
  readonly #redis: Redis
  readonly #keys: readonly string[]
  readonly #first: readonly (string | number)[]
  readonly #digests = new Map<string, string>()

  /**
   * @param keys - Of every script.
   * @param first - The arguments that every script has.
   */
  constructor(redis: Redis, keys: readonly string[], first: readonly (string | number)[]) {
    this.#redis = redis
    this.#keys = keys
    this.#first = first
  }

  /** @throws DirectoryError */
  async run(script: string, ...rest: readonly (string | number)[]): Promise<unknown> {
    const words = [...this.#keys, ...this.#first, ...rest]
    try {
      let digest = this.#digests.get(script)
      if (digest === undefined) {
        digest = String(await this.#redis.script('LOAD', script))
        this.#digests.set(script, digest)
      }
      return await this.#redis.evalsha(digest, this.#keys.length, ...words)
    } catch (error) {
      // A Redis that was started anew has forgotten its scripts.
      if (error instanceof Error && error.message.startsWith('NOSCRIPT ')) {
        this.#digests.delete(script)
        return this.#runWhole(script, words)
      }
      throw directoryErrorOf(error)
    }
  }

  async #runWhole(script: string, words: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.eval(script, this.#keys.length, ...words)
    } catch (error) {
      throw directoryErrorOf(error)
    }
  }
}
