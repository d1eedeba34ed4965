// node:http alone.
import { createServer, type Server } from 'node:http'
import type { RtmpServer } from '@rtmp/server'

export const withNodeHttp = (server: RtmpServer, port: number): Server => {
  const listener = server.requestListener()
  const takes = server.upgradeHandler()
  const http = createServer((request, response) => {
    if (request.url?.startsWith('/media/') !== true) {
      response.end('your own page')
      return
    }
    request.url = request.url.slice('/media'.length)
    listener(request, response)
  })
  http.on('upgrade', (request, socket, head) => {
    request.url = request.url?.replace(/^\/media(?=\/)/, '')
    if (!takes(request, socket, head)) socket.destroy()
  })
  return http.listen(port, '127.0.0.1')
}
