import type { RecordedStart } from './recorded-source.ts'

/** A segment of a recording, in all its renditions. Times are milliseconds from the recording's beginning. */
export interface PlannedSegment {
  readonly start: number
  readonly end: number
  /** From its first byte in the file to that of the next one; 0 where that is not known. */
  readonly bytes: number
}

/** A segment may be this much shorter than it should be, where the next start would make it much longer. Milliseconds. */
const SHORTER_MS = 500

/**
 * Where a recording is cut: at the first start behind so many milliseconds each. So a list of all segments is known before any of
 * them is made.
 */
export const planSegments = (
  starts: readonly RecordedStart[],
  durationMs: number,
  segmentMs: number,
): readonly PlannedSegment[] => {
  const cuts: RecordedStart[] = []
  for (const start of starts) {
    const last = cuts.at(-1)
    if (last === undefined || start.time - last.time >= segmentMs - SHORTER_MS) cuts.push(start)
  }
  const first = cuts[0]?.time ?? 0
  // Files whose times do not begin at 0 are as long as they say, from there on.
  const end = Math.max(durationMs, (cuts.at(-1)?.time ?? 0) + 1, first > segmentMs ? first + durationMs : 0)
  if (cuts.length === 0) return [{ start: 0, end, bytes: 0 }]
  return cuts.map(({ time, position }, i) => {
    const next = cuts[i + 1]
    const bytes = next === undefined ? 0 : Math.max(0, next.position - position)
    return { start: i === 0 && time < SHORTER_MS ? 0 : time, end: next?.time ?? end, bytes }
  })
}
