// One RTMP server, whose streams are served by four HTTP servers of other makes: npm start [RTMP port] [first HTTP port]
//
// Publish to rtmp://localhost/live/show, and play http://localhost:PORT/media/live/show.flv.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from '@rtmp/server'
import { withExpress } from './express.ts'
import { withFastify } from './fastify.ts'
import { withHono } from './hono.ts'
import { withNodeHttp } from './node-http.ts'

const [rtmpPort = '1935', first = '8001'] = process.argv.slice(2)
/** 0 lets each choose its own. */
const port = (index: number): number => (first === '0' ? 0 : Number(first) + index)

// No port of its own for HTTP.
const server = createServer({ rtmp: { port: Number(rtmpPort) }, http: { port: false } })
await server.listen()
console.log(`publish to rtmp://localhost:${server.address('rtmp')?.port}/live/show`)
const others = {
  Hono: withHono(server, port(0)),
  Fastify: await withFastify(server, port(1)),
  Express: withExpress(server, port(2)),
  'node:http': withNodeHttp(server, port(3)),
}
for (const [name, http] of Object.entries<Pick<Server, 'listening' | 'address' | 'once'>>(others)) {
  if (!http.listening) await once(http as Server, 'listening')
  const { port: its } = http.address() as AddressInfo
  console.log(`play from http://localhost:${its}/media/live/show.flv (${name})`)
}
