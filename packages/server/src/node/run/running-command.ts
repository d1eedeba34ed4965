import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How long a command that was asked to end has, in milliseconds. */
const GRACE_MS = 5000

/** How many lines of a command are told; the rest is read and dropped. */
const MOST_LINES = 1000

/** What of the server's own environment a command is given: none of its secrets. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const

/** Who hears of a command. */
export interface CommandWatch {
  line(text: string, from: 'stdout' | 'stderr'): void
  /** It has ended, or could not be started; called once. */
  gone(code: number | undefined, signal: string | undefined, error: Error | undefined): void
}

/** A command that runs, with all the processes that it starts. */
export class RunningCommand {
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  #isGone = false
  #kill: NodeJS.Timeout | undefined

  constructor(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    watch: CommandWatch,
  ) {
    const own = Object.fromEntries(
      PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    )
    const given = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, withoutNul(value)]),
    )
    this.#child = spawn(program, args.map(withoutNul), {
      env: { ...own, ...given },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
      // A group of its own, so that what it has started ends with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    const { stdout, stderr } = this.#child
    if (stdout !== null) tellLines(stdout, (text) => watch.line(text, 'stdout'))
    if (stderr !== null) tellLines(stderr, (text) => watch.line(text, 'stderr'))
    this.#gone = new Promise((resolve) => {
      const gone = (code: number | null, signal: string | null, error?: Error): void => {
        if (this.#isGone) return
        this.#isGone = true
        clearTimeout(this.#kill)
        watch.gone(code ?? undefined, signal ?? undefined, error)
        resolve()
      }
      this.#child.once('error', (error) => gone(null, null, error))
      this.#child.once('close', gone)
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Asks it to end, and ends it when it does not. Resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#isGone) return
    this.#signal('SIGTERM')
    this.#kill ??= setTimeout(() => this.#signal('SIGKILL'), GRACE_MS)
    await this.#gone
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      if (process.platform === 'win32') this.#child.kill(signal)
      else process.kill(-pid, signal)
    } catch {
      // It is gone already.
    }
  }
}

const withoutNul = (text: string): string => text.replaceAll('\0', '')

const tellLines = (from: Readable, tell: (text: string) => void): void => {
  let lines = 0
  createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) => {
    lines += 1
    if (lines <= MOST_LINES) tell(text.slice(0, 1000))
    else if (lines === MOST_LINES + 1) tell(`(what follows these ${MOST_LINES} lines is not told)`)
  })
}
