import type { Message } from '@rtmp/chunk'
import { notConnected } from './errors.ts'
import type { LogSink } from './log.ts'
import type { CallReply, ServerHandle } from './server-handle.ts'
import type { ServerInfo } from './server-info.ts'
import type { RemoteSharedObject, SharedObjectOptions } from './shared-object.ts'
import { SharedObjects } from './shared-objects.ts'
import type { StreamLink } from './stream-link.ts'

/** The server behind whichever connection there is. */
export class LinkedServer implements ServerHandle {
  readonly #link: () => StreamLink | undefined
  readonly #objects: SharedObjects

  constructor(link: () => StreamLink | undefined, log: LogSink) {
    this.#link = link
    this.#objects = new SharedObjects(link, log)
  }

  get info(): ServerInfo | undefined {
    return this.#link()?.server
  }

  async call(name: string, ...values: readonly unknown[]): Promise<CallReply> {
    const answer = await this.#present().request((session) => session.call(name, ...values))
    if (answer.kind !== 'callAnswered') throw new Error(`${name} was answered by ${answer.kind}`)
    const { ok, commandObject } = answer
    return { ok, values: answer.values, commandObject }
  }

  notify(name: string, ...values: readonly unknown[]): void {
    this.#present().act((session) => session.notify(0, name, ...values))
  }

  async ping(): Promise<number> {
    return this.#present().ping()
  }

  sharedObject(name: string, options: SharedObjectOptions = {}): RemoteSharedObject {
    return this.#objects.use(name, options)
  }

  /** A connection works. */
  connected(): void {
    this.#objects.connected()
  }

  /** A message that is neither media nor a command. */
  message(message: Message): void {
    this.#objects.take(message)
  }

  /** No connection comes any more. */
  close(error: unknown): void {
    this.#objects.close(error)
  }

  #present(): StreamLink {
    const link = this.#link()
    if (link !== undefined && !link.isOver) return link
    throw notConnected()
  }
}
