import { spawnSync } from 'node:child_process'

import {
  type Availability,
  lackingCommand,
  printedVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { RunningProgram } from '../running-program.ts'

function absence(): string | undefined {
  const lacking = lackingCommand(['curl'])
  if (lacking !== undefined) return lacking
  const { stdout } = spawnSync('curl', ['--version'], { encoding: 'utf8', timeout: 10_000 })
  return /\brtmp\b/.test(stdout) ? undefined : 'this curl is built without RTMP'
}

/** curl with librtmp: the plainest of players. */
class Curl implements RealClient {
  readonly name = 'curl'
  readonly availability: () => Availability = probeOnce(absence, () => printedVersion('curl', ['--version']))

  /** Records a stream into an FLV file until it ends. */
  record(what: { readonly url: string; readonly output: string; readonly limitMs?: number }): RunningProgram {
    const args = ['-s', '-S', '--no-buffer', '-o', what.output, what.url]
    return new RunningProgram(this.name, 'curl', args, { limitMs: what.limitMs ?? 20_000 })
  }
}

export const curl: Curl = new Curl()
