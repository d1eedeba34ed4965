// Express: `use` takes the path off, and leaves request and answer to our listener.
import type { Server } from 'node:http'
import type { RtmpServer } from '@rtmp/server'
import express from 'express'

export const withExpress = (server: RtmpServer, port: number): Server => {
  const app = express()
  app.get('/', (_request, response) => {
    response.send('your own page')
  })
  // Before anything that reads bodies: that of a publish is our server's.
  app.use('/media', server.requestListener())
  const http = app.listen(port, '127.0.0.1')
  const takes = server.upgradeHandler()
  http.on('upgrade', (request, socket, head) => {
    request.url = request.url?.replace(/^\/media(?=\/)/, '')
    if (!takes(request, socket, head)) socket.destroy()
  })
  return http
}
