import type { Amf0DecodeOptions } from './options.ts'
import { PlainReader } from './plain-reader.ts'
import type { Amf0Plain } from './values.ts'

/**
 * The values of a message one after another, each read only when asked for. They share one table of references.
 *
 * @example
 * const values = new Amf0Sequence(payload)
 * if (values.read() === 'connect') handle(values.read(), values.read())
 */
export class Amf0Sequence {
  readonly #reader: PlainReader

  /** @param bytes - Must stay unchanged as long as values are read. */
  constructor(bytes: Uint8Array, options: Amf0DecodeOptions = {}) {
    this.#reader = new PlainReader(bytes, 0, options)
  }

  /** Where the next value starts: bytes from the start of the input. */
  get position(): number {
    return this.#reader.position
  }

  /** Whether there are no more values. */
  get done(): boolean {
    return this.#reader.position >= this.#reader.end
  }

  /**
   * The next value, in the plain view.
   *
   * @throws DecodeError as `decodeAmf0`; `TRUNCATED` also when there is none. After an error, read no more.
   */
  read(): Amf0Plain {
    return this.#reader.read()
  }
}
