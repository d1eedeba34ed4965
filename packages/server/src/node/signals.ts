import type { Log } from './log.ts'
import type { RtmpServer } from './server.ts'

/** What has changed in a configuration that was read again, and what needs a restart. */
export interface Reread {
  readonly changed: readonly string[]
  readonly restart: readonly string[]
}

/** The exit status after a second signal: as shells say it of SIGINT. */
const INTERRUPTED = 130

/**
 * SIGINT and SIGTERM empty the server and end the process, a second one ends it at once; SIGHUP reads certificates and
 * the configuration again.
 *
 * @param reread - Takes over what has changed in the configuration, as far as that is possible now.
 */
export const handleSignals = (server: RtmpServer, log: Log, reread: () => Promise<Reread>): void => {
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(INTERRUPTED)
    stopping = true
    const streams = server.streams.length
    const text = `Ending ${streams} ${streams === 1 ? 'stream' : 'streams'}; a second signal stops at once.`
    log.write('info', text, { event: 'stopping' })
    void server.drain().then(() => {
      log.write('info', 'Stopped.', { event: 'stopped' })
      process.exit(0)
    })
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const reload = async (): Promise<void> => {
    await server.reloadCertificates()
    try {
      const { changed, restart } = await reread()
      if (changed.length > 0) {
        const text = `The configuration was read again; changed: ${changed.join(', ')}`
        log.write('info', text, { event: 'configurationReread', changed })
      }
      if (restart.length > 0) {
        const text = `The configuration was read again; these need a restart: ${restart.join(', ')}`
        log.write('warn', text, { event: 'configurationReread', restart })
      }
    } catch (error) {
      const text = `The configuration cannot be used, and stays as it was: ${error instanceof Error ? error.message : String(error)}`
      log.write('error', text, { event: 'configurationReread' })
    }
  }
  process.on('SIGHUP', () => void reload())
}
