import type { Amf0DecodeOptions } from './options.ts'
import { type Message, openMessage, readPlain, within } from './reader.ts'
import type { Amf0Plain } from './values.ts'

/**
 * The values of a message one after another, each read only when asked for. They share one table of references.
 *
 * @example
 * const values = new Amf0Sequence(payload)
 * if (values.read() === 'connect') handle(values.read(), values.read())
 */
export class Amf0Sequence {
  readonly #message: Message

  /** @param bytes - Must stay unchanged as long as values are read. */
  constructor(bytes: Uint8Array, options: Amf0DecodeOptions = {}) {
    this.#message = openMessage(bytes, 0, options, [])
  }

  /** Where the next value starts: bytes from the start of the input. */
  get position(): number {
    return this.#message.at - this.#message.source.byteOffset
  }

  /** Whether there are no more values. */
  get done(): boolean {
    return this.#message.at >= this.#message.end
  }

  /**
   * The next value, in the plain view.
   *
   * @throws DecodeError as `decodeAmf0`; `TRUNCATED` also when there is none. After an error, read no more.
   */
  read(): Amf0Plain {
    return within(this.#message, () => readPlain(0))
  }
}
