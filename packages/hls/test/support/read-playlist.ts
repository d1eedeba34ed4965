/** A part as a playlist lists it. */
export interface ListedPart {
  readonly uri: string
  readonly duration: number
  readonly independent: boolean
}

/** A segment as a playlist lists it. */
export interface ListedSegment {
  readonly sequence: number
  /** Discontinuity Sequence Number. */
  readonly discontinuity: number
  readonly uri: string
  readonly duration: number
  readonly isGap: boolean
  /** The init segment in force, as far as this playlist says it. */
  readonly map: string | undefined
  /** Milliseconds since 1970. */
  readonly date: number
  readonly parts: readonly ListedPart[]
}

/** A media playlist, read tag by tag, by a reader that shares nothing with the writer. */
export interface ReadPlaylist {
  readonly version: number
  readonly target: number
  readonly partTarget: number | undefined
  readonly first: number
  readonly segments: readonly ListedSegment[]
  /** Parts of the segment that is not yet there, and what goes before them. */
  readonly open: Omit<ListedSegment, 'uri' | 'duration' | 'isGap'>
  readonly skipped: number
  readonly control: ReadonlyMap<string, string>
  readonly hints: readonly string[]
  readonly reports: readonly ReadonlyMap<string, string>[]
  readonly hasEnded: boolean
  readonly isIndependent: boolean
  readonly tags: readonly string[]
}

/** An attribute list (RFC 8216bis §4.2). */
export const attributesOf = (text: string): Map<string, string> => {
  const attributes = new Map<string, string>()
  for (const [, name = '', quoted, plain] of text.matchAll(
    /([A-Z0-9-]+)=(?:"([^"\r\n]*)"|([^",\s]+))(?:,|$)/g,
  )) {
    if (attributes.has(name)) throw new Error(`${name} twice`)
    attributes.set(name, quoted ?? plain ?? '')
  }
  return attributes
}

export const readPlaylist = (text: string): ReadPlaylist => {
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines[0] !== '#EXTM3U') throw new Error('no #EXTM3U')
  const tags: string[] = []
  const segments: ListedSegment[] = []
  const hints: string[] = []
  const reports: ReadonlyMap<string, string>[] = []
  let version = 1
  let target = Number.NaN
  let partTarget: number | undefined
  let first = 0
  let skipped = 0
  let discontinuity = 0
  let control: ReadonlyMap<string, string> = new Map()
  let map: string | undefined
  let date = Number.NaN
  let duration: number | undefined
  let isGap = false
  let parts: ListedPart[] = []
  for (const line of lines) {
    if (!line.startsWith('#')) {
      if (duration === undefined) throw new Error(`${line} without #EXTINF`)
      const sequence = first + skipped + segments.length
      segments.push({ sequence, discontinuity, uri: line, duration, isGap, map, date, parts })
      duration = undefined
      isGap = false
      date = Number.NaN
      parts = []
      continue
    }
    const colon = line.indexOf(':')
    const tag = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1)
    tags.push(tag)
    switch (tag) {
      case '#EXT-X-VERSION':
        version = Number(value)
        break
      case '#EXT-X-TARGETDURATION':
        target = Number(value)
        break
      case '#EXT-X-PART-INF':
        partTarget = Number(attributesOf(value).get('PART-TARGET'))
        break
      case '#EXT-X-SERVER-CONTROL':
        control = attributesOf(value)
        break
      case '#EXT-X-MEDIA-SEQUENCE':
        first = Number(value)
        break
      case '#EXT-X-DISCONTINUITY-SEQUENCE':
        discontinuity = Number(value)
        break
      case '#EXT-X-SKIP':
        skipped = Number(attributesOf(value).get('SKIPPED-SEGMENTS'))
        break
      case '#EXT-X-DISCONTINUITY':
        if (parts.length > 0) throw new Error('#EXT-X-DISCONTINUITY behind a part of its segment')
        discontinuity += 1
        break
      case '#EXT-X-MAP':
        if (parts.length > 0) throw new Error('#EXT-X-MAP behind a part of its segment')
        map = attributesOf(value).get('URI')
        break
      case '#EXT-X-PROGRAM-DATE-TIME':
        if (parts.length > 0) throw new Error('#EXT-X-PROGRAM-DATE-TIME behind a part of its segment')
        date = Date.parse(value)
        break
      case '#EXT-X-GAP':
        isGap = true
        break
      case '#EXTINF':
        duration = Number(value.replace(/,.*$/, ''))
        break
      case '#EXT-X-PART': {
        const attributes = attributesOf(value)
        parts.push({
          uri: attributes.get('URI') ?? '',
          duration: Number(attributes.get('DURATION')),
          independent: attributes.get('INDEPENDENT') === 'YES',
        })
        break
      }
      case '#EXT-X-PRELOAD-HINT':
        hints.push(attributesOf(value).get('URI') ?? '')
        break
      case '#EXT-X-RENDITION-REPORT':
        reports.push(attributesOf(value))
        break
      case '#EXTM3U':
      case '#EXT-X-ENDLIST':
      case '#EXT-X-INDEPENDENT-SEGMENTS':
        break
      default:
        throw new Error(`an unexpected tag: ${line}`)
    }
  }
  const sequence = first + skipped + segments.length
  return {
    version,
    target,
    partTarget,
    first,
    segments,
    open: { sequence, discontinuity, map, date, parts },
    skipped,
    control,
    hints,
    reports,
    hasEnded: tags.includes('#EXT-X-ENDLIST'),
    isIndependent: tags.includes('#EXT-X-INDEPENDENT-SEGMENTS'),
    tags,
  }
}
