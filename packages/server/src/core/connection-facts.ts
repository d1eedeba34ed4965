import { announcesErtmp, type ErtmpCapabilities, parseCapabilities } from '@rtmp/e-rtmp'
import type { ConnectCommand } from '@rtmp/message'
import { type Encoder, encoderOf } from '../contract/encoder.ts'
import type { ClientProtocol } from './client-protocol.ts'
import type { ServerTransport } from './transport.ts'

/** What is known of a client: by its transport, and by what it said when it connected. */
export abstract class ConnectionFacts {
  readonly id: number
  readonly uid: string
  /** What the client speaks. */
  readonly speaks: ClientProtocol
  readonly protocol: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  /** Which other server of ours it is; `undefined` for clients. */
  readonly node: string | undefined
  readonly openedAt: number
  protected readonly transport: ServerTransport
  #capabilities: ErtmpCapabilities | undefined

  protected constructor(
    id: number,
    instance: string,
    transport: ServerTransport,
    speaks: ClientProtocol,
    now: number,
  ) {
    this.transport = transport
    this.speaks = speaks
    this.protocol = speaks.name
    this.id = id
    this.uid = `${instance}-${id}`
    this.remoteAddress = transport.remoteAddress
    this.remotePort = transport.remotePort
    this.localPort = transport.localPort
    this.secure = transport.secure
    this.node = transport.node
    this.openedAt = now
  }

  abstract readonly connect: ConnectCommand | undefined

  /** Bytes that have come and that its transport keeps. */
  get unfinishedBytes(): number {
    return this.transport.unfinishedBytes ?? 0
  }

  get capabilities(): ErtmpCapabilities {
    const { connect } = this
    if (connect === undefined) return NO_CAPABILITIES
    this.#capabilities ??= parseCapabilities(connect.properties)
    return this.#capabilities
  }

  get isEnhanced(): boolean {
    return announcesErtmp(this.capabilities)
  }

  get encoder(): Encoder {
    return encoderOf(this.connect?.flashVer)
  }
}

const NO_CAPABILITIES: ErtmpCapabilities = {}
