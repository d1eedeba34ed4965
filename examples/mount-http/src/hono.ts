// Hono, on Node: `mount` gives our handler what is below /media, with Hono's own request of Node beside it.
import { type ServerType, serve } from '@hono/node-server'
import type { RtmpServer } from '@rtmp/server'
import { Hono } from 'hono'

export const withHono = (server: RtmpServer, port: number): ServerType => {
  const app = new Hono()
  app.get('/', (c) => c.text('your own page'))
  app.mount('/media', server.fetchHandler())
  const http = serve({ fetch: app.fetch, port, hostname: '127.0.0.1', overrideGlobalObjects: false })
  const takes = server.upgradeHandler()
  http.on('upgrade', (request, socket, head) => {
    // WebSockets do not go through Hono: what is below /media is taken off here.
    request.url = request.url?.replace(/^\/media(?=\/)/, '')
    if (!takes(request, socket, head)) socket.destroy()
  })
  return http
}
