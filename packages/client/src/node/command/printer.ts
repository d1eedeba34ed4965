import { shownJson } from '@rtmp/bytes/text'
import { once } from 'node:events'
import type { Output } from './command-io.ts'

/** Writes lines, and lets the writer wait where the reader is slow. */
export class Printer {
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
  }

  /** Writes a line; resolves at once unless the output is full. */
  async line(text: string): Promise<void> {
    if (!this.#output.write(`${text}\n`)) await once(this.#output, 'drain')
  }

  /** The same for a value, as JSON. */
  async json(value: unknown): Promise<void> {
    await this.line(shownJson(JSON.stringify(value)))
  }
}
