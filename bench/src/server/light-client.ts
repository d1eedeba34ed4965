import { connect, type Socket } from 'node:net'
import { encodeAmf0 } from '@rtmp/amf0'
import { type LightChunkStream, LightReader } from './light-reader.ts'
import { SEND_CHUNK_SIZE } from './live-source.ts'
import { PlayerCounters } from './player-counters.ts'

/** All sockets of a process read into the same memory: what arrives is looked at once and dropped. */
const readBuffer = new Uint8Array(64 * 1024)

/** RTMP 1.0 §6.2, §7.1.7. */
const USER_CONTROL = 4
const PING_REQUEST = 6
const PING_RESPONSE = 7

const HANDSHAKE_FROM_SERVER = 1 + 1536 + 1536

const commandMessage = (csid: number, messageStreamId: number, values: readonly unknown[]): Uint8Array => {
  const body = encodeAmf0(values as Parameters<typeof encodeAmf0>[0])
  const chunks: number[] = [
    csid,
    0,
    0,
    0,
    body.length >> 16,
    (body.length >> 8) & 0xff,
    body.length & 0xff,
    20,
  ]
  chunks.push(messageStreamId, 0, 0, 0)
  // Commands go out before the chunk size is raised: 128.
  for (let at = 0; at < body.length; at += 128) {
    if (at > 0) chunks.push(0xc0 | csid)
    chunks.push(...body.subarray(at, at + 128))
  }
  return Uint8Array.from(chunks)
}

const SET_CHUNK_SIZE = Uint8Array.of(
  2,
  0,
  0,
  0,
  0,
  0,
  4,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  SEND_CHUNK_SIZE >> 8,
  SEND_CHUNK_SIZE & 0xff,
)

/** The least that can publish to and play from any RTMP server, and check what it receives. */
export class LightClient {
  readonly socket: Socket
  readonly counters: PlayerCounters = new PlayerCounters()
  closed = false
  readonly #reader: LightReader
  #handshakeLeft = HANDSHAKE_FROM_SERVER
  #waiting: { text: string; resolve: () => void; reject: (error: Error) => void } | undefined

  constructor(port: number) {
    this.#reader = new LightReader({ onMessage: (stream) => this.#onMessage(stream) })
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (count) => {
          this.#onBytes(count)
          return true
        },
      },
    })
    this.socket.on('close', () => {
      this.closed = true
      this.#waiting?.reject(new Error('the server closed the connection'))
    })
    this.socket.on('error', (error) => this.#waiting?.reject(error))
  }

  /** Handshake and connect; resolves when the answer to connect is there. */
  async connect(app: string): Promise<void> {
    const hello = new Uint8Array(1537)
    hello[0] = 3
    this.socket.write(hello)
    await this.#until('handshake')
    this.socket.write(
      Buffer.concat([
        new Uint8Array(1536),
        commandMessage(3, 0, [
          'connect',
          1,
          { app, tcUrl: `rtmp://127.0.0.1/${app}`, flashVer: 'LNX 9,0,124,2' },
        ]),
      ]),
    )
    await this.#until('NetConnection.Connect.Success')
  }

  async publish(app: string, name: string): Promise<void> {
    await this.connect(app)
    this.socket.write(commandMessage(3, 0, ['createStream', 2, null]))
    await this.#until('_result')
    this.socket.write(commandMessage(8, 1, ['publish', 3, null, name, 'live']))
    await this.#until('NetStream.Publish.Start')
    this.socket.write(SET_CHUNK_SIZE)
  }

  async play(app: string, name: string): Promise<void> {
    await this.connect(app)
    this.socket.write(commandMessage(3, 0, ['createStream', 2, null]))
    await this.#until('_result')
    this.socket.write(commandMessage(8, 1, ['play', 3, null, name, -2000]))
    await this.#until('NetStream.Play.Start')
    this.counters.liveFrom = performance.now()
  }

  /** As {@link play} for a stream that nobody publishes: some servers say nothing until it is there. */
  async playAbsent(app: string, name: string): Promise<void> {
    await this.connect(app)
    this.socket.write(commandMessage(3, 0, ['createStream', 2, null]))
    await this.#until('_result')
    this.socket.write(commandMessage(8, 1, ['play', 3, null, name, -2000]))
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Who answers no pings is taken to be gone. */
  #pong(ping: Uint8Array): void {
    const header = Uint8Array.of(2, 0, 0, 0, 0, 0, 6, USER_CONTROL, 0, 0, 0, 0, 0, PING_RESPONSE)
    this.socket.write(Buffer.concat([header, ping.subarray(2, 6)]))
  }

  #until(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { text, resolve, reject }
    })
  }

  #arrived(text: string): void {
    if (this.#waiting === undefined || !text.includes(this.#waiting.text)) return
    const { resolve } = this.#waiting
    this.#waiting = undefined
    resolve()
  }

  #onBytes(count: number): void {
    this.counters.bytes += count
    let start = 0
    if (this.#handshakeLeft > 0) {
      start = Math.min(this.#handshakeLeft, count)
      this.#handshakeLeft -= start
      if (this.#handshakeLeft === 0) this.#arrived('handshake')
    }
    this.#reader.receive(readBuffer, start, count)
  }

  #onMessage(stream: LightChunkStream): void {
    const { typeId, head } = stream
    if (typeId === 20 && stream.body !== undefined) {
      this.#arrived(Buffer.from(stream.body.buffer).toString('latin1'))
      return
    }
    if (typeId === USER_CONTROL && stream.body?.[1] === PING_REQUEST) this.#pong(stream.body)
    if (typeId === 8 || typeId === 9) this.counters.count(typeId, stream.timestamp, head)
  }
}
