// Fastify: `hijack` leaves request and answer to our listener.
import type { Server } from 'node:http'
import type { RtmpServer } from '@rtmp/server'
import fastify from 'fastify'

export const withFastify = async (server: RtmpServer, port: number): Promise<Server> => {
  const app = fastify()
  app.get('/', () => 'your own page')
  const listener = server.requestListener()
  app.removeAllContentTypeParsers()
  // Nobody reads the body of a publish but our server.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.all('/media/*', (request, reply) => {
    reply.hijack()
    request.raw.url = request.raw.url?.replace(/^\/media(?=\/)/, '')
    listener(request.raw, reply.raw)
  })
  const takes = server.upgradeHandler()
  app.server.on('upgrade', (request, socket, head) => {
    request.url = request.url?.replace(/^\/media(?=\/)/, '')
    if (!takes(request, socket, head)) socket.destroy()
  })
  await app.listen({ port, host: '127.0.0.1' })
  return app.server
}
