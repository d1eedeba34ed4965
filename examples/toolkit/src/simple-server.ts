// A server that says what happens on it: npm run server [PORT]
//
// 1. Make it, with a rule of your own about who may publish.
// 2. Listen to its events.
// 3. Ctrl-C asks everybody to leave before it ends.
import { createServer, reject, type RtmpServer } from '@rtmp/server'

export const serve = async (port: number, say: (line: string) => void): Promise<RtmpServer> => {
  const server = createServer({
    rtmp: { port },
    handler: {
      publish: ({ app }) => (app === 'live' ? undefined : reject('publish below live/')),
    },
  })
  server.on('publishStarted', ({ path, connection }) => say(`${path} comes from ${connection.remoteAddress}`))
  server.on('publishEnded', ({ path, reason }) => say(`${path} has ended: ${reason}`))
  server.on('playStarted', ({ path, connection }) => say(`${connection.remoteAddress} plays ${path}`))
  server.on('refused', ({ request, description }) => say(`refused to ${request}: ${description}`))
  await server.listen()
  return server
}

if (process.argv[1] === import.meta.filename) {
  const server = await serve(Number(process.argv[2] ?? 1935), console.log)
  console.log(`publish to rtmp://localhost:${server.address('rtmp')?.port}/live/NAME`)
  process.once('SIGINT', () => void server.drain())
}
