import type { Pace } from './pace.ts'
import { initName, partName, playlistName, segmentName } from './resource-name.ts'
import type { Segment } from './segment.ts'
import type { SegmentList } from './segment-list.ts'

/** Where another rendition stands, for EXT-X-RENDITION-REPORT. */
export interface RenditionReport {
  readonly rendition: string
  readonly lastSequence: number
  /** -1 without parts. */
  readonly lastPart: number
}

/** Seconds with three decimals: milliseconds are all that RTMP knows. */
const seconds = (ms: number): string => (ms / 1000).toFixed(3)

/** Parts stand in the playlist as far back as this, in target durations (RFC 8216bis §6.2.2 asks for so many). */
const PARTS_TARGETS = 3
/** Segments older than this, in target durations, can be left out of an update (RFC 8216bis §6.2.5.1 asks for six). */
const SKIP_TARGETS = 6
/** How far from the end players should stay: in target durations, and in part targets. */
const HOLD_BACK = 3
const PART_HOLD_BACK = 3

/** Where a playlist of one rendition stands. */
export const reportOf = (rendition: string, list: SegmentList): RenditionReport => {
  const { open, last } = list
  const newest = open !== undefined && open.place.listsParts && open.parts.length > 0 ? open : last
  const { place, parts = [] } = newest ?? {}
  const lastPart = place?.listsParts === true ? parts.length - 1 : -1
  return { rendition, lastSequence: place?.sequence ?? list.nextSequence - 1, lastPart }
}

/** The part that comes next: its segment's Media Sequence Number, and its index. */
export const nextPart = (list: SegmentList): { readonly sequence: number; readonly part: number } => ({
  sequence: list.nextSequence,
  part: list.open?.parts.length ?? 0,
})

/** What the text of a media playlist is made of. */
export interface MediaPlaylistState {
  readonly rendition: string
  readonly list: SegmentList
  readonly pace: Pace
  /** The Discontinuity Sequence Number of what comes now. */
  readonly epoch: number
  /** Where the other renditions stand. */
  readonly reports: readonly RenditionReport[]
  readonly hasEnded: boolean
  /** Nothing comes any more, though that is not said yet. */
  readonly isComplete: boolean
}

/**
 * A media playlist (RFC 8216bis §4.4.3, §4.4.4, §4.4.5), the open segment's parts included.
 *
 * @param skip - Leave out what is older than the skip boundary: a Playlist Delta Update.
 */
export const mediaPlaylist = (state: MediaPlaylistState, skip: boolean): string => {
  const { rendition, list, pace, hasEnded, isComplete } = state
  const { listed, open } = list
  const first = listed[0] ?? open
  const targetMs = pace.targetSeconds * 1000
  // Behind its end a playlist is asked for no more, and is whole.
  const skipped = skip && !hasEnded ? skippable(listed, SKIP_TARGETS * targetMs) : 0
  const lines = [...head(state, skipped > 0), `#EXT-X-MEDIA-SEQUENCE:${list.firstSequence}`]
  if (first !== undefined) {
    const { epoch, discontinuities } = first.place
    if (epoch > discontinuities) lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${epoch - discontinuities}`)
  }
  const all = open === undefined ? listed : [...listed, open]
  if (all.every((segment) => segment.isGap || segment.independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`)
  const partsFrom = pace.hasParts
    ? listed.length - skippable(listed, PARTS_TARGETS * targetMs, true)
    : listed.length
  const unfinished = hasEnded || isComplete ? undefined : list.unfinished(state.epoch)
  let init: number | undefined
  listed.forEach((segment, i) => {
    const isNew = segment.place.init !== init
    init = segment.place.init
    if (i < skipped) return
    if (segment === unfinished)
      lines.push(...segmentHead(rendition, segment, isNew), ...partLines(rendition, segment))
    else lines.push(linesOf(rendition, segment, isNew, i >= partsFrom && !hasEnded))
  })
  if (hasEnded) {
    lines.push('#EXT-X-ENDLIST', '')
    return lines.join('\n')
  }
  if (pace.hasParts && !isComplete) {
    if (open !== undefined && open.place.listsParts && open.parts.length > 0) {
      lines.push(...segmentHead(rendition, open, open.place.init !== init), ...partLines(rendition, open))
    }
    const ahead = list.discontinuitiesAhead(state.epoch)
    // Behind a segment that has ended it is said as soon as it is known.
    if (ahead > 0 && unfinished === undefined) lines.push(...discontinuities(ahead))
    // Behind a discontinuity nobody knows before the first part which init segment it wants, so that nothing is hinted.
    if (ahead === 0) {
      const { sequence, part } = nextPart(list)
      lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partName(rendition, sequence, part)}"`)
    }
  }
  lines.push(...state.reports.map(reportLine), '')
  return lines.join('\n')
}

