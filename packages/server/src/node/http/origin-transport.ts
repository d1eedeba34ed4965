import type { Connection } from '../../core/connection.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { CallOrigin } from './http-output.ts'

/** What ways to somebody behind an HTTP request have in common: where the request came from, and whose way it is. */
export abstract class OriginTransport {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  protected readonly core: ServerCore
  protected connection: Connection | undefined

  constructor(core: ServerCore, origin: CallOrigin) {
    this.core = core
    this.remoteAddress = origin.remoteAddress
    this.remotePort = origin.remotePort
    this.localPort = origin.localPort
    this.secure = origin.secure
  }

  /** It is over, where there is nothing that could close. */
  protected gone(): void {
    setImmediate(() => this.connection?.transportClosed(undefined, this.core.now()))
  }
}
