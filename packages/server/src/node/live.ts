import type { Configuration } from '../config/configuration.ts'
import { LiveConfiguration } from '../config/live-configuration.ts'
import { accessOptionsOf } from './server-options.ts'
import type { Log } from './log.ts'
import { logEvents } from './log-events.ts'
import { serveConfiguration } from './served-configuration.ts'
import type { RtmpServer } from './server.ts'
import { limitsOf } from './memory-allowed.ts'

/** What one of several workers makes of the configuration of all. */
export interface WorkerConfiguration {
  /** Its part of it. */
  readonly partOf: (configuration: Configuration) => Configuration
  /** Options have changed. */
  readonly changed: (next: Configuration) => void
}

/** Logs what happens, and lets the configuration be looked at and changed over HTTP. @param worker - For one of several workers. */
export const liveConfiguration = (
  configuration: Configuration,
  server: RtmpServer,
  log: Log,
  worker?: WorkerConfiguration,
): LiveConfiguration => {
  let stopLogging = logEvents(server, log)
  const live = new LiveConfiguration(configuration, async (next, changed) => {
    // What can be refused goes first.
    if (changed.some((path) => path.startsWith('access.'))) await server.setAccess(accessOptionsOf(next))
    server.setLimits(limitsOf(worker?.partOf(next) ?? next))
    worker?.changed(next)
    stopLogging()
    log.setLevel(next.log.level)
    stopLogging = logEvents(server, log)
  })
  serveConfiguration(server, live)
  return live
}
