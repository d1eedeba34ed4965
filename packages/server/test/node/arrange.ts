import { onTestFinished } from 'vitest'
import type { ServerEvents } from '../../src/contract/events.ts'
import { createServer, type RtmpServer, type ServerOptions } from '../../src/index.ts'
import { LightClient } from './light-client.ts'

/** A server on a free port that ends with the test, which fails if `errors` holds any then. */
export const startServer = async (
  options: ServerOptions = {},
): Promise<{ server: RtmpServer; port: number; client: () => LightClient; errors: unknown[] }> => {
  const server = createServer({
    ...options,
    rtmp: options.rtmp === false ? false : { port: 0, host: '127.0.0.1', ...options.rtmp },
    closing: { flushMs: 1000, lingerMs: 200, ...options.closing },
  })
  const errors: unknown[] = []
  server.on('error', (event) => errors.push(event))
  await server.listen()
  const clients: LightClient[] = []
  onTestFinished(async () => {
    for (const client of clients) client.socket.destroy()
    await server.close({ drainMs: 1000 })
    if (errors.length > 0) throw new Error(`the server had errors: ${JSON.stringify(errors)}`)
  })
  const port = server.address()?.port ?? 0
  const client = (): LightClient => {
    const made = new LightClient(port)
    clients.push(made)
    return made
  }
  return { server, port, client, errors }
}

/** For what must come; no test is judged by it, so it is as long as a test may take. */
const PATIENCE_MS = 50_000

/** The next event of a name for which a condition holds. */
export const nextEvent = <Name extends keyof ServerEvents>(
  server: RtmpServer,
  name: Name,
  condition: (event: ServerEvents[Name]) => boolean = () => true,
): Promise<ServerEvents[Name]> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no event ${name}`)), PATIENCE_MS)
    const off = server.on(name, (event) => {
      if (!condition(event)) return
      clearTimeout(timer)
      off()
      resolve(event)
    })
  })

/** Waits until a condition holds that no event announces. */
export const eventually = async (what: string, condition: () => boolean): Promise<void> => {
  for (const end = performance.now() + PATIENCE_MS; !condition(); ) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
}
