// An RTMP session over a WebSocket, without the server package: what "no I/O of its own" is good for.
//
// 1. Each WebSocket gets a ServerSession. What comes goes in, what it has to say goes out, and a timer wakes it when it asks.
// 2. Requests are decided: everybody may publish.
// 3. Media is told to whoever listens.
import { randomBytes } from 'node:crypto'
import { ServerSession, type MediaEvent } from '@rtmp/session'
import { type WebSocket, WebSocketServer } from 'ws'

const serve = (socket: WebSocket, heard: (event: MediaEvent) => void): void => {
  const session = new ServerSession({ crypto: { randomBytes } })
  let timer: NodeJS.Timeout | undefined

  /** After everything that happens: see what it was, send what there is to say, and sleep until the next deadline. */
  const pump = (): void => {
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      if (event.kind === 'connectRequested' || event.kind === 'fcPublishRequested')
        session.accept(event.requestId)
      else if (event.kind === 'publishRequested') session.accept(event.requestId)
      else if (event.kind === 'playRequested')
        session.reject(event.requestId, { description: 'only publishing here' })
      else if (event.kind === 'media') heard(event)
      else if (event.kind === 'closed') socket.close()
    }
    for (const bytes of session.takeOutput()) socket.send(bytes)
    clearTimeout(timer)
    const due = session.nextTimeout()
    if (due !== undefined) timer = setTimeout(wake, Math.max(0, due - performance.now()))
  }
  const wake = (): void => {
    session.handleTimeout(performance.now())
    pump()
  }

  socket.on('message', (bytes: Uint8Array) => {
    session.receive(bytes, performance.now())
    pump()
  })
  socket.on('close', () => {
    session.transportClosed('transportClosed', performance.now())
    pump()
    clearTimeout(timer)
  })
  wake()
}

export const listen = (port: number, heard: (event: MediaEvent) => void): WebSocketServer => {
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  server.on('connection', (socket) => serve(socket, heard))
  return server
}
