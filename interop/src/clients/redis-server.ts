import {
  type Availability,
  isExecutable,
  printedVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { freePort, LOOPBACK, untilListening } from '../loopback.ts'
import { RunningProgram } from '../running-program.ts'

/** A Redis of its own, on the loopback, which keeps nothing. */
export interface RunningRedis {
  readonly url: string
  readonly program: RunningProgram
}

/** Debian's redis-server. */
class RedisServer implements RealClient {
  readonly name = 'redis-server'
  readonly availability: () => Availability = probeOnce(
    () =>
      isExecutable('redis-server') ? undefined : 'redis-server not found (scripts/install-real-clients.sh)',
    () => printedVersion('redis-server', ['--version']),
  )

  /** Starts one. */
  async serve(limitMs = 120_000): Promise<RunningRedis> {
    const port = await freePort()
    const args = ['--port', String(port), '--bind', LOOPBACK, '--save', '', '--appendonly', 'no']
    const program = new RunningProgram(this.name, 'redis-server', args, { limitMs })
    await untilListening(port, 10_000)
    return { url: `redis://${LOOPBACK}:${port}`, program }
  }
}

export const redisServer: RedisServer = new RedisServer()