const head = ({ pace, hasEnded }: MediaPlaylistState, isDelta: boolean): string[] => {
  const { targetSeconds, partTargetMs, hasParts } = pace
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${hasParts || isDelta ? 9 : 6}`,
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
  ]
  if (hasEnded) return lines
  const control = ['CAN-BLOCK-RELOAD=YES', `CAN-SKIP-UNTIL=${seconds(SKIP_TARGETS * targetSeconds * 1000)}`]
  control.push(`HOLD-BACK=${seconds(HOLD_BACK * targetSeconds * 1000)}`)
  if (hasParts) control.push(`PART-HOLD-BACK=${seconds(PART_HOLD_BACK * partTargetMs)}`)
  lines.push(`#EXT-X-SERVER-CONTROL:${control.join(',')}`)
  if (hasParts) lines.push(`#EXT-X-PART-INF:PART-TARGET=${seconds(partTargetMs)}`)
  return lines
}

/** How many segments from the start lie wholly further than so many milliseconds from the end; or from the end, nearer. */
const skippable = (listed: readonly Segment[], ms: number, fromEnd = false): number => {
  let behind = 0
  let near = 0
  for (let i = listed.length - 1; i >= 0 && behind < ms; i--) {
    behind += (listed[i] as Segment).duration
    near += 1
  }
  return fromEnd ? near : listed.length - near
}

/** A closed segment's lines. Made once with its parts, and once without. */
const linesOf = (rendition: string, segment: Segment, isNewInit: boolean, withParts: boolean): string => {
  const { isGap, place, duration } = segment
  if (withParts || isNewInit || segment.lines === undefined) {
    const lines = segmentHead(rendition, segment, isNewInit)
    if (withParts && place.listsParts) lines.push(...partLines(rendition, segment))
    if (isGap) lines.push('#EXT-X-GAP')
    lines.push(`#EXTINF:${seconds(duration)},`, segmentName(rendition, place.sequence))
    const text = lines.join('\n')
    if (!withParts && !isNewInit) segment.lines = text
    return text
  }
  return segment.lines
}

const discontinuities = (count: number): string[] =>
  Array.from({ length: count }, () => '#EXT-X-DISCONTINUITY')

const segmentHead = (rendition: string, { place, wallClock }: Segment, isNewInit: boolean): string[] => {
  const lines = discontinuities(place.discontinuities)
  if (isNewInit) lines.push(`#EXT-X-MAP:URI="${initName(rendition, place.init)}"`)
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(wallClock)).toISOString()}`)
  return lines
}

const partLines = (rendition: string, { place, parts }: Segment): string[] =>
  parts.map(
    ({ duration, independent }, i) =>
      `#EXT-X-PART:DURATION=${seconds(duration)},URI="${partName(rendition, place.sequence, i)}"${independent ? ',INDEPENDENT=YES' : ''}`,
  )

const reportLine = ({ rendition, lastSequence, lastPart }: RenditionReport): string =>
  `#EXT-X-RENDITION-REPORT:URI="${playlistName(rendition)}",LAST-MSN=${lastSequence}${lastPart < 0 ? '' : `,LAST-PART=${lastPart}`}`
