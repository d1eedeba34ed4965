import type { Configuration } from '../../config/configuration.ts'
import { liveConfiguration } from '../live.ts'
import { Log } from '../log.ts'
import { memoryPart } from '../memory-allowed.ts'
import { serverOptionsOf } from '../server-options.ts'
import { canSharePorts } from '../open-port.ts'
import type { WorkerSeat } from '../worker-seat.ts'
import { listeningAt, startServer } from '../start.ts'
import { statusOf, textOf } from '../start-failure.ts'
import { CountsOfOthers } from './counts-of-others.ts'
import { PrimaryDirectory } from './primary-directory.ts'
import type { PrimaryMessage, WorkerMessage, WorkerSetup } from './worker-messages.ts'

const send = (message: WorkerMessage): void => {
  if (process.connected) process.send?.(message)
}

/** The share of one of several workers in what the configuration gives the whole server. */
const shareOf = (configuration: Configuration, workers: number): Configuration => ({
  ...configuration,
  limits: { ...configuration.limits, memoryBytes: memoryPart(configuration.limits.memoryBytes, workers) },
})

/** Runs this process as one of several workers: the primary says what it is to be. */
export const runWorker = async (): Promise<void> => {
  // They go to the whole group of processes; the primary says what is to be done about them.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => {})
  const setup = await new Promise<WorkerSetup>((resolve) => {
    process.once('message', (message: PrimaryMessage) => {
      if (message.kind === 'setup') resolve(message.setup)
    })
    send({ kind: 'hello' })
  })
  try {
    await serve(setup)
  } catch (error) {
    const { configuration } = setup
    const text = textOf(error, serverOptionsOf(configuration).rtmp)
    process.send?.({ kind: 'failed', text, status: statusOf(error) }, undefined, undefined, () =>
      process.exit(statusOf(error)),
    )
  }
}

const serve = async (setup: WorkerSetup): Promise<void> => {
  const { index, workers, folder, machine, lease, token, isHttpAsked, counts, sharing } = setup
  const partOf = (whole: Configuration): Configuration => shareOf(whole, workers)
  const configuration = partOf(setup.configuration)
  const directory = new PrimaryDirectory(lease, send)
  const others = new CountsOfOthers((changes) => send({ kind: 'counts', changes }), counts)
  let reload: (next: Configuration) => Promise<void> = async () => {}
  let drain = (_isReplaced: boolean): void => process.exit(0)
  process.on('message', (message: PrimaryMessage) => {
    switch (message.kind) {
      case 'reply':
        directory.replied(message.id, message.reply)
        break
      case 'change':
        directory.changed(message.change)
        break
      case 'counts':
        others.take(message.changes)
        break
      case 'reload':
        void reload(message.configuration)
        break
      case 'drain':
        drain(message.isReplaced)
        break
      case 'setup':
        break
    }
  })
  const log = new Log(configuration.log.level)
  await log.open(configuration.log.format, process.stdout)
  const seat: WorkerSeat = {
    place: { index, folder, machine, directory },
    counts: others,
    sharing: canSharePorts(process.versions.node, process.platform) ? sharing : undefined,
    isReplaced: false,
    closed: end,
  }
  const server = await startServer(configuration, { token, isHttpAsked, log, seat })
  // What is shown and changed is the whole, whichever worker is asked.
  const live = liveConfiguration(setup.configuration, server, log, {
    partOf,
    changed: (next) => send({ kind: 'configured', configuration: next }),
  })
  reload = async (next) => {
    await server.reloadCertificates()
    await live.adopt(next).catch((error: unknown) => log.write('error', String(error)))
  }
  drain = (isReplaced) => {
    seat.isReplaced = isReplaced
    void server.drain()
  }
  send({ kind: 'listening', where: listeningAt(server, configuration) })
}

/** The process ends because it was emptied: the primary is told, so that no other takes its place. */
const end = (): void => {
  const message: WorkerMessage = { kind: 'emptied' }
  if (process.connected) process.send?.(message, undefined, undefined, () => process.exit(0))
  else process.exit(0)
}
