import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { type ClientEvent, ClientSession } from '@rtmp/session'

import { LOOPBACK } from './loopback.ts'

/** One audio or video message that a light player was sent. */
export interface ReceivedMedia {
  readonly typeId: 8 | 9
  readonly timestamp: number
  readonly payload: Uint8Array
  /** When it was read, in milliseconds since the player was made. */
  readonly after: number
}

/** A player of a few lines around a `ClientSession`: many of them fit into one process. It keeps the media it is sent. */
export class LightPlayer {
  readonly media: ReceivedMedia[] = []
  /** Codes of the statuses it was told, in order. */
  readonly statuses: string[] = []
  /** Resolves when it plays; rejects when it is refused or the connection ends before. */
  readonly playing: Promise<void>
  /** Resolves when the server has told it of the end of the stream, or has closed. */
  readonly over: Promise<void>
  readonly #began = performance.now()
  readonly #socket: Socket
  readonly #streamName: string
  readonly #session = new ClientSession({
    crypto: {
      hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
      randomBytes: (count) => randomBytes(count),
    },
  })
  #timer: NodeJS.Timeout | undefined
  #play: () => void = () => undefined
  #refuse: (reason: Error) => void = () => undefined
  #end: () => void = () => undefined

  constructor(port: number, app: string, streamName: string) {
    this.#streamName = streamName
    this.playing = new Promise((resolve, reject) => {
      this.#play = resolve
      this.#refuse = reject
    })
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#socket = connect(port, LOOPBACK)
    this.#socket.setNoDelay(true)
    this.#socket.on('connect', () => this.#settle())
    this.#socket.on('data', (bytes) => {
      this.#session.receive(bytes, performance.now())
      this.#settle()
    })
    this.#socket.on('error', (error) => this.#refuse(error))
    this.#socket.on('close', () => {
      this.#session.transportClosed('transportClosed', performance.now())
      this.#settle()
    })
    this.#session.connect({ app, tcUrl: `rtmp://${LOOPBACK}:${port}/${app}` })
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#socket.closed) return
    this.#socket.destroy()
    await once(this.#socket, 'close')
  }

  #settle(): void {
    for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent())
      this.#on(event)
    for (const bytes of this.#session.takeOutput()) this.#socket.write(bytes)
    const at = this.#session.nextTimeout()
    clearTimeout(this.#timer)
    if (at === undefined || this.#socket.destroyed) return
    this.#timer = setTimeout(
      () => {
        this.#session.handleTimeout(performance.now())
        this.#settle()
      },
      Math.max(1, at - performance.now()),
    )
  }

  #on(event: ClientEvent): void {
    switch (event.kind) {
      case 'connected':
        this.#session.createStream()
        break
      case 'streamCreated':
        this.#session.play(event.messageStreamId, { streamName: this.#streamName })
        break
      case 'playStarted':
        this.statuses.push(event.status.code)
        this.#play()
        break
      case 'status':
        this.statuses.push(event.status.code)
        break
      case 'media': {
        const { typeId, timestamp, payload } = event
        const after = performance.now() - this.#began
        this.media.push({ typeId, timestamp, payload: payload.slice(), after })
        break
      }
      case 'playEnded':
        this.#end()
        break
      case 'playRejected':
      case 'connectRejected':
      case 'closed':
        this.#refuse(new Error(`not playing: ${JSON.stringify(event)}`))
        this.#end()
        break
    }
  }
}
