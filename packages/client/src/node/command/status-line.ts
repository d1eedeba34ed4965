import { SingleBar } from 'cli-progress'
import type { Output } from './command-io.ts'

/** Milliseconds between two changes of the line. */
const INTERVAL_MS = 200
const FULL = 1000

/** The last line of a terminal, which tells where the work stands: a bar where the end is known, and a text. */
export class StatusLine {
  readonly #output: Output
  #bar: SingleBar | undefined
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(output: Output) {
    this.#output = output
  }

  /** Shows a text, five times a second at most. @param part - From 0 to 1. */
  show(text: () => string, part: number | undefined): void {
    const now = performance.now()
    if (now - this.#shownAt < INTERVAL_MS) return
    this.#shownAt = now
    this.#bar ??= this.#start(part !== undefined)
    this.#bar.update(Math.round(Math.min(part ?? 0, 1) * FULL), { text: text() })
    this.#bar.render()
  }

  /** Takes the line away; the next {@link show} brings it back at once. */
  clear(): void {
    this.#bar?.stop()
    this.#bar = undefined
    this.#shownAt = Number.NEGATIVE_INFINITY
  }

  #start(bar: boolean): SingleBar {
    const line = new SingleBar({
      stream: this.#output,
      format: bar ? '{bar} {percentage} %  {text}' : '{text}',
      barCompleteChar: '━',
      barIncompleteChar: '─',
      barsize: 24,
      autopadding: true,
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      gracefulExit: false,
    })
    line.start(FULL, 0, { text: '' })
    return line
  }
}
