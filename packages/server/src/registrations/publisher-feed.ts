import { decodeAmf0 } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import { toMediaFrames } from '@rtmp/ertmp'
import type { PublishContext } from '../core/handler.ts'
import type { ServerCore } from '../core/server-core.ts'
import type { RelayMessage } from '../relay/relay-message.ts'
import type { PublisherRegistrationOptions, RegisteredPublisher } from './registration.ts'

/** What a registration is told of one publish, from its start to its end. Listens to media only if somebody wants it. */
export class PublisherFeed {
  readonly #core: ServerCore
  readonly #options: PublisherRegistrationOptions
  readonly #publisher: RegisteredPublisher
  readonly #off: (() => void) | undefined

  constructor(core: ServerCore, options: PublisherRegistrationOptions, context: PublishContext) {
    this.#core = core
    this.#options = options
    this.#publisher = { context, streamId: options.streamId ?? randomUuid(core) }
    this.#call('connected', () => options.connected?.(this.#publisher))
    const wanted = (['message', 'frame', 'metadata'] as const).some((name) => options[name] !== undefined)
    if (!wanted) return
    this.#off = core.tap(context.app, context.streamName, (message) => this.#message(message))
  }

  end(): void {
    this.#off?.()
    this.#call('stopped', () => this.#options.stopped?.(this.#publisher))
  }

  #message(message: RelayMessage): void {
    this.#options.message?.(this.#publisher, message)
    if (message.isVideo || message.isAudio) this.#frames(message)
    else this.#data(message)
  }

  #frames(message: RelayMessage): void {
    if (this.#options.frame === undefined) return
    const kind = message.isVideo ? 'video' : 'audio'
    try {
      for (const frame of toMediaFrames(kind, message.timestamp, message.payload)) {
        this.#options.frame(this.#publisher, frame)
      }
    } catch (error) {
      if (!isDecodeError(error)) throw error
    }
  }

  #data({ timestamp, payload }: RelayMessage): void {
    if (this.#options.metadata === undefined) return
    try {
      const [name, ...values] = decodeAmf0(payload) as readonly unknown[]
      const properties = values[0]
      if (name !== 'onMetaData' || typeof properties !== 'object' || properties === null) return
      this.#options.metadata(this.#publisher, properties as Readonly<Record<string, unknown>>, {
        name,
        action: 'set',
        timestamp,
        values,
      })
    } catch (error) {
      if (!isDecodeError(error)) throw error
    }
  }

  #call(what: string, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#core.failed(`a registration's ${what}`, error)
    }
  }
}

/** A UUID of version 4 (RFC 9562 §5.4). */
const randomUuid = (core: ServerCore): string => {
  const bytes = core.sessionOptions.crypto.randomBytes(16).slice()
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
