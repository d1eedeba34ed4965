/** Everything that happened, as a number: two runs with the same hash have been the same run. */
export class Trace {
  readonly #sink: ((line: string) => void) | undefined
  #low = 0x811c9dc5
  #high = 0x9e3779b9
  #events = 0

  /** @param sink - Gets each event as a line, to compare two runs or to look into one. */
  constructor(sink?: (line: string) => void) {
    this.#sink = sink
  }

  /** How many events there were. */
  get events(): number {
    return this.#events
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0')
    return hex(this.#high) + hex(this.#low)
  }

  /** Bytes that arrived somewhere. */
  bytes(now: number, what: string, id: number, bytes: Uint8Array): void {
    this.#mix(now)
    this.#mix(id)
    this.#mix(bytes.length)
    for (let i = 0; i < bytes.length; i += 1 + (bytes.length >> 4)) this.#mix(bytes[i] as number)
    this.#events += 1
    this.#sink?.(`${now} ${what} ${id}: ${bytes.length} bytes`)
  }

  /** Something else that happened. */
  event(now: number, what: string, id: number): void {
    this.#mix(now)
    this.#mix(id)
    for (let i = 0; i < what.length; i++) this.#mix(what.charCodeAt(i))
    this.#events += 1
    this.#sink?.(`${now} ${what} ${id}`)
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193)
    this.#high = Math.imul(this.#high ^ (this.#low >>> 15) ^ value, 0x85ebca6b)
  }
}
