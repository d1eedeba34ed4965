import { type ChildProcess, spawn } from 'node:child_process'

/** How to start one program. */
export interface ProgramOptions {
  /** Time after which the program is ended by SIGTERM, then SIGKILL, in milliseconds. */
  readonly limitMs: number
  /** Variables to add to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** How a program ended and what it printed. */
export interface ProgramEnd {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** True when the time limit ended it. */
  readonly timedOut: boolean
  /** From start to end, in milliseconds. */
  readonly ms: number
}

const OUTPUT_LIMIT = 8 * 1024 * 1024
const KILL_AFTER_MS = 5000

/** What must be ended when this process exits. */
const atExit = new Set<() => void>()
process.once('exit', () => {
  for (const end of atExit) end()
})

/**
 * A program started by us, in a process group of its own. It is always ended by its own process id: by {@link stop},
 * by {@link kill}, by its time limit, or when this process exits.
 */
export class RunningProgram {
  readonly name: string
  /** Settles when the program has ended; never rejects. */
  readonly ended: Promise<ProgramEnd>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #timedOut = false
  #over = false

  constructor(name: string, command: string, args: readonly string[], options: ProgramOptions) {
    this.name = name
    const started = performance.now()
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stdout.length < OUTPUT_LIMIT) this.#stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stderr.length < OUTPUT_LIMIT) this.#stderr += text
    })
    const killNow = (): void => this.#signal('SIGKILL')
    atExit.add(killNow)
    let killTimer: NodeJS.Timeout | undefined
    const limitTimer = setTimeout(() => {
      this.#timedOut = true
      this.#signal('SIGTERM')
      killTimer = setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER_MS)
    }, options.limitMs)
    this.ended = new Promise((resolve) => {
      const settle = (status: number | null, signal: NodeJS.Signals | null): void => {
        if (this.#over) return
        this.#over = true
        clearTimeout(limitTimer)
        clearTimeout(killTimer)
        atExit.delete(killNow)
        resolve({
          status,
          signal,
          stdout: this.#stdout,
          stderr: this.#stderr,
          timedOut: this.#timedOut,
          ms: performance.now() - started,
        })
      }
      child.once('error', (error) => {
        this.#stderr += String(error)
        settle(null, null)
      })
      child.once('close', settle)
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get running(): boolean {
    return !this.#over
  }

  /** What the program has printed on its standard error so far. */
  get stderr(): string {
    return this.#stderr
  }

  /** Resolves when what the program has printed on its standard output is enough, or when it has ended. */
  async printed(isEnough: (stdout: string) => boolean): Promise<void> {
    const { stdout } = this.#child
    const enough = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!isEnough(this.#stdout)) return
        stdout?.off('data', look)
        resolve()
      }
      stdout?.on('data', look)
      look()
    })
    await Promise.race([enough, this.ended])
  }

  /** Asks the program to end and waits for it; after 5 s it is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    this.#signal(signal)
    const timer = setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER_MS)
    const end = await this.ended
    clearTimeout(timer)
    return end
  }

  /** Ends the program at once (SIGKILL: it cannot say good-bye to its peer) and waits for it. */
  async kill(): Promise<ProgramEnd> {
    this.#signal('SIGKILL')
    return this.ended
  }

  /** Stops every process of the program without ending it (SIGSTOP), as a machine that hangs would. */
  freeze(): void {
    this.#signal('SIGSTOP')
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child.pid
    if (this.#over || pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // The group has already gone.
    }
  }
}

/** Starts a program, waits for its end, and gives how it ended. */
export async function runToEnd(
  name: string,
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  return new RunningProgram(name, command, args, options).ended
}
