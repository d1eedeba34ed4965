import { args } from '../args.ts'
import {
  type Availability,
  lackingCommand,
  printedVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { RunningProgram } from '../running-program.ts'

/** mpv, without picture and sound. */
class Mpv implements RealClient {
  readonly name = 'mpv'
  readonly availability: () => Availability = probeOnce(
    () => lackingCommand(['mpv']),
    () => printedVersion('mpv', ['--version']),
  )

  /** Decodes `seconds` of a stream; its standard output says "Exiting... (End of file)" when all went well. */
  play(what: { readonly url: string; readonly seconds: number; readonly limitMs?: number }): RunningProgram {
    const words = args`--no-config --quiet --vo=null --ao=null --length=${what.seconds} ${what.url}`
    return new RunningProgram(this.name, 'mpv', words, { limitMs: what.limitMs ?? 20_000 })
  }
}

export const mpv: Mpv = new Mpv()
