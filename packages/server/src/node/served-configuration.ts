import type { ServedConfiguration } from '../config/live-configuration.ts'

/** By server: only the command lets its configuration be seen and changed. */
const served = new WeakMap<object, ServedConfiguration>()

/** What `/_/api/config` of a server shows and changes from now on. */
export const serveConfiguration = (server: object, configuration: ServedConfiguration): void => {
  served.set(server, configuration)
}

/** What `/_/api/config` of a server shows, if it was given anything. */
export const servedConfigurationOf = (server: object): ServedConfiguration | undefined => served.get(server)
