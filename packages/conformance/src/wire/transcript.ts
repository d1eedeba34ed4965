import { ChunkJudge } from './chunk-judge.ts'
import { hexOf } from './hex.ts'
import { messageText } from './message-text.ts'

/** Entries kept of one connection; what comes later is only counted. */
const MAX_ENTRIES = 200
/** Bytes shown of one write or read. */
const SHOWN_BYTES = 256
/** Bytes of a direction that are decoded for the report. */
const MAX_DECODED = 256 * 1024

interface Entry {
  readonly sent: boolean
  readonly at: number
  readonly bytes: Uint8Array
}

/** What went over one connection, for the report of a failed case. */
export class Transcript {
  readonly #name: string
  readonly #entries: Entry[] = []
  readonly #began = performance.now()
  readonly #notes: string[] = []
  #more = 0

  constructor(name: string) {
    this.#name = name
  }

  add(sent: boolean, bytes: Uint8Array): void {
    if (this.#entries.length >= MAX_ENTRIES) this.#more += 1
    else this.#entries.push({ sent, at: performance.now() - this.#began, bytes })
  }

  /** Keeps what happened apart from bytes, e.g. an end. */
  note(text: string): void {
    this.#notes.push(`${this.#name} ${Math.round(performance.now() - this.#began)} ms: ${text}`)
  }

  /** Lets go of what was kept. */
  forget(): void {
    this.#entries.length = 0
    this.#notes.length = 0
  }

  /** Each write and read as hexadecimal text, then both directions decoded as far as they are chunks. */
  lines(): readonly string[] {
    const bytes = this.#entries.map(
      ({ sent, at, bytes }) =>
        `${this.#name} ${Math.round(at)} ms ${sent ? '>' : '<'} ${hexOf(bytes, SHOWN_BYTES)}`,
    )
    if (this.#more > 0) bytes.push(`${this.#name}: ${this.#more} more`)
    return [...bytes, ...this.#notes, ...this.#decoded(true), ...this.#decoded(false)]
  }

  #decoded(sent: boolean): readonly string[] {
    const judge = new ChunkJudge()
    const lines: string[] = []
    let handshake = 3073
    let decoded = 0
    const mark = `${this.#name} ${sent ? '>' : '<'}`
    for (const entry of this.#entries) {
      if (entry.sent !== sent || decoded > MAX_DECODED) continue
      const bytes = entry.bytes.subarray(Math.min(handshake, entry.bytes.length))
      handshake -= entry.bytes.length - bytes.length
      decoded += bytes.length
      for (const message of judge.push(bytes)) lines.push(`${mark} ${messageText(message)}`)
    }
    if (judge.broken !== undefined) lines.push(`${mark} not decoded further: ${judge.broken}`)
    return lines
  }
}
