import {
  BAD_DIRECTIVES,
  type HlsAnswer,
  mediaAnswer,
  NOT_FOUND,
  playlistAnswer,
  TOO_BUSY,
  TOO_LATE,
} from './hls-answer.ts'
import { type HlsStream, insideOf } from './hls-stream.ts'
import { LAST_PARTS_MS } from './last-parts.ts'
import { nextPart, reportOf } from './media-playlist.ts'
import type { Rendition } from './rendition.ts'
import { startingAt } from './multivariant-playlist.ts'
import { MULTIVARIANT_NAME, parseResourceName, segmentName } from './resource-name.ts'
import { toResponse } from './to-response.ts'
import type { AbortSource } from './waiting-room.ts'

/** What is asked of a stream. */
export interface HlsRequest {
  /** The last segment of the path: `index.m3u8`, `v0.m3u8`, `v0-12.m4s`. */
  readonly name: string
  /** Delivery directives (RFC 8216bis §6.2.5), those that are understood: `_HLS_msn`, `_HLS_part`, `_HLS_skip`. */
  readonly query?: URLSearchParams | undefined
  /** Ends the waiting when whoever asks has gone. Looked at only where there is something to wait for. */
  readonly signal?: AbortSource | undefined
  /** What goes before the names of media playlists in the multivariant playlist; default nothing. */
  readonly base?: string | undefined
  /** Where players should begin, in seconds: from the beginning, or, below 0, from the end (EXT-X-START). Default: as they think best. */
  readonly start?: number | undefined
}

/** A blocking request is answered after so many target durations at the latest (RFC 8216bis §6.2.5.2). */
const WAIT_TARGETS = 3
/** The first playlist is waited for this long, in milliseconds: a first segment can take as long. */
const FIRST_WAIT_MS = 15_000
/** Requests this far ahead of the newest segment are wrong (RFC 8216bis §6.2.5.2). */
const MOST_AHEAD = 2

/**
 * Answers a request for something of a stream. Waits where the protocol says so: for the first playlist, for blocking
 * reloads, for the hinted part. It never rejects.
 *
 * @example
 * ```ts
 * const { status, headers, body } = await answer(hls, { name: 'index.m3u8' }, Date.now())
 * ```
 *
 * @param now - Milliseconds since 1970.
 */
export const answer = async (stream: HlsStream, request: HlsRequest, now: number): Promise<HlsAnswer> => {
  const resource = parseResourceName(request.name)
  if (resource === undefined) return NOT_FOUND
  if (!stream.isReady) {
    const late = await wait(stream, request, () => stream.isReady || stream.hasEnded, now + FIRST_WAIT_MS)
    if (late !== undefined) return late
    if (!stream.isReady) return NOT_FOUND
  }
  if (resource.kind === 'multivariant')
    return playlistAnswer(startingAt(insideOf(stream).multivariantText(request.base ?? ''), request.start), 0)
  const rendition = insideOf(stream).rendition(resource.rendition)
  if (rendition === undefined) return NOT_FOUND
  switch (resource.kind) {
    case 'playlist':
      return answerPlaylist(stream, rendition, request, now)
    case 'init': {
      const bytes = rendition.init(resource.index)
      return bytes === undefined ? NOT_FOUND : mediaAnswer(rendition.kind, bytes)
    }
    case 'segment':
      return answerSegment(stream, rendition, resource.sequence)
    case 'part':
      return answerPart(stream, rendition, request, resource.sequence, resource.part, now)
  }
}

/** Waits; says how it is answered when that was in vain. */
const wait = async (
  stream: HlsStream,
  request: HlsRequest,
  isReady: () => boolean,
  deadline: number,
): Promise<HlsAnswer | undefined> => {
  if (isReady()) return undefined
  const { waiting } = insideOf(stream)
  if (waiting.isFull) return TOO_BUSY
  return (await waiting.wait(isReady, deadline, request.signal)) === 'ready' ? undefined : TOO_LATE
}

const waitUntil = (stream: HlsStream, now: number): number =>
  now + WAIT_TARGETS * insideOf(stream).pace.targetSeconds * 1000

const DIGITS = /^\d{1,12}$/

