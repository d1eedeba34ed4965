import { connect, type Socket } from 'node:net'
import { type FlvCarrier, LightFlvReader } from './light-flv-reader.ts'
import { PlayerCounters } from './player-counters.ts'

/** All sockets of a process read into the same memory. */
const readBuffer = new Uint8Array(64 * 1024)

const UPGRADE = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n`

/** The least that can play FLV over HTTP or a WebSocket. */
export class LightFlvClient {
  readonly socket: Socket
  readonly counters: PlayerCounters = new PlayerCounters()
  closed = false
  readonly #reader: LightFlvReader
  #begun: (() => void) | undefined

  private constructor(port: number, carrier: FlvCarrier) {
    this.#reader = new LightFlvReader(carrier, (typeId, timestamp, head) => {
      this.#begun?.()
      this.counters.count(typeId, timestamp, head)
    })
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (count) => {
          this.counters.bytes += count
          this.#reader.receive(readBuffer, count)
          return true
        },
      },
    })
  }

  /** Plays a stream that somebody publishes; resolves with its first tag. */
  static play(port: number, path: string, carrier: FlvCarrier): Promise<LightFlvClient> {
    const client = new LightFlvClient(port, carrier)
    const { socket } = client
    return new Promise((resolve, reject) => {
      client.#begun = () => {
        client.#begun = undefined
        client.counters.liveFrom = performance.now()
        resolve(client)
      }
      socket.on('error', reject)
      socket.on('close', () => {
        client.closed = true
        reject(new Error(`the server closed the connection (status ${client.#reader.status})`))
      })
      const more = carrier === 'ws-flv' ? UPGRADE : ''
      socket.write(`GET /${path}.flv HTTP/1.1\r\nHost: bench\r\n${more}\r\n`)
    })
  }

  destroy(): void {
    this.socket.destroy()
  }
}
