import type { Amf0Object, Amf0Plain } from '@rtmp/amf0'
import type { KeyframeIndex } from './facts.ts'

/** A key frame found in an index. */
export interface KeyframeEntry {
  /** Seconds. */
  readonly time: number
  /** Position in the file of its tag's first byte. */
  readonly filePosition: number
}

/**
 * The `keyframes` object of onMetaData: `filepositions` and `times` (seconds) side by side. An index is a hint:
 * entries that are not finite numbers, negative, or without a partner are left out. `undefined` without any.
 */
export const readKeyframeIndex = (value: Amf0Plain): KeyframeIndex | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { filepositions, times } = value as Amf0Object
  if (!Array.isArray(filepositions) || !Array.isArray(times)) return undefined
  const index = { times: [] as number[], filePositions: [] as number[] }
  for (let i = 0; i < Math.min(times.length, filepositions.length); i++) {
    const time = times[i]
    const position = filepositions[i]
    if (!isUsable(time) || !isUsable(position)) continue
    index.times.push(time)
    index.filePositions.push(position)
  }
  return index.times.length > 0 ? index : undefined
}

const isUsable = (value: Amf0Plain): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0

/** An index as the `keyframes` property has it. */
export const keyframesProperty = (index: KeyframeIndex): Amf0Object => ({
  filepositions: [...index.filePositions],
  times: [...index.times],
})

/**
 * The last key frame at or before a time, or the first one when all are later; `undefined` in an empty index.
 *
 * @param seconds - On the same scale as the index.
 * @param fileSize - Positions at or behind it are ignored.
 */
export const findKeyframe = (
  index: KeyframeIndex,
  seconds: number,
  fileSize: number = Number.POSITIVE_INFINITY,
): KeyframeEntry | undefined => {
  let before: KeyframeEntry | undefined
  let after: KeyframeEntry | undefined
  index.times.forEach((time, i) => {
    const filePosition = index.filePositions[i] ?? Number.POSITIVE_INFINITY
    if (filePosition >= fileSize) return
    if (time <= seconds) {
      if (before === undefined || time >= before.time) before = { time, filePosition }
    } else if (after === undefined || time < after.time) after = { time, filePosition }
  })
  return before ?? after
}
