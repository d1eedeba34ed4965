import type { ListenOptions } from '../contract/listen-options.ts'
import type { ServerOptions } from './options.ts'
import { resolvedRules } from './relay/resolved-rules.ts'
import { createServer } from './create-server.ts'

/** A free port that nobody else can reach, in the place of the one that is wanted. */
const elsewhere = <Options extends Partial<ListenOptions>>(options: Options): Options & ListenOptions => ({
  ...options,
  port: 0,
  host: '127.0.0.1',
})

/**
 * Starts a server that nobody can reach, and ends it: everything is read and checked but whether the ports are free, no other
 * server is asked for anything, nothing is recorded and no command is run.
 *
 * @throws what a start would throw
 */
export const dryStart = async (options: ServerOptions): Promise<void> => {
  const {
    relays = [],
    recordings: _recordings,
    run: _run,
    cluster: _cluster,
    rtmp,
    listeners = [],
    http,
    https,
    ...rest
  } = options
  createServer(options)
  resolvedRules(relays)
  const server = createServer({
    ...rest,
    rtmp: rtmp === false ? false : elsewhere(rtmp ?? {}),
    listeners: listeners.map(elsewhere),
    http:
      http === undefined || http === false
        ? false
        : { ...http, port: http.port === false ? false : 0, host: '127.0.0.1' },
    ...(https === undefined || https === false ? {} : { https: { ...https, port: 0, host: '127.0.0.1' } }),
  })
  try {
    await server.listen()
  } finally {
    await server.destroy()
  }
}
