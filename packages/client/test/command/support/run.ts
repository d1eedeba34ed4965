import { fileURLToPath } from 'node:url'
import { PassThrough, Readable } from 'node:stream'
import { runCommand } from '../../../src/node/command/program.ts'
import { Interruption } from '../../../src/command/interruption.ts'

/** The root of the repository. */
export const root: string = fileURLToPath(new URL('../../../../../', import.meta.url))

/** A sample file of the repository. */
export const sample = (name: string): string => `${root}media/${name}`

/** A recorded connection of the repository. */
export const capture = (name: string): string => `${root}vectors/streams/${name}`

/** What a run of the command gave. */
export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as bytes. */
  readonly bytes: Uint8Array
  /** The lines of standard output, each read as JSON. */
  json(): Record<string, unknown>[]
}

/** The world of a run. */
export interface RunOptions {
  readonly terminal?: boolean
  readonly stdin?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  readonly env?: Readonly<Record<string, string>>
}

class Collector extends PassThrough {
  readonly isTTY: boolean
  readonly columns = 100
  readonly chunks: Buffer[] = []
  seen = ''
  #watchers: (() => void)[] = []

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
    this.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.seen += chunk.toString()
      for (const watch of this.#watchers) watch()
    })
  }

  /** Resolves when the text has come. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.seen)
      if (found !== null) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }
}

/** A run of the command that goes on. */
export interface Running {
  readonly stdout: { readonly seen: string; until(pattern: RegExp): Promise<RegExpExecArray> }
  readonly stderr: { readonly seen: string; until(pattern: RegExp): Promise<RegExpExecArray> }
  readonly ended: Promise<RunResult>
  /** As Ctrl-C. */
  interrupt(): void
}

/** Starts the command in this process. */
export const start = (args: readonly string[], options: RunOptions = {}): Running => {
  const stdout = new Collector(options.terminal === true)
  const stderr = new Collector(false)
  const control = new AbortController()
  const io = {
    stdin: Readable.from(options.stdin ?? []),
    stdout,
    stderr,
    env: { NO_COLOR: '1', ...options.env },
    signal: control.signal,
  }
  const ended = runCommand(args, io, '1.2.3').then((code): RunResult => {
    const bytes = Buffer.concat(stdout.chunks)
    return {
      code,
      stdout: stdout.seen,
      stderr: stderr.seen,
      bytes,
      json: () =>
        stdout.seen
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
    }
  })
  return { stdout, stderr, ended, interrupt: () => control.abort(new Interruption(130)) }
}

/** Runs the command in this process to its end. */
export const run = (args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  start(args, options).ended
