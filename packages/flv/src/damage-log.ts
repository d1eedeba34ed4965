import type { FlvDamage } from './reader-options.ts'

const MAX_DAMAGES = 100

/** What was wrong with an input: the first hundred places, and how much that cost. */
export class DamageLog {
  readonly damages: FlvDamage[] = []
  /** Bytes that belong to no tag that was delivered. */
  skippedBytes = 0
  /** Whether the input ended inside a tag or its back pointer. */
  truncated = false

  /** Adds a place; `offset` is a position in the file. */
  add(kind: FlvDamage['kind'], offset: number, length: number): void {
    if (kind === 'truncated') this.truncated = true
    if (kind !== 'repaired') this.skippedBytes += length
    const last = this.damages.at(-1)
    // A long search tells of what it has skipped piece by piece.
    if (kind === 'skipped' && last?.kind === 'skipped' && last.offset + last.length === offset) {
      this.damages[this.damages.length - 1] = { kind, offset: last.offset, length: last.length + length }
    } else if (this.damages.length < MAX_DAMAGES) this.damages.push({ kind, offset, length })
  }
}
