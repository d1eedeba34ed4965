import { type ReadPlaylist, readPlaylist } from './read-playlist.ts'

/** Half a millisecond: playlists have three decimals. */
const ROUNDING = 0.00051

const once = [
  '#EXTM3U',
  '#EXT-X-VERSION',
  '#EXT-X-TARGETDURATION',
  '#EXT-X-MEDIA-SEQUENCE',
  '#EXT-X-SKIP',
  '#EXT-X-DISCONTINUITY-SEQUENCE',
] as const

const SEGMENT_TAGS = new Set([
  '#EXTINF',
  '#EXT-X-DISCONTINUITY',
  '#EXT-X-MAP',
  '#EXT-X-PROGRAM-DATE-TIME',
  '#EXT-X-PART',
  '#EXT-X-GAP',
])

/** Whether a discontinuity is said that the first part of the next segment comes behind. */
const isAhead = ({ segments, open }: ReadPlaylist): boolean =>
  open.parts.length === 0 && open.discontinuity > (segments.at(-1)?.discontinuity ?? open.discontinuity)

/** What one media playlist breaks of RFC 8216bis, each by its section; nothing when it keeps all that is looked at. */
export const rulesBroken = (text: string): string[] => {
  const broken: string[] = []
  const rule = (isKept: boolean, section: string, what: string): void => {
    if (!isKept) broken.push(`${section}: ${what}`)
  }
  rule(
    text.startsWith('#EXTM3U\n') && !/[\r\ufeff]/.test(text),
    '4.1',
    'begins with #EXTM3U, LF only, no BOM',
  )
  const list = readPlaylist(text)
  const { tags, segments, target, partTarget, control, open } = list
  for (const tag of once) rule(tags.filter((each) => each === tag).length <= 1, '4.4', `${tag} at most once`)
  // What a playlist has of its own stands before what segments have.
  const head = tags.findIndex((tag) => SEGMENT_TAGS.has(tag))
  for (const tag of ['#EXT-X-MEDIA-SEQUENCE', '#EXT-X-DISCONTINUITY-SEQUENCE'] as const)
    rule(tags.lastIndexOf(tag) < head || head < 0, '4.4.3.2, 4.4.3.3', `${tag} before the first segment`)
  rule(
    tags.includes('#EXT-X-TARGETDURATION') && Number.isInteger(target),
    '4.4.3.1',
    'an integral target duration',
  )
  const least = list.skipped > 0 ? 9 : tags.includes('#EXT-X-MAP') ? 6 : 3
  rule(list.version >= least, '8', `version ${least} or greater`)
  for (const { duration, uri } of segments) {
    rule(Math.round(duration) <= target, '4.4.3.1', `${uri} of ${duration} s in a target of ${target} s`)
  }
  segments.forEach(({ map, uri }, i) => {
    rule(map !== undefined || list.skipped > 0 || i < 0, '4.4.4.5', `an init segment for ${uri}`)
  })
  rule(
    segments.every(({ date }) => !Number.isNaN(date)),
    '4.4.4.6',
    'a date for each segment',
  )
  const end = segments.length
  if (partTarget !== undefined) {
    rule(
      Number(control.get('PART-HOLD-BACK')) >= 2 * partTarget,
      '4.4.3.8',
      'PART-HOLD-BACK of two part targets',
    )
    segments.forEach(({ parts, duration, uri }, i) => {
      if (parts.length === 0) return
      const sum = parts.reduce((total, part) => total + part.duration, 0)
      rule(
        Math.abs(sum - duration) <= ROUNDING * (parts.length + 1),
        '4.4.4.9',
        `parts make up ${uri}: ${sum}, ${duration}`,
      )
      rule(i >= 0, '6.2.2', uri)
    })
    rule(open.parts.length === 0 || !Number.isNaN(open.date), '4.4.4.9', 'a date before the first part')
  }
  const listedWithParts = segments.findIndex(({ parts }) => parts.length > 0)
  if (listedWithParts >= 0) {
    const behind = segments.slice(listedWithParts + 1).reduce((sum, { duration }) => sum + duration, 0)
    rule(behind < 4 * target + 1, '6.2.2', 'old parts are taken out')
  }
  if (!list.hasEnded) {
    rule(Number(control.get('HOLD-BACK')) >= 3 * target, '4.4.3.8', 'HOLD-BACK of three target durations')
    rule(
      Number(control.get('CAN-SKIP-UNTIL')) >= 6 * target,
      '4.4.3.8',
      'CAN-SKIP-UNTIL of six target durations',
    )
    rule(control.get('CAN-BLOCK-RELOAD') === 'YES', '4.4.3.8', 'blocking reloads')
    // Where a segment has parts and nothing is hinted, no more may come: `updateBroken` looks at that.
    const isUnfinished = open.parts.length > 0 && list.hints.length === 0
    const hints = partTarget === undefined || isAhead(list) || isUnfinished ? 0 : 1
    rule(list.hints.length === hints, '4.4.5.3', 'a hint, where it is known what it is a part of')
  } else {
    rule(list.hints.length === 0, '4.4.5.3', 'no hint behind the end')
    rule(tags.at(-1) === '#EXT-X-ENDLIST', '4.4.3.4', 'the end')
  }
  rule(end > 0 || open.parts.length > 0 || list.hasEnded, '4.1', 'something in it')
  return broken
}

