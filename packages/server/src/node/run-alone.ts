import type { Configuration } from '../config/configuration.ts'
import type { Listening } from './banner.ts'
import { liveConfiguration } from './live.ts'
import { handleSignals } from './signals.ts'
import { listeningAt, startServer, type StartSetup } from './start.ts'

/** Runs this process as the server, without workers. Resolves when it listens, with where. @throws as `RtmpServer.listen` */
export const runAlone = async (
  configuration: Configuration,
  setup: StartSetup,
  read: () => Promise<Configuration>,
): Promise<Listening> => {
  const server = await startServer(configuration, setup)
  const live = liveConfiguration(configuration, server, setup.log)
  handleSignals(server, setup.log, async () => live.adopt(await read()))
  return listeningAt(server, configuration)
}
