import {
  type Availability,
  lackingCommand,
  probeOnce,
  printedVersion,
  type RealClient,
} from '../availability.ts'
import { RunningProgram } from '../running-program.ts'

/** What rtmpdump records. */
interface RtmpdumpRecord {
  readonly url: string
  readonly output: string
  /** False asks for it as for a recording: only then does librtmp pause and go on when told that its buffer is empty. */
  readonly live?: boolean
  readonly limitMs?: number
}

/** rtmpdump: a player made with librtmp, which asks with FCSubscribe. */
class Rtmpdump implements RealClient {
  readonly name = 'rtmpdump'
  readonly availability: () => Availability = probeOnce(
    () => lackingCommand(['rtmpdump']),
    () => printedVersion('rtmpdump', ['--help']),
  )

  /** Records a live stream into an FLV file; a live stream ends only by `limitMs` or by {@link RunningProgram.stop}. */
  record(what: RtmpdumpRecord): RunningProgram {
    const args = ['-r', what.url, ...(what.live === false ? [] : ['--live']), '-o', what.output]
    return new RunningProgram(this.name, 'rtmpdump', args, { limitMs: what.limitMs ?? 20_000 })
  }
}

export const rtmpdump: Rtmpdump = new Rtmpdump()
