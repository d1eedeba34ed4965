import { type Amf0PrefixOptions, decodeAmf0Prefix, encodeAmf0 } from '@rtmp/amf0'
import { type ByteWriter, DecodeError, decodeUtf8, UsageError, utf8Length } from '@rtmp/bytes'
import type { MessageErrorCode } from './errors.ts'
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './limits.ts'
import type { MessageDecodeOptions, MessageEncodeOptions } from './options.ts'
import {
  SHARED_OBJECT_EVENT_KINDS,
  type SharedObjectChange,
  type SharedObjectEvent,
} from './shared-object-event.ts'

/** Reads the data of the events of one message; the layouts stand in `shared-object-event.ts`. */
export class SharedObjectEventReader {
  readonly bytes: Uint8Array
  readonly #allAmf3: boolean
  readonly #options: MessageDecodeOptions
  readonly #limits: MessageLimits
  #position = 0
  #end = 0
  /** The message up to the end of the event. */
  #event: Uint8Array
  #count = 0

  constructor(bytes: Uint8Array, allAmf3: boolean, options: MessageDecodeOptions = {}) {
    this.bytes = bytes
    this.#event = bytes
    this.#allAmf3 = allAmf3
    this.#limits = { ...DEFAULT_MESSAGE_LIMITS, ...options.limits }
    this.#options = options
  }

  /** Counts an event, or one of many values inside. @throws DecodeError `SHARED_OBJECT_EVENTS` */
  count(position: number): void {
    const { maxSharedObjectEvents } = this.#limits
    if (++this.#count <= maxSharedObjectEvents) return
    const code: MessageErrorCode = 'SHARED_OBJECT_EVENTS'
    throw new DecodeError(code, `more than ${maxSharedObjectEvents} events and values`, position, 'message')
  }

  /** The event with the data in `bytes[start, end)`; `undefined` for an unknown type. @throws DecodeError */
  read(eventType: number, start: number, end: number): SharedObjectEvent | undefined {
    this.#position = start
    this.#end = end
    this.#event = this.bytes.subarray(0, end)
    const kind = SHARED_OBJECT_EVENT_KINDS[eventType - 1]
    switch (kind) {
      case 'requestChange':
        return { kind, ...this.#change() }
      case 'change': {
        const changes: SharedObjectChange[] = []
        while (this.#position < end) changes.push(this.#change())
        return { kind, changes }
      }
      case 'success':
        return { kind, property: start === end ? undefined : this.#name() }
      case 'sendMessage': {
        const handler = this.#value()
        if (typeof handler !== 'string') throw this.#error('the handler is not a string')
        const args: unknown[] = []
        while (this.#position < end) {
          this.count(this.#position)
          args.push(this.#value())
        }
        return { kind, handler, args }
      }
      case 'status':
        return { kind, code: this.#name(), level: this.#name() }
      case 'remove':
      case 'requestRemove':
        return { kind, property: this.#name() }
      default:
        return kind && { kind }
    }
  }

  #change(): SharedObjectChange {
    this.count(this.#position)
    return { property: this.#name(), value: this.#value() }
  }

  #name(): string {
    const from = this.#position + 2
    const length = ((this.bytes[from - 2] ?? 0) << 8) | (this.bytes[from - 1] ?? 0)
    if (from + length > this.#end) throw this.#error('a name is cut short')
    this.#position = from + length
    return decodeUtf8(this.bytes, from, from + length)
  }

  /** Each value has reference tables of its own, so that an event that cannot be read spoils no other. */
  #value(): unknown {
    const bytes = this.#event
    if (!this.#allAmf3) {
      const options: Amf0PrefixOptions = {
        countReferences: true,
        ...this.#options,
        start: this.#position,
      }
      const { value, bytesRead } = decodeAmf0Prefix(bytes, options)
      this.#position += bytesRead
      return value
    }
    const { amf3, strict = false, onFault } = this.#options
    if (amf3 === undefined) {
      throw new DecodeError(
        'AMF3_NOT_AVAILABLE',
        'an AMF3 value, and no amf3 codec',
        this.#position,
        'message',
      )
    }
    const limits = this.#limits
    const input = {
      source: bytes,
      at: bytes.byteOffset + this.#position,
      valuesLeft: limits.maxValues,
      textLeft: limits.maxTotalBytes,
      limits,
      options: { strict, countReferences: true, ...(onFault === undefined ? {} : { onFault }) },
      amf3: undefined,
    }
    const value = amf3.read(input, 0)
    this.#position = input.at - bytes.byteOffset
    return value
  }

  #error(text: string): DecodeError {
    return new DecodeError('SHARED_OBJECT_TRUNCATED', text, this.#position, 'message')
  }
}

/** Writes the data of one event; `allAmf3` as for the reader. @throws UsageError */
export const encodeEventData = (
  writer: ByteWriter,
  event: SharedObjectEvent,
  path: string,
  allAmf3: boolean,
  options: MessageEncodeOptions = {},
): void => {
  const name = (text: string, field: string): void => {
    const length = utf8Length(text)
    if (length > 0xffff) {
      throw new UsageError('NAME_TOO_LONG', `${length} bytes, 65535 at most`, `${path}.${field}`)
    }
    writer.u16(length)
    writer.utf8(text)
  }
  const value = (one: unknown, field: string): void => {
    writer.bytes(allAmf3 ? amf3Value(one, `${path}.${field}`, options) : encodeAmf0([one], options))
  }
  switch (event.kind) {
    case 'requestChange':
      name(event.property, 'property')
      value(event.value, 'value')
      break
    case 'change':
      event.changes.forEach((change, index) => {
        name(change.property, `changes[${index}].property`)
        value(change.value, `changes[${index}].value`)
      })
      break
    case 'success':
      if (event.property !== undefined) name(event.property, 'property')
      break
    case 'sendMessage':
      value(event.handler, 'handler')
      event.args.forEach((argument, index) => value(argument, `args[${index}]`))
      break
    case 'status':
      name(event.code, 'code')
      name(event.level, 'level')
      break
    case 'remove':
    case 'requestRemove':
      name(event.property, 'property')
      break
    case 'unknown':
      writer.bytes(event.data)
      break
    default: // the others have no data
  }
}

const amf3Value = (value: unknown, path: string, options: MessageEncodeOptions): Uint8Array => {
  const { amf3, strict = false } = options
  if (amf3 === undefined) {
    throw new UsageError('AMF3_NOT_AVAILABLE', 'writing AMF3 values needs an amf3 codec', path)
  }
  const limits = { ...DEFAULT_MESSAGE_LIMITS, ...options.limits }
  return amf3.write(value, { limits, options: { strict }, amf3: undefined }, path, 0)
}
