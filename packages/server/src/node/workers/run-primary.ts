import type { Configuration } from '../../config/configuration.ts'
import type { Listening } from '../banner.ts'
import type { Log } from '../log.ts'
import { Primary } from './primary.ts'

/** How the command starts its workers. */
interface RunSetup {
  readonly token: string | undefined
  readonly isHttpAsked: boolean
  readonly log: Log
}

/** The exit status after a second signal: as shells say it of SIGINT. */
const INTERRUPTED = 130

/**
 * Runs this process as the primary of several workers, until they have ended.
 *
 * SIGINT and SIGTERM empty the workers, a second one ends them at once; SIGHUP lets them read certificates again and take the configuration
 * over; SIGUSR2 replaces them one after the other.
 */
export const runPrimary = async (
  configuration: Configuration,
  { token, isHttpAsked, log }: RunSetup,
  read: () => Promise<Configuration>,
): Promise<Listening> => {
  let isStopping = false
  const primary = new Primary({
    configuration,
    log,
    token,
    isHttpAsked,
    failed: (text, status) => {
      process.stderr.write(`${text}\n`)
      process.exit(status)
    },
    ended: () => {
      log.write('info', 'Stopped.', { event: 'stopped' })
      process.exit(0)
    },
  })
  const stop = (): void => {
    if (isStopping) process.exit(INTERRUPTED)
    isStopping = true
    const { size } = primary.workers
    const text = `Ending the streams of ${size} ${size === 1 ? 'worker' : 'workers'}; a second signal stops at once.`
    log.write('info', text, { event: 'stopping' })
    primary.stop()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const again = async (act: (next: Configuration) => void | Promise<void>, done: string): Promise<void> => {
    try {
      await act(await read())
      log.write('info', done, { event: 'configurationReread' })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.write('error', `The configuration cannot be used, and stays as it was: ${why}`, {
        event: 'configurationReread',
      })
    }
  }
  process.on('SIGHUP', () => void again((next) => primary.reload(next), 'The configuration was read again.'))
  let restarting: Promise<void> | undefined
  process.on('SIGUSR2', () => {
    restarting ??= again(
      async (next) => primary.restart(next),
      'All workers have been replaced by new ones.',
    ).finally(() => {
      restarting = undefined
    })
  })
  return primary.start()
}
