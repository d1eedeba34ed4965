// The least a Node program can do to relay one publisher to many players: what the platform costs, to hold our server
// against. It understands no more than the load generator sends, checks nothing and keeps nothing back.
//
//   bare-relay.ts PORT [WINDOW_MS]      without a window, a video message closes the batch; 0: every message
import { createServer, Socket } from 'node:net'
import { encodeAmf0 } from '@rtmp/amf0'

const [port, windowMs] = process.argv.slice(2).map(Number)

const CHUNK_SIZE = 65_536
const HANDSHAKE = 1 + 1536 + 1536
/** Basic and message header of fmt 0. */
const HEADER = 12

const message = (typeId: number, messageStreamId: number, body: Uint8Array): Uint8Array =>
  Uint8Array.of(3, 0, 0, 0, 0, body.length >> 8, body.length & 255, typeId, messageStreamId, 0, 0, 0, ...body)

const command = (messageStreamId: number, ...values: Parameters<typeof encodeAmf0>[0]): Uint8Array =>
  message(20, messageStreamId, encodeAmf0(values))

const status = (code: string): Uint8Array => command(1, 'onStatus', 0, null, { level: 'status', code })

const SET_CHUNK_SIZE = message(
  1,
  0,
  Uint8Array.of(0, CHUNK_SIZE >> 16, (CHUNK_SIZE >> 8) & 255, CHUNK_SIZE & 255),
)

const ANSWERS: Readonly<Record<string, Uint8Array>> = {
  connect: Buffer.concat([
    SET_CHUNK_SIZE,
    command(0, '_result', 1, null, { level: 'status', code: 'NetConnection.Connect.Success' }),
  ]),
  createStream: command(0, '_result', 2, null, 1),
  publish: status('NetStream.Publish.Start'),
  play: status('NetStream.Play.Start'),
}

const players = new Set<Socket>()
const sequenceHeaders: Uint8Array[] = []
let group: Uint8Array[] = []
let batch: Uint8Array[] = []

const flush = (): void => {
  if (batch.length === 0) return
  const bytes = batch.length === 1 ? (batch[0] as Uint8Array) : Buffer.concat(batch)
  batch = []
  for (const player of players) player.write(bytes)
}
if (windowMs !== undefined && windowMs > 0) setInterval(flush, windowMs)

/** One message with its header before it, as it goes to every player. */
const relay = (framed: Uint8Array): void => {
  const typeId = framed[7]
  if (framed[HEADER + 1] === 0) {
    sequenceHeaders.push(framed)
    return
  }
  if (typeId === 9 && framed[HEADER] === 0x17) group = []
  group.push(framed)
  batch.push(framed)
  if (windowMs === 0 || (windowMs === undefined && typeId === 9)) flush()
}

class Connection {
  readonly #socket: Socket
  #handshake = 0
  #held: Uint8Array = new Uint8Array(0)
  #chunkSize = 128
  readonly #partial = new Map<number, { framed: Buffer; filled: number }>()

  constructor(handle: unknown) {
    const buffer = new Uint8Array(READ)
    const onread = { buffer, callback: (count: number) => (this.#receive(buffer.subarray(0, count)), true) }
    this.#socket = new Socket({ handle, onread } as never)
    this.#socket.setNoDelay(true)
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => players.delete(this.#socket))
    this.#socket.resume()
  }

  #receive(bytes: Uint8Array): void {
    let input = bytes
    if (this.#handshake < HANDSHAKE) {
      if (this.#handshake === 0) this.#socket.write(Buffer.alloc(HANDSHAKE, 3))
      const used = Math.min(input.length, HANDSHAKE - this.#handshake)
      this.#handshake += used
      input = input.subarray(used)
    }
    if (this.#held.length > 0) input = Buffer.concat([this.#held, input])
    let at = 0
    for (let used = this.#chunk(input, at); used > 0; used = this.#chunk(input, at)) at += used
    this.#held = input.slice(at)
  }

  /** Takes one whole chunk; the bytes it had, or 0. */
  #chunk(input: Uint8Array, at: number): number {
    if (at >= input.length) return 0
    const first = input[at] as number
    const csid = first & 0x3f
    let partial = this.#partial.get(csid)
    const header = first < 0x40 ? HEADER : 1
    if (input.length - at < header) return 0
    if (header === HEADER) {
      const length =
        ((input[at + 5] as number) << 8) | (input[at + 6] as number) | ((input[at + 4] as number) << 16)
      const size = Math.min(length, this.#chunkSize)
      if (input.length - at < header + size) return 0
      partial = { framed: Buffer.allocUnsafe(HEADER + length), filled: HEADER }
      partial.framed.set(input.subarray(at, at + HEADER))
      this.#partial.set(csid, partial)
    }
    if (partial === undefined) return 0
    const { framed } = partial
    const size = Math.min(framed.length - partial.filled, this.#chunkSize)
    if (input.length - at < header + size) return 0
    framed.set(input.subarray(at + header, at + header + size), partial.filled)
    partial.filled += size
    if (partial.filled === framed.length) this.#message(framed)
    return header + size
  }

  #message(framed: Buffer): void {
    const typeId = framed[7]
    if (typeId === 8 || typeId === 9) relay(framed)
    else if (typeId === 1) this.#chunkSize = framed.readUInt32BE(HEADER)
    else if (typeId === 20)
      this.#command(framed.toString('latin1', HEADER + 3, HEADER + 3 + (framed[HEADER + 2] as number)))
  }

  #command(name: string): void {
    const answer = ANSWERS[name]
    if (answer !== undefined) this.#socket.write(answer)
    if (name !== 'play') return
    this.#socket.write(
      Buffer.concat([...sequenceHeaders, ...group.filter((framed) => !batch.includes(framed))]),
    )
    players.add(this.#socket)
  }
}

const READ = 65_536

createServer({ pauseOnConnect: true }, (accepted) => {
  const holder = accepted as unknown as { _handle: unknown }
  const handle = holder._handle
  holder._handle = null
  new Connection(handle)
}).listen(port, '127.0.0.1')
