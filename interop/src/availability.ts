import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a program can be driven on this machine. */
export type Availability =
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string }

/** A program that the tests drive. */
export interface RealClient {
  /** Readable name, as printed in skip reasons and recorded in vectors. */
  readonly name: string
  /** Looks for the program once; later calls give the same answer. */
  availability(): Availability
}

/** True when a file of that name on PATH, or at that path, can be executed. */
export function isExecutable(command: string): boolean {
  const candidates = command.includes('/')
    ? [command]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command))
  return candidates.some((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** A probe that runs once: `absent` gives a reason when something lacks, else `version` is asked. */
export function probeOnce(absent: () => string | undefined, version: () => string): () => Availability {
  let answer: Availability | undefined
  return () => {
    if (answer === undefined) {
      const reason = absent()
      answer = reason === undefined ? { available: true, version: version() } : { available: false, reason }
    }
    return answer
  }
}

/** The first thing that looks like a version number in what a command prints. */
export function printedVersion(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
  return /(?<![\w.-])v?(\d+\.\d+[\w.+~-]*)/.exec(`${stdout ?? ''}\n${stderr ?? ''}`)?.[1] ?? 'unknown'
}

/** Version of an installed Debian package without its epoch; `unknown` where there is no dpkg. */
export function debianVersion(packageName: string): string {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', packageName], { encoding: 'utf8' })
  return stdout ? stdout.replace(/^\d+:/, '') : 'unknown'
}

/** Reason when one of the commands cannot be executed here; undefined when all can. */
export function lackingCommand(commands: readonly string[]): string | undefined {
  const lacking = commands.filter((command) => !isExecutable(command))
  return lacking.length === 0
    ? undefined
    : `${lacking.join(', ')} not found (scripts/install-real-clients.sh)`
}