const answerPlaylist = async (
  stream: HlsStream,
  rendition: Rendition,
  request: HlsRequest,
  now: number,
): Promise<HlsAnswer> => {
  const { query } = request
  const msn = query?.get('_HLS_msn') ?? undefined
  const part = query?.get('_HLS_part') ?? undefined
  const skip = query?.get('_HLS_skip') ?? undefined
  if (
    (msn !== undefined && !DIGITS.test(msn)) ||
    (part !== undefined && (msn === undefined || !DIGITS.test(part)))
  )
    return BAD_DIRECTIVES
  const form = skip === 'YES' || skip === 'v2' ? 'delta' : 'whole'
  const { list } = rendition
  if (msn === undefined) {
    // A track that has only begun: an empty playlist would be none.
    const late = await wait(
      stream,
      request,
      () => list.nextSequence > 0 || stream.hasEnded,
      waitUntil(stream, now),
    )
    if (list.nextSequence === 0) return late ?? NOT_FOUND
    return late ?? playlistAnswer(insideOf(stream).playlistText(rendition, form), 0)
  }
  const sequence = Number(msn)
  if (!stream.hasEnded && sequence > reportOf(rendition.name, list).lastSequence + MOST_AHEAD)
    return BAD_DIRECTIVES
  const index = part === undefined || !insideOf(stream).pace.hasParts ? undefined : Number(part)
  const late = await wait(
    stream,
    request,
    () => stream.hasEnded || reaches(stream, rendition, sequence, index),
    waitUntil(stream, now),
  )
  if (late !== undefined) return late
  const { pace, waiting, endedAt = Number.NEGATIVE_INFINITY } = insideOf(stream)
  const endSaid = endedAt + LAST_PARTS_MS
  if (index !== undefined && now < endSaid && stream.hasEnded) {
    if (reaches(stream, rendition, sequence, index))
      return playlistAnswer(insideOf(stream).playlistText(rendition, 'last'), pace.targetSeconds)
    const isGone = (): boolean => insideOf(stream).rendition(rendition.name) === undefined
    if (!waiting.isFull) await waiting.wait(isGone, endSaid, request.signal)
  }
  return playlistAnswer(
    insideOf(stream).playlistText(rendition, form),
    stream.hasEnded ? 0 : pace.targetSeconds,
  )
}

/** Whether the playlist has a segment, or a part of it, or anything behind. */
const reaches = (
  stream: HlsStream,
  { list }: Rendition,
  sequence: number,
  part: number | undefined,
): boolean => {
  if (list.nextSequence > sequence) {
    // A part behind the last of a segment is the first of the next one.
    if (list.nextSequence > sequence + 1) return true
    if (part === undefined) return list.unfinished(insideOf(stream).epoch()) === undefined
    const { parts = [], place } = list.find(sequence) ?? {}
    if (place?.listsParts !== true || part < parts.length) return true
    return (list.open?.parts.length ?? 0) > 0
  }
  const { open } = list
  if (part === undefined || open === undefined || open.place.sequence !== sequence) return false
  return open.place.listsParts && open.parts.length > part
}

const answerSegment = async (
  stream: HlsStream,
  rendition: Rendition,
  sequence: number,
): Promise<HlsAnswer> => {
  const segment = rendition.list.find(sequence)
  if (segment === undefined || !segment.isClosed || segment.isGap) return NOT_FOUND
  if (segment.bytes !== undefined) return mediaAnswer(rendition.kind, segment.bytes)
  try {
    const bytes = await stream.options.storage?.get(segmentName(rendition.name, sequence))
    return bytes === undefined ? NOT_FOUND : mediaAnswer(rendition.kind, bytes)
  } catch (error) {
    stream.options.onFault(error instanceof Error ? error : new Error(String(error)))
    return NOT_FOUND
  }
}

const answerPart = async (
  stream: HlsStream,
  rendition: Rendition,
  request: HlsRequest,
  sequence: number,
  index: number,
  now: number,
): Promise<HlsAnswer> => {
  const { list } = rendition
  if (!insideOf(stream).pace.hasParts) return NOT_FOUND
  const find = (): Uint8Array | undefined => list.find(sequence)?.parts[index]?.bytes
  let bytes = find()
  const next = nextPart(list)
  if (bytes === undefined && next.sequence === sequence && next.part === index) {
    // The hinted one. If its segment ends without it, it will never come.
    const isDecided = (): boolean => find() !== undefined || list.nextSequence > sequence || stream.hasEnded
    const late = await wait(stream, request, isDecided, waitUntil(stream, now))
    if (late !== undefined) return late
    bytes = find()
  }
  return bytes === undefined ? NOT_FOUND : mediaAnswer(rendition.kind, bytes)
}

/**
 * The same for web standards: a `Request` whose path ends with a name of the stream's, to a `Response`.
 *
 * @example
 * ```ts
 * serve({ fetch: (request: Request) => answerRequest(hls, request, Date.now()) })
 * ```
 *
 * @param now - Milliseconds since 1970.
 */
export const answerRequest = async (stream: HlsStream, request: Request, now: number): Promise<Response> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Only GET and HEAD\n', { status: 405, headers: { allow: 'GET, HEAD' } })
  }
  const { pathname, searchParams } = new URL(request.url)
  const name = pathname.slice(pathname.lastIndexOf('/') + 1)
  const found = await answer(
    stream,
    { name: name === '' ? MULTIVARIANT_NAME : name, query: searchParams, signal: request.signal },
    now,
  )
  return toResponse(found, request.method === 'HEAD')
}
