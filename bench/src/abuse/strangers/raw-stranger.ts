import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeAmf0 } from '@rtmp/amf0'
import { message } from '../wire.ts'

const HANDSHAKE_BYTES = 3073
const KEPT_BYTES = 1 << 16

/** A command as it goes over the wire, in chunks of 128 bytes. */
export const command = (messageStreamId: number, ...values: readonly unknown[]): Uint8Array =>
  message(3, 20, encodeAmf0(values as Parameters<typeof encodeAmf0>[0]), messageStreamId)

/** A client that keeps no rule, writes any bytes, and remembers the last that it was told. */
export class RawStranger {
  readonly socket: Socket
  /** Bytes that it has written. */
  sent = 0
  isGone = false
  #heard = Buffer.alloc(0)

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isGone = true
    })
    this.socket.on('data', (bytes: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, bytes]).subarray(-KEPT_BYTES)
    })
  }

  /** The codes of the statuses that it was told last. */
  get codes(): readonly string[] {
    return this.#heard.toString('latin1').match(/Net(?:Connection|Stream)\.\w+\.\w+/g) ?? []
  }

  /** Writes, and waits until the system has taken it, or the server has closed, or a while. */
  async write(bytes: Uint8Array, ms = 5000): Promise<void> {
    if (this.isGone) return
    this.sent += bytes.length
    const written = new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()))
    await Promise.race([written, after(ms)])
  }

  async shake(): Promise<this> {
    await Promise.race([once(this.socket, 'connect'), after(5000)])
    await this.write(Buffer.concat([Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0), randomBytes(1528)]))
    await this.until(() => this.#heard.length >= HANDSHAKE_BYTES)
    await this.write(this.#heard.subarray(1, 1537))
    return this
  }

  async connect(app = 'live'): Promise<this> {
    await this.shake()
    await this.write(
      command(0, 'connect', 1, { app, tcUrl: `rtmp://127.0.0.1/${app}`, flashVer: 'stranger' }),
    )
    await this.until(() => this.codes.includes('NetConnection.Connect.Success'))
    return this
  }

  /** So many message streams, published each under a name of its own. */
  async publishMany(count: number, name: string): Promise<this> {
    await this.connect()
    const asks = Array.from({ length: count }, (_, i) => command(0, 'createStream', i + 2, null))
    const begins = Array.from({ length: count }, (_, i) =>
      command(i + 1, 'publish', 0, null, `${name}-${i}`, 'live'),
    )
    await this.write(Buffer.concat([...asks, ...begins]))
    return this
  }

  async until(holds: () => boolean, ms = 5000): Promise<boolean> {
    for (const end = performance.now() + ms; performance.now() < end; await after(5)) {
      if (holds()) return true
      if (this.isGone) return holds()
    }
    return false
  }
}

export const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
