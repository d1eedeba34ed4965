import type { Packet, Track } from './packets.ts'

/** What a recording must have in common with its source. */
export interface ComparisonOptions {
  /** The recording must last to the source's end; else it may stop anywhere. Default true. */
  readonly toTheEnd?: boolean
  /** The recording may be later or earlier than the source by one constant time. Default false. */
  readonly anyOffset?: boolean
  /** Times may differ by this much from one packet to the next (clients that round them), in milliseconds. Default 0. */
  readonly toleranceMs?: number
  /** Compare decoder configurations too. Default true. */
  readonly configurations?: boolean
}

/** How one track of a recording compares with its source. */
interface TrackComparison {
  readonly kind: 'audio' | 'video'
  readonly codec: string
  /** Index of the source's packet that the recording starts with; -1 when nothing fits. */
  readonly joinedAt: number
  /** True when the recording starts with a key frame of the source. */
  readonly joinedAtKey: boolean
  readonly received: number
  /** What the recording adds to the source's times, in milliseconds. */
  readonly offsetMs: number
}

/** A recording beside its source. */
export interface Comparison {
  readonly tracks: readonly TrackComparison[]
  /** In plain words, everything that differs; empty when the recording is the source from the join on. */
  readonly problems: readonly string[]
}

const EVERY_PROBLEM = 5

/** How many of the recording's first packets are the source's from `start` on. */
function runLength(source: readonly Packet[], recording: readonly Packet[], start: number): number {
  let length = 0
  while (length < recording.length && source[start + length]?.hash === recording[length]?.hash) length += 1
  return length
}

/**
 * The source's packet that the recording starts with: the one from which most packets are the same, and of several (a
 * steady tone repeats itself) the one nearest in time.
 */
function joinOf(source: readonly Packet[], recording: readonly Packet[]): number {
  const startsAt = recording[0]?.dts ?? 0
  let best = -1
  let bestLength = 0
  let bestDistance = Number.POSITIVE_INFINITY
  source.forEach(({ dts }, start) => {
    const length = runLength(source, recording, start)
    const distance = Math.abs(dts - startsAt)
    if (length === 0 || length < bestLength || (length === bestLength && distance >= bestDistance)) return
    best = start
    bestLength = length
    bestDistance = distance
  })
  return best
}

function compareTrack(
  source: Track,
  recording: Track,
  options: ComparisonOptions,
  problems: string[],
): TrackComparison {
  const name = `${source.kind} ${source.codec}`
  const note = (text: string): void => {
    problems.push(`${name}: ${text}`)
  }
  if (recording.codec !== source.codec) note(`became ${recording.codec}`)
  if (options.configurations !== false && recording.configuration !== source.configuration)
    note('has another decoder configuration')
  const joinedAt = joinOf(source.packets, recording.packets)
  const first = source.packets[joinedAt]
  const got = recording.packets[0]
  if (first === undefined || got === undefined) {
    note(got === undefined ? 'is empty' : 'starts with a packet that the source has not')
    const received = recording.packets.length
    return { kind: source.kind, codec: source.codec, joinedAt, joinedAtKey: false, received, offsetMs: 0 }
  }
  const offsetMs = got.dts - first.dts
  const tolerance = options.toleranceMs ?? 0
  if (options.anyOffset !== true && Math.abs(offsetMs) > tolerance) note(`is ${offsetMs} ms off`)
  let differences = 0
  const differ = (text: string): void => {
    differences += 1
    if (differences <= EVERY_PROBLEM) note(text)
  }
  for (let index = 0; index < recording.packets.length; index += 1) {
    const theirs = source.packets[joinedAt + index]
    const ours = recording.packets[index]
    if (ours === undefined) break
    if (theirs === undefined) {
      differ(`goes on for ${recording.packets.length - index} packets after the source's end`)
      break
    }
    const where = `packet ${index} (the source's ${joinedAt + index}, at ${theirs.dts} ms)`
    if (ours.hash !== theirs.hash || ours.bytes !== theirs.bytes)
      differ(`${where} has other bytes: ${ours.bytes} for ${theirs.bytes}, at ${ours.dts} ms`)
    else if (
      Math.abs(ours.dts - theirs.dts - offsetMs) > tolerance ||
      Math.abs(ours.pts - theirs.pts - offsetMs) > tolerance
    )
      differ(`${where} came at ${ours.dts} (shown at ${ours.pts}, source ${theirs.pts}) ms`)
    if (ours.key !== theirs.key) differ(`${where} is ${ours.key ? '' : 'no '}key frame`)
  }
  if (differences > EVERY_PROBLEM) note(`… ${differences} differences in all`)
  const expected = source.packets.length - joinedAt
  if (options.toTheEnd !== false && recording.packets.length < expected)
    note(`lacks the last ${expected - recording.packets.length} of ${expected} packets`)
  return {
    kind: source.kind,
    codec: source.codec,
    joinedAt,
    joinedAtKey: first.key,
    received: recording.packets.length,
    offsetMs,
  }
}

/**
 * Compares a recording with its source from the join on: the same tracks, and in each every packet of the source with
 * the same bytes, times and key frames, none missing, none twice. Tracks of a kind are matched in their order.
 */
export function compareFromJoin(
  source: readonly Track[],
  recording: readonly Track[],
  options: ComparisonOptions = {},
): Comparison {
  const problems: string[] = []
  const tracks: TrackComparison[] = []
  for (const kind of ['video', 'audio'] as const) {
    const theirs = source.filter((track) => track.kind === kind)
    const ours = recording.filter((track) => track.kind === kind)
    if (theirs.length !== ours.length) problems.push(`${ours.length} ${kind} tracks for ${theirs.length}`)
    theirs.forEach((track, index) => {
      const counterpart = ours[index]
      if (counterpart !== undefined) tracks.push(compareTrack(track, counterpart, options, problems))
    })
  }
  return { tracks, problems }
}
