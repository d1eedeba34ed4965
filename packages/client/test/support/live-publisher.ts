import { type LogEntry, RtmpPublisher, type RtmpPublisherOptions } from '../../src/index.ts'
import { MemoryNetwork } from './memory-network.ts'
import { TestServer } from './test-server.ts'

export const PUBLISH_URL = 'rtmp://server/live/key'

/** A publisher that has begun, on a network in memory. */
export interface LivePublisher {
  readonly network: MemoryNetwork
  readonly server: TestServer
  readonly publisher: RtmpPublisher
  readonly log: LogEntry[]
}

export const livePublisher = async (
  options: RtmpPublisherOptions = {},
  server = new TestServer(),
): Promise<LivePublisher> => {
  const network = new MemoryNetwork()
  network.serve('server:1935', server)
  const log: LogEntry[] = []
  const publisher = new RtmpPublisher(network, PUBLISH_URL, {
    ...options,
    onLog: (entry) => log.push(entry),
  })
  await network.until(publisher.started)
  return { network, server, publisher, log }
}
