import type { PlannedSegment } from './recorded-plan.ts'
import { initName, segmentName } from './resource-name.ts'

/** The media playlist of a recording (RFC 8216bis §4.4.3): all of it, and an end. @param isIndependent - See EXT-X-INDEPENDENT-SEGMENTS. */
export const recordedPlaylist = (
  rendition: string,
  segments: readonly PlannedSegment[],
  isIndependent: boolean,
): string => {
  const longest = segments.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:6',
    `#EXT-X-TARGETDURATION:${Math.max(1, Math.round(longest / 1000))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...(isIndependent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
    `#EXT-X-MAP:URI="${initName(rendition, 0)}"`,
    ...segments.flatMap(({ start, end }, i) => [
      `#EXTINF:${((end - start) / 1000).toFixed(3)},`,
      segmentName(rendition, i),
    ]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n')
}
