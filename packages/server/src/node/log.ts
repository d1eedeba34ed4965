import { shownText } from '@rtmp/bytes/text'
import type { Logger } from 'pino'
import type { LogFormat, LogLevel } from '../config/log-options.ts'

/** The levels this server logs at. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Facts beside a log line's text, for programs. */
export type Facts = Readonly<Record<string, unknown>>

const ORDER: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

/** Longest text of a line, and of a fact beside it, in characters. */
const MOST_LINE = 1000
const MOST_FACT = 300

/** The log of the command, and the one door for what strangers have sent on its way there: nothing harmful, nothing endless. */
export class Log {
  #level: LogLevel
  #logger: Logger | undefined

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
    if (this.writes(level)) this.#logger?.[level](shownFacts(facts), shownText(text, MOST_LINE))
  }

  /** Loads the library, before anybody can come. Nothing is written until then. Returns whether the log is for people. */
  async open(format: LogFormat, stream: NodeJS.WriteStream): Promise<boolean> {
    const pretty = format === 'pretty' || (format === 'auto' && stream.isTTY)
    // As a part of the module: by its own name it is not found in a bundle.
    const { pino } = (await import('pino')).default
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
    return pretty
  }
}

const shownFacts = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, shownFact(fact)]))

const shownFact = (fact: unknown): unknown => {
  if (typeof fact === 'string') return shownText(fact, MOST_FACT)
  if (Array.isArray(fact)) return fact.map(shownFact)
  if (!(fact instanceof Error)) return fact
  const stack = (fact.stack ?? '').split('\n').slice(0, MOST_FRAMES)
  return {
    type: fact.name,
    message: shownText(fact.message, MOST_LINE),
    stack: stack.map((line) => shownText(line, MOST_FACT)).join('\n'),
  }
}

const MOST_FRAMES = 30
