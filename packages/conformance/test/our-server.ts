import { createServer, type RtmpServer } from '@rtmp/server'
import {
  type ConformanceCase,
  type Patience,
  type ServerProfile,
  serverTarget,
  type ServerTest,
} from '../src/index.ts'

/** What our servers give a handshake and a connect here, in milliseconds: enough for a busy machine. */
export const LIMIT_MS = 6000

const USER = { name: 'conformance', password: 'secret' }

/** Our own server, started anew where a case needs it so. */
export class OurServers {
  readonly #servers: RtmpServer[] = []

  async #start(access: object, session: object = {}): Promise<RtmpServer> {
    const server = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      session: { deadlines: { handshake: LIMIT_MS, connect: LIMIT_MS }, ...session },
      ...access,
    })
    this.#servers.push(server)
    await server.listen()
    return server
  }

  /** A server that lets everybody in, one that asks for a user, or one that can be drained. */
  async profile(
    kind: 'open' | 'closed' | 'draining',
    patience: Partial<Patience>,
    session: object = {},
  ): Promise<ServerProfile> {
    const server = await this.#start(
      kind === 'closed' ? { access: { challenge: { users: { [USER.name]: USER.password } } } } : {},
      session,
    )
    return serverTarget(`rtmp://127.0.0.1:${server.address()?.port}/live`, {
      claimed: { handshakeMs: LIMIT_MS, connectMs: LIMIT_MS, idleMs: 12_000 },
      patience,
      pid: process.pid,
      user: kind === 'closed' ? USER : undefined,
      drain:
        kind === 'draining'
          ? async () => {
              void server.drain({ deadlineMs: 5000 })
            }
          : undefined,
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close({ drainMs: 0 })))
  }
}

/** Which server a case needs. */
export const kindFor = ({ id }: Pick<ConformanceCase<ServerTest>, 'id'>): 'open' | 'closed' | 'draining' =>
  id.startsWith('RTMP-AUTH') ? 'closed' : id.startsWith('ERTMP-RR') ? 'draining' : 'open'
