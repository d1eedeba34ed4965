import type { ServerOptions } from './options.ts'
import { RtmpServer } from './server.ts'

/**
 * An RTMP server: any number of publishers and players, any app and name unless a handler says otherwise.
 *
 * @example
 * ```ts
 * const server = createServer({ rtmp: { port: 1935 } })
 * server.on('publishStarted', ({ path }) => console.log(`${path} is live`))
 * await server.listen()
 * ```
 *
 * @throws UsageError for options out of range
 */
export const createServer = (options?: ServerOptions): RtmpServer => new RtmpServer(options)
