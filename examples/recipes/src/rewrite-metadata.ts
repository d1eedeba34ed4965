// A proxy that passes a stream on and rewrites its metadata: here, names whoever sends it.
//
// 1. Play the source, and begin to publish to the target.
// 2. Pass on what comes, byte for byte; only onMetaData is read, changed and written anew.
// 3. When the source ends, end the target in order.
import { play, publish } from '@rtmp/client'

export const proxy = async (source: string, target: string, sender: string): Promise<void> => {
  const publisher = await publish(target, { reconnect: true })
  try {
    for await (const packet of play(source)) {
      if (packet.kind === 'data' && packet.name === 'onMetaData') {
        const [metadata = {}] = packet.values as readonly Record<string, unknown>[]
        await publisher.writeMetadata({ ...metadata, encoder: sender })
      } else await publisher.write(packet)
    }
  } finally {
    await publisher.end()
  }
}
