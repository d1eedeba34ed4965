import type { LogEntry } from '../../core/log.ts'
import type { CommandIo } from './command-io.ts'
import type { Paint } from '../../command/paint.ts'
import { paintFor } from './paint-for.ts'
import { sentence } from '../../command/explain.ts'
import { safeText } from '../../command/safe-text.ts'
import { StatusLine } from './status-line.ts'

/** How much a command says on standard error. */
export type Verbosity = 'quiet' | 'normal' | 'verbose'

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const
const LOWEST: Readonly<Record<Verbosity, number>> = {
  verbose: RANK.debug,
  normal: RANK.info,
  quiet: RANK.error,
}

/** What a command tells people while it works, on standard error: log lines, and on a terminal where it stands. */
export class Reporter {
  readonly paint: Paint
  readonly #io: CommandIo
  readonly #lowest: number
  readonly #status: StatusLine | undefined

  constructor(io: CommandIo, verbosity: Verbosity) {
    this.#io = io
    this.paint = paintFor(io.stderr, io.env)
    this.#lowest = LOWEST[verbosity]
    const live = io.stderr.isTTY === true && verbosity !== 'quiet'
    this.#status = live ? new StatusLine(io.stderr) : undefined
  }

  /** A line of the log; `about` names the target where there are several. */
  log({ level, text }: Pick<LogEntry, 'level' | 'text'>, about?: string): void {
    if (RANK[level] < this.#lowest) return
    const line = safeText(`${about === undefined ? '' : `${about}: `}${sentence(text)}`)
    const paint = level === 'error' || level === 'warn' ? this.paint.bad : (same: string) => same
    this.#line(paint(line))
  }

  /** Where the work stands; shown on a terminal only. @param part - From 0 to 1, where the end is known. */
  progress(text: () => string, part?: number): void {
    this.#status?.show(text, part)
  }

  /** Takes the status line away. */
  stop(): void {
    this.#status?.clear()
  }

  #line(text: string): void {
    this.#status?.clear()
    this.#io.stderr.write(`${text}\n`)
  }
}
