import { chmod } from 'node:fs/promises'

import { args } from '../args.ts'
import {
  type Availability,
  lackingCommand,
  debianVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { RunningProgram } from '../running-program.ts'

const COMMANDS = ['cvlc', 'runuser']

function absence(): string | undefined {
  return process.getuid?.() === 0 ? lackingCommand(COMMANDS) : lackingCommand(['cvlc'])
}

/** VLC without a window. It refuses to run as root, so it runs as nobody then; `home` must be a folder of its own. */
class Vlc implements RealClient {
  readonly name = 'VLC'
  readonly availability: () => Availability = probeOnce(absence, () => debianVersion('vlc-bin'))

  /** Plays `seconds` of a stream and writes what came, undecoded, into an FLV file in `home`. */
  async play(what: {
    readonly url: string
    readonly home: string
    readonly output: string
    readonly seconds: number
    readonly limitMs?: number
  }): Promise<RunningProgram> {
    return this.#run(
      what.home,
      args`--run-time=${what.seconds} --play-and-exit ${what.url}
        --sout #std{access=file,mux=ffmpeg{mux=flv},dst=${what.output}} vlc://quit`,
      what.limitMs ?? 20_000,
    )
  }

  /** Publishes a file that everybody may read. */
  async publish(what: {
    readonly input: string
    readonly url: string
    readonly home: string
    readonly limitMs?: number
  }): Promise<RunningProgram> {
    return this.#run(
      what.home,
      args`--play-and-exit ${what.input} --sout #std{access=rtmp,mux=ffmpeg{mux=flv},dst=${what.url}} vlc://quit`,
      what.limitMs ?? 20_000,
    )
  }

  async #run(home: string, words: readonly string[], limitMs: number): Promise<RunningProgram> {
    await chmod(home, 0o777)
    const vlc = [
      'env',
      `HOME=${home}`,
      `PULSE_RUNTIME_PATH=${home}/pulse`,
      `TMPDIR=${home}`,
      'cvlc',
      '-q',
      '-I',
      'dummy',
      ...words,
    ]
    const command = process.getuid?.() === 0 ? ['runuser', '-u', 'nobody', '--', ...vlc] : vlc
    return new RunningProgram(this.name, command[0] ?? 'env', command.slice(1), { limitMs, cwd: home })
  }
}

export const vlc: Vlc = new Vlc()
