// Ingest with stream keys out of a database, and viewers who never see them.
//
// 1. A publisher comes as live/<key>. The key is looked up; who has none is refused, with a status that encoders show.
// 2. The stream goes on under its owner's name, so that the key is in no player's URL: live/anna.
// 3. A key that is revoked ends what it is publishing.
import { accept, createServer, reject, type ConnectionInfo, type RtmpServer } from '@rtmp/server'

/** For `SELECT owner FROM stream_keys WHERE key = $1 AND revoked_at IS NULL`, with whatever database there is. */
export interface KeyStore {
  ownerOf(key: string): Promise<string | undefined>
}

export interface Ingest {
  readonly server: RtmpServer
  /** Ends what somebody publishes. */
  readonly revoke: (owner: string) => void
}

export const ingest = (keys: KeyStore, port = 1935): Ingest => {
  const live = new Map<string, ConnectionInfo>()
  const server = createServer({
    rtmp: { port, host: '127.0.0.1' },
    handler: {
      publish: async ({ app, streamName: key, connection }) => {
        const owner = app === 'live' ? await keys.ownerOf(key) : undefined
        if (owner === undefined) return reject('this stream key is not known')
        live.set(owner, connection)
        return accept({ streamName: owner })
      },
      unpublish: ({ streamName: owner, connection }) => {
        if (live.get(owner) === connection) live.delete(owner)
      },
    },
  })
  return { server, revoke: (owner) => live.get(owner)?.client.kick('the stream key was revoked') }
}
