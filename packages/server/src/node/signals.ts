import type { Log } from './log.ts'
import type { RtmpServer } from './server.ts'

/** The exit status after a second signal: as shells say it of SIGINT. */
const INTERRUPTED = 130

/**
 * SIGINT and SIGTERM empty the server and end the process, a second one ends it at once; SIGHUP reads certificates
 * again.
 */
export const handleSignals = (server: RtmpServer, log: Log): void => {
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
  process.on('SIGHUP', () => void server.reloadCertificates())
}
