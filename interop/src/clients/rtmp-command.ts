import type { Availability, RealClient } from '../availability.ts'
import { repositoryFile } from '../media.ts'
import { RunningProgram } from '../running-program.ts'

const BIN = repositoryFile('packages/client/src/node/bin.ts')
const TSX = import.meta.resolve('tsx')

const ASK_AGAIN_MS = 20

/** Our own `rtmp` command, run from its source in a process of its own. */
class RtmpCommand implements RealClient {
  readonly name = 'rtmp'

  availability(): Availability {
    return { available: true, version: 'this repository' }
  }

  /** Runs a subcommand with its arguments. */
  run(words: readonly string[], limitMs = 25_000): RunningProgram {
    const [command, ...args] = this.commandLine(words)
    return new RunningProgram(this.name, command, args, { limitMs })
  }

  /** The same as a command line, for a pipe. */
  commandLine(words: readonly string[]): readonly [string, ...string[]] {
    return [process.execPath, '--conditions=@rtmp/source', '--import', TSX, BIN, ...words]
  }

  /** Resolves when the program has printed this on its standard error. */
  async printed(program: RunningProgram, pattern: RegExp, limitMs = 15_000): Promise<RegExpExecArray> {
    const end = performance.now() + limitMs
    for (;;) {
      const found = pattern.exec(program.stderr)
      if (found !== null) return found
      if (!program.running || performance.now() > end) {
        throw new Error(`rtmp has not printed ${String(pattern)}, but: ${program.stderr}`)
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
    }
  }
}

export const rtmpCommand: RtmpCommand = new RtmpCommand()
