import { UsageError, utf8Length } from '@rtmp/bytes'
import type { SharedObjectEvent, SharedObjectMessage } from '@rtmp/message'
import { Emitter } from './emitter.ts'
import type { RemoteSharedObject, SharedObjectEvents, SharedObjectOptions } from './shared-object.ts'
import { Deferred } from './waiting.ts'

/** Bytes of properties kept at most, as they came; a server that sends more is not listened to. */
const MAX_BYTES = 16_777_216

/** Properties kept at most. */
const MAX_PROPERTIES = 65_536

interface Property {
  readonly value: unknown
  readonly bytes: number
}

/** A shared object that is used, or is asked for. */
export class UsedSharedObject implements RemoteSharedObject {
  readonly name: string
  readonly isPersistent: boolean
  readonly #events = new Emitter<SharedObjectEvents>()
  readonly #send: (object: UsedSharedObject, events: readonly SharedObjectEvent[]) => void
  readonly #properties = new Map<string, Property>()
  /** What was asked for here and not answered yet, by property. */
  readonly #asked = new Map<string, unknown>()
  readonly #used = new Deferred<void>()
  #bytes = 0
  #version = 0
  #closed = false

  /** @throws UsageError `NAME_TOO_LONG` */
  constructor(
    name: string,
    { persistent = false }: SharedObjectOptions,
    send: (object: UsedSharedObject, events: readonly SharedObjectEvent[]) => void,
  ) {
    const length = utf8Length(name)
    if (length > 0xffff) throw new UsageError('NAME_TOO_LONG', `${length} bytes, 65535 at most`, 'name')
    this.name = name
    this.isPersistent = persistent
    this.#send = send
  }

  get used(): Promise<void> {
    return this.#used.promise
  }

  get version(): number {
    return this.#version
  }

  get properties(): readonly string[] {
    return [...this.#properties.keys()]
  }

  get(property: string): unknown {
    return this.#properties.get(property)?.value
  }

  on<Name extends keyof SharedObjectEvents>(
    name: Name,
    listener: (value: SharedObjectEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  set(property: string, value: unknown): void {
    this.#send(this, [{ kind: 'requestChange', property, value }])
    this.#asked.set(property, value)
  }

  remove(property: string): void {
    this.#send(this, [{ kind: 'requestRemove', property }])
  }

  send(handler: string, ...args: readonly unknown[]): void {
    this.#send(this, [{ kind: 'sendMessage', handler, args }])
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#send(this, [{ kind: 'release' }])
  }

  /** What the server says of it; `bytes` is what it takes. False when that is more than is kept. */
  take(message: SharedObjectMessage, bytes: number): boolean {
    this.#version = message.version
    for (const event of message.events) {
      if (!this.#act(event, Math.ceil(bytes / message.events.length))) return false
    }
    return true
  }

  /** Nothing more will be heard of it. */
  end(error: unknown): void {
    this.#closed = true
    this.#used.reject(error)
  }

  #act(event: SharedObjectEvent, bytes: number): boolean {
    switch (event.kind) {
      case 'useSuccess':
        this.#used.resolve()
        break
      case 'change':
        for (const { property, value } of event.changes) {
          if (!this.#keep(property, value, Math.ceil(bytes / event.changes.length))) return false
          this.#events.emit('change', { property, value, isOwn: false })
        }
        break
      case 'success':
        return this.#granted(event.property, bytes)
      case 'remove':
        this.#forget(event.property)
        this.#events.emit('remove', { property: event.property })
        break
      case 'clear':
        this.#properties.clear()
        this.#bytes = 0
        this.#events.emit('clear', undefined)
        break
      case 'sendMessage':
        this.#events.emit('message', { handler: event.handler, values: event.args })
        break
      case 'status':
        this.#events.emit('status', { code: event.code, level: event.level })
        break
      default: // what only clients say, and what nobody knows
    }
    return true
  }

  /** What was asked for is done: of the property that is named, or of the oldest one. */
  #granted(named: string | undefined, bytes: number): boolean {
    const property = named ?? this.#asked.keys().next().value
    if (property === undefined || !this.#asked.has(property)) return true
    const value = this.#asked.get(property)
    this.#asked.delete(property)
    if (!this.#keep(property, value, bytes)) return false
    this.#events.emit('change', { property, value, isOwn: true })
    return true
  }

  #keep(property: string, value: unknown, bytes: number): boolean {
    this.#forget(property)
    if (this.#properties.size >= MAX_PROPERTIES || this.#bytes + bytes > MAX_BYTES) return false
    this.#properties.set(property, { value, bytes })
    this.#bytes += bytes
    return true
  }

  #forget(property: string): void {
    this.#bytes -= this.#properties.get(property)?.bytes ?? 0
    this.#properties.delete(property)
  }
}