/**
 * Whether parts last as long as promised: not in {@link rulesBroken}, since a picture that lasts long makes a long part of its own
 * (see the README).
 */
export const partsBroken = (text: string): string[] => {
  const { segments, open, partTarget = 0 } = readPlaylist(text)
  const broken: string[] = []
  for (const [i, { parts }] of [...segments, open].entries()) {
    parts.forEach(({ uri, duration, independent }, j) => {
      if (duration > partTarget + ROUNDING)
        broken.push(`${uri} of ${duration} s is longer than ${partTarget} s`)
      const isLast = i < segments.length && j === parts.length - 1
      if (duration < 0.85 * partTarget - ROUNDING && !independent && !isLast)
        broken.push(`${uri} of ${duration} s is shorter than 85% of ${partTarget} s`)
    })
  }
  return broken
}

/** What an update breaks that must stay as it was (RFC 8216bis §6.2.1, §6.2.2). */
export const updateBroken = (before: ReadPlaylist, after: ReadPlaylist): string[] => {
  const broken: string[] = []
  if (after.target !== before.target) broken.push('4.4.3.1: the target duration has changed')
  if (after.partTarget !== before.partTarget && !after.hasEnded)
    broken.push('4.4.3.7: the part target has changed')
  if (after.first < before.first) broken.push('6.2.2: the Media Sequence Number went back')
  if (before.hasEnded && !after.hasEnded) broken.push('6.2.1: it goes on behind its end')
  const old = new Map(before.segments.map((segment) => [segment.sequence, segment]))
  for (const segment of after.segments) {
    const known = old.get(segment.sequence)
    if (known === undefined) continue
    for (const key of ['uri', 'duration', 'discontinuity', 'date'] as const) {
      if (known[key] !== segment[key]) broken.push(`6.2.1: ${key} of segment ${segment.sequence} has changed`)
    }
  }
  const last = before.segments.at(-1)
  if (last !== undefined && after.first <= last.sequence) {
    const stays = after.segments.some(({ sequence }) => sequence === last.sequence)
    if (!stays && after.skipped === 0) broken.push('6.2.1: a segment is gone from the end')
  }
  if (after.first > before.first && !after.hasEnded) {
    const length = after.segments.reduce((sum, { duration }) => sum + duration, 0)
    if (after.skipped === 0 && length < 3 * after.target - ROUNDING * after.segments.length)
      broken.push('6.2.2: less than three target durations are left')
  }
  // Parts near the live edge stay: who plays part by part is among them.
  if (after.skipped === 0 && !after.hasEnded && before.open.parts.length > 0) {
    const now = [...after.segments, after.open].find(({ sequence }) => sequence === before.open.sequence)
    const isNear = after.segments.filter(({ sequence }) => sequence > before.open.sequence).length < 2
    if (isNear && now?.parts.length === 0) broken.push(`6.2.2: no part of ${before.open.sequence} is left`)
  }
  // Players know the next segment by its number before it has a part, with what they were told goes before it: lines may follow, as of one
  // more discontinuity for a track that is still away, and none may go.
  const next = [...after.segments, after.open].find(({ sequence }) => sequence === before.open.sequence)
  // At the end there may be no next one.
  const isNone = after.hasEnded && !after.segments.some(({ sequence }) => sequence === before.open.sequence)
  if (
    isAhead(before) &&
    after.skipped === 0 &&
    !isNone &&
    (next?.discontinuity ?? -1) < before.open.discontinuity
  )
    broken.push(`6.2.1: a discontinuity before segment ${before.open.sequence} has gone`)
  // Without a hint no more parts come, and what comes behind it is another stretch.
  if (before.partTarget !== undefined && before.hints.length === 0 && before.open.parts.length > 0) {
    const { sequence, parts, discontinuity } = before.open
    const now = [...after.segments, after.open].find((each) => each.sequence === sequence)
    const isOld = now?.parts.length === 0 || after.hasEnded
    if (now !== undefined && !isOld && now.parts.length !== parts.length)
      broken.push(`4.4.5.3: segment ${sequence} has parts that were not hinted`)
    const behind = [...after.segments, after.open].find((each) => each.sequence === sequence + 1)
    const isThere = behind !== undefined && (after.open !== behind || behind.parts.length > 0)
    if (isThere && behind.discontinuity <= discontinuity)
      broken.push(`4.4.5.3: nothing was hinted where segment ${sequence} goes on`)
  }
  // A hinted part is in the next playlist that has its segment's parts, or its segment has ended before it.
  for (const part of before.open.parts) {
    const now = [...after.segments, after.open].find(({ sequence }) => sequence === before.open.sequence)
    if (now !== undefined && now.parts.length > 0 && !now.parts.some(({ uri }) => uri === part.uri))
      broken.push(`6.2.1: part ${part.uri} is gone`)
  }
  return broken
}
