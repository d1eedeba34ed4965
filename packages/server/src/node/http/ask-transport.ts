import type { Connection } from '../../core/connection.ts'
import type { ServerTransport } from '../../core/transport.ts'
import { OriginTransport } from './origin-transport.ts'

/** The way to somebody who only asks: nothing is ever sent. */
export class AskTransport extends OriginTransport implements ServerTransport {
  readonly pendingBytes: number = 0

  /** Whose way it is. */
  belongTo(connection: Connection): void {
    this.connection = connection
  }

  write(): void {}

  finish(): void {
    this.gone()
  }

  destroy(): void {
    this.gone()
  }
}
