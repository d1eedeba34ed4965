import { encodeAmf0 } from '@rtmp/amf0'
import { bigEndian, type OutMessage } from '../wire/chunk-bytes.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import { command, control, data, userControl } from '../wire/commands.ts'
import { bytesOf, joined } from '../wire/hex.ts'
import { AAC_HEADER, AVC_HEADER, audioFrame, videoFrame } from '../wire/media.ts'
import { amfValues, nameOf } from '../wire/message-text.ts'
import type { WirePeer } from '../wire/wire-peer.ts'

/** How the tester's server answers; what a case leaves out is answered as most servers do. */
export interface Script {
  /** Bytes to send for S0, S1 and S2, given C1. */
  readonly handshake?: (c1: Uint8Array) => Uint8Array
  /** Answers to commands by name, instead of the usual ones. */
  readonly on?: Readonly<
    Record<string, (side: ServerSide, values: readonly unknown[], message: SeenMessage) => void>
  >
  /** Called after each answer. */
  readonly after?: (side: ServerSide, name: string) => void
}

const random = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => Math.floor(Math.random() * 256))

/** S0, S1 and S2 of the plain form. */
export const plainAnswer = (c1: Uint8Array, { version = 3, time = 0 } = {}): Uint8Array =>
  joined(Uint8Array.of(version), bigEndian(time, 4), new Uint8Array(4), random(1528), c1)

const SUCCESS = {
  level: 'status',
  code: 'NetConnection.Connect.Success',
  description: 'Connection succeeded.',
  objectEncoding: 0,
}

/** The message stream that every client is given. */
const MSID = 1

/** The tester's end of a connection that the client under test opened. */
export class ServerSide {
  readonly peer: WirePeer
  readonly #script: Script
  /** Names of commands that came, in order. */
  readonly commands: string[] = []
  c1: Uint8Array = new Uint8Array()
  c2: Uint8Array = new Uint8Array()
  #read = 0
  #time = 0

  constructor(peer: WirePeer, script: Script) {
    this.peer = peer
    this.#script = script
  }

  /** Goes through the handshake and answers commands until the connection ends. */
  async serve(ms: number): Promise<boolean> {
    const { peer } = this
    const first = await peer.take(1537, ms)
    if (first === undefined) return false
    this.c1 = first.subarray(1)
    peer.raw((this.#script.handshake ?? plainAnswer)(this.c1))
    const second = await peer.take(1536, ms)
    if (second === undefined) return false
    this.c2 = second
    peer.beginChunks()
    void this.#answerAll()
    return true
  }

  async #answerAll(): Promise<void> {
    const { peer } = this
    const HOUR = 3_600_000
    while (peer.ended === undefined && peer.judge.broken === undefined) {
      await peer.until(() => this.#read < peer.messages.length || peer.ended !== undefined, HOUR)
      for (; this.#read < peer.messages.length; this.#read++) {
        const message = peer.messages[this.#read]
        if (message !== undefined) this.#answer(message)
      }
    }
  }

  #answer(message: SeenMessage): void {
    const { peer } = this
    if (message.typeId === 4 && message.payload[1] === 6) {
      peer.send({ typeId: 4, payload: joined(Uint8Array.of(0, 7), message.payload.subarray(2)) })
      return
    }
    const name = nameOf(message)
    if (message.typeId !== 20 && message.typeId !== 17) return
    this.commands.push(name)
    const values = amfValues(message.typeId === 17 ? message.payload.subarray(1) : message.payload)
    const own = this.#script.on?.[name]
    if (own === undefined) this.usual(name, values)
    else own(this, values, message)
    this.#script.after?.(this, name)
  }

  /** The usual answer to a command. */
  usual(name: string, values: readonly unknown[]): void {
    const transaction = Number(values[1] ?? 0)
    switch (name) {
      case 'connect':
        this.peer.send(control(5, 2_500_000), {
          typeId: 6,
          payload: joined(bigEndian(2_500_000, 4), Uint8Array.of(2)),
        })
        this.peer.send(userControl(0, 0))
        this.result(transaction, { fmsVer: 'FMS/3,0,1,123', capabilities: 31 }, SUCCESS)
        return
      case 'createStream':
        this.result(transaction, null, MSID)
        return
      case 'publish':
        this.peer.send(userControl(0, MSID))
        this.status('NetStream.Publish.Start')
        return
      case 'play':
        this.peer.send(userControl(0, MSID))
        this.status('NetStream.Play.Reset')
        this.status('NetStream.Play.Start')
        this.peer.send(data(MSID, 0, '|RtmpSampleAccess', true, true))
        this.beginMedia()
        return
      case 'getStreamLength':
        this.result(transaction, null, 0)
        return
      default:
        if (transaction > 0) this.result(transaction, null, undefined)
    }
  }

  result(transaction: number, ...values: readonly unknown[]): void {
    this.peer.send(command(0, '_result', transaction, ...values))
  }

  error(transaction: number, code: string, description = 'no'): void {
    this.peer.send(command(0, '_error', transaction, null, { level: 'error', code, description }))
  }

  status(code: string, level = 'status'): void {
    this.peer.send(command(MSID, 'onStatus', 0, null, { level, code, description: code }))
  }

  /** Metadata, headers, and a key frame with sound. */
  beginMedia(): void {
    this.peer.send(
      data(MSID, 0, 'onMetaData', {
        width: 320,
        height: 180,
        videocodecid: 7,
        audiocodecid: 10,
        framerate: 25,
      }),
      { typeId: 9, msid: MSID, payload: AVC_HEADER },
      { typeId: 8, msid: MSID, payload: AAC_HEADER },
    )
    this.media(5)
  }

  /** So many pictures with their sound. */
  media(count: number): void {
    for (let sent = 0; sent < count; sent++) {
      this.#time += 40
      this.peer.send(this.video(videoFrame(60, this.#time % 400 === 40)), this.audio(audioFrame()))
    }
  }

  video(payload: Uint8Array, timestamp: number = this.#time): OutMessage {
    return { typeId: 9, msid: MSID, timestamp, payload }
  }

  audio(payload: Uint8Array, timestamp: number = this.#time): OutMessage {
    return { typeId: 8, msid: MSID, timestamp, payload }
  }

  /** Values as a command on the client's message stream. */
  call(...values: readonly unknown[]): void {
    this.peer.send({ typeId: 20, msid: 0, payload: encodeAmf0(values) })
  }

  /** Audio and video that the client has sent. */
  get mediaMessages(): readonly SeenMessage[] {
    return this.peer.messages.filter(({ typeId }) => typeId === 8 || typeId === 9)
  }
}

/** Nested objects, as bytes that end in the middle. */
export const depthBomb = (depth: number): Uint8Array => {
  const bytes = new Uint8Array(depth * 4)
  const level = bytesOf('03 0001 61')
  for (let at = 0; at < bytes.length; at += 4) bytes.set(level, at)
  return bytes
}
