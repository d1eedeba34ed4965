import { amf3Codec } from '@rtmp/amf3'
import { isDecodeError } from '@rtmp/bytes'
import { shownText } from '@rtmp/bytes/text'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { decodeSharedObject, encodeSharedObject, type SharedObjectEvent } from '@rtmp/message'
import { notConnected, RtmpClientError } from './errors.ts'
import type { LogSink } from './log.ts'
import type { SharedObjectOptions } from './shared-object.ts'
import type { StreamLink } from './stream-link.ts'
import { UsedSharedObject } from './used-shared-object.ts'

/** The chunk stream of commands of the connection. */
const CONNECTION_CSID = 3

/** In the persistence field of a message. */
const PERSISTENT = 2

/** The shared objects that are used, on whichever connection there is. */
export class SharedObjects {
  readonly #link: () => StreamLink | undefined
  readonly #log: LogSink
  readonly #objects = new Map<string, UsedSharedObject>()
  #error: unknown

  constructor(link: () => StreamLink | undefined, log: LogSink) {
    this.#link = link
    this.#log = log
  }

  /** Begins to use one, or gives the one that is used. @throws UsageError `NAME_TOO_LONG` */
  use(name: string, options: SharedObjectOptions): UsedSharedObject {
    const known = this.#objects.get(name)
    if (known !== undefined) return known
    const object = new UsedSharedObject(name, options, (which, events) => this.#say(which, events))
    if (this.#error !== undefined) object.end(this.#error)
    else {
      this.#objects.set(name, object)
      if (this.#isThere) this.#send(object, [{ kind: 'use' }])
    }
    return object
  }

  /** A connection works: all of them are used there too. */
  connected(): void {
    for (const object of this.#objects.values()) this.#send(object, [{ kind: 'use' }])
  }

  /** A message of the server that is neither media nor a command. */
  take(message: Message): void {
    const { typeId, payload } = message
    if (typeId !== MessageTypeId.sharedObjectAmf0 && typeId !== MessageTypeId.sharedObjectAmf3) return
    try {
      const said = decodeSharedObject(message, { amf3: amf3Codec })
      const object = this.#objects.get(said.name)
      if (object === undefined || object.take(said, payload.length)) return
      this.#objects.delete(object.name)
      const text = `the shared object ${shownText(object.name)} has outgrown what is kept of one`
      this.#warn(text)
      this.#send(object, [{ kind: 'release' }])
      object.end(new RtmpClientError('PROTOCOL', text, { stage: 'running', canRetry: false }))
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.#warn(`a shared object message of the server cannot be read: ${error.message}`)
    }
  }

  /** No connection comes any more. */
  close(error: unknown): void {
    this.#error = error
    for (const object of this.#objects.values()) object.end(error)
    this.#objects.clear()
  }

  get #isThere(): boolean {
    const link = this.#link()
    return link !== undefined && !link.isOver
  }

  /** @throws RtmpClientError `CONNECTION_LOST`, `CLOSED` */
  #say(object: UsedSharedObject, events: readonly SharedObjectEvent[]): void {
    const leaves = events[0]?.kind === 'release'
    const isUsed = this.#objects.get(object.name) === object
    if (leaves && isUsed) this.#objects.delete(object.name)
    if (this.#isThere && isUsed) this.#send(object, events)
    else if (!leaves) throw isUsed ? notConnected() : closed()
  }

  #send({ name, version, isPersistent }: UsedSharedObject, events: readonly SharedObjectEvent[]): void {
    const persistence = isPersistent ? PERSISTENT : 0
    const payload = encodeSharedObject({
      kind: 'sharedObject',
      encoding: 'amf0',
      name,
      version,
      persistence,
      reserved: 0,
      events,
    })
    this.#link()?.act((session) =>
      session.sendMessage({
        csid: CONNECTION_CSID,
        typeId: MessageTypeId.sharedObjectAmf0,
        messageStreamId: 0,
        timestamp: 0,
        payload,
      }),
    )
  }

  #warn(text: string): void {
    this.#log({ level: 'warn', event: 'sharedObject', text: text.charAt(0).toUpperCase() + text.slice(1) })
  }
}

const closed = (): RtmpClientError =>
  new RtmpClientError('CLOSED', 'the shared object has been closed', { stage: 'running', canRetry: false })
