import type { Logger } from 'pino'
import type { LogFormat, LogLevel } from '../config/log-options.ts'

/** The levels this server logs at. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Facts beside a log line's text, for programs. */
export type Facts = Readonly<Record<string, unknown>>

const ORDER: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

/**
 * The log. Its library is loaded when the server listens already, since it takes longer than everything else; what is
 * logged until then is kept.
 */
export class Log {
  #level: LogLevel
  #logger: Logger | undefined
  #early: (readonly [Level, string, Facts])[] = []

  constructor(level: LogLevel) {
    this.#level = level
  }

  /** What is written from now on. */
  setLevel(level: LogLevel): void {
    this.#level = level
    if (this.#logger !== undefined) this.#logger.level = level
  }

  /** Whether lines of that level are written. */
  writes(level: Level): boolean {
    return ORDER.indexOf(level) >= ORDER.indexOf(this.#level)
  }

  write(level: Level, text: string, facts: Facts = {}): void {
    if (!this.writes(level)) return
    if (this.#logger === undefined) this.#early.push([level, text, facts])
    else this.#logger[level](facts, text)
  }

  /** Loads the library and writes what was kept. Returns whether the log is for people. */
  async open(format: LogFormat, stream: NodeJS.WriteStream): Promise<boolean> {
    const pretty = format === 'pretty' || (format === 'auto' && stream.isTTY)
    const { pino } = await import('pino')
    if (pretty) {
      const { default: pinoPretty } = await import('pino-pretty')
      const target = pinoPretty({
        colorize: stream.isTTY,
        destination: stream,
        hideObject: true,
        ignore: 'pid,hostname',
        sync: true,
        translateTime: 'SYS:HH:MM:ss',
      })
      this.#logger = pino({ level: this.#level }, target)
    } else this.#logger = pino({ level: this.#level }, pino.destination({ fd: 1, sync: true }))
    for (const line of this.#early) this.write(...line)
    this.#early = []
    return pretty
  }
}
