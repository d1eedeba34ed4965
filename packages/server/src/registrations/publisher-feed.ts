import { decodeAmf0 } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import { toMediaFrames, type MediaMessage } from '@rtmp/e-rtmp'
import type { PublishContext } from '../contract/contexts.ts'
import type { RegistrationHost } from './registration-host.ts'
import type { PublisherRegistrationOptions, RegisteredPublisher } from './registration.ts'

/** What a registration is told of one publish, from its start to its end. Listens to media only if somebody wants it. */
export class PublisherFeed {
  readonly #host: RegistrationHost
  readonly #options: PublisherRegistrationOptions
  readonly #publisher: RegisteredPublisher
  readonly #off: (() => void) | undefined

  constructor(host: RegistrationHost, options: PublisherRegistrationOptions, context: PublishContext) {
    this.#host = host
    this.#options = options
    this.#publisher = { context, streamId: options.streamId ?? randomUuid(host) }
    this.#tell('connected')
    const wanted = (['message', 'frame', 'metadata'] as const).some((name) => options[name] !== undefined)
    if (!wanted) return
    this.#off = host.tap(context.app, context.streamName, (message) => this.#message(message))
  }

  end(): void {
    this.#off?.()
    this.#tell('stopped')
  }

  #message(message: MediaMessage): void {
    try {
      this.#host.door.returned(PLACES.message, this.#options.message?.(this.#publisher, message))
    } catch (error) {
      this.#host.failed(PLACES.message, error)
    }
    if (message.isVideo || message.isAudio) this.#frames(message)
    else this.#data(message)
  }

  #frames(message: MediaMessage): void {
    if (this.#options.frame === undefined) return
    const kind = message.isVideo ? 'video' : 'audio'
    const frames = unlessDamaged(() => toMediaFrames(kind, message.timestamp, message.payload))
    for (const frame of frames ?? []) {
      try {
        this.#host.door.returned(PLACES.frame, this.#options.frame(this.#publisher, frame))
      } catch (error) {
        this.#host.failed(PLACES.frame, error)
      }
    }
  }

  #data({ timestamp, payload }: MediaMessage): void {
    if (this.#options.metadata === undefined) return
    const [name, ...values] =
      unlessDamaged(() => decodeAmf0(payload, { countReferences: true }) as readonly unknown[]) ?? []
    const properties = values[0]
    if (name !== 'onMetaData' || typeof properties !== 'object' || properties === null) return
    const data = { name, action: 'set', timestamp, values } as const
    try {
      const known = properties as Readonly<Record<string, unknown>>
      this.#host.door.returned(PLACES.metadata, this.#options.metadata(this.#publisher, known, data))
    } catch (error) {
      this.#host.failed(PLACES.metadata, error)
    }
  }

  #tell(what: 'connected' | 'stopped'): void {
    this.#host.door.call(PLACES[what], () => this.#options[what]?.(this.#publisher))
  }
}

/** Where the callbacks stand, for the event `error`. */
const PLACES = {
  connected: "a registration's connected",
  stopped: "a registration's stopped",
  metadata: "a registration's metadata",
  message: "a registration's message",
  frame: "a registration's frame",
} as const

/** What cannot be read goes to players all the same, who may know better. */
const unlessDamaged = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/** A UUID of version 4 (RFC 9562 §5.4). */
const randomUuid = (host: RegistrationHost): string => {
  const bytes = host.sessionOptions.crypto.randomBytes(16).slice()
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
