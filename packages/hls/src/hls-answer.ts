import { utf8Length } from '@rtmp/bytes'

/** What it answers. */
export interface HlsAnswer {
  /** 400 for directives that make no sense, 404 for what is not or no longer there, 503 when too many wait or it came too late. */
  readonly status: 200 | 400 | 404 | 503
  /** Names in lower case; `content-length`, `content-type` and `cache-control` are always among them. None is about CORS. */
  readonly headers: Readonly<Record<string, string>>
  /** Shared by all who ask: not to be written to. */
  readonly body: string | Uint8Array
}

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl'
/** With its length: FFmpeg 9 tells of an input error at the end of a list whose segments came in HTTP chunks. */
const answerOf = (
  status: HlsAnswer['status'],
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): HlsAnswer => {
  const length = typeof body === 'string' ? utf8Length(body) : body.length
  return { status, headers: { ...headers, 'content-length': String(length) }, body }
}

const refusal = (status: 400 | 404 | 503, message: string): HlsAnswer =>
  answerOf(
    status,
    {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    },
    `${message}\n`,
  )

export const NOT_FOUND: HlsAnswer = refusal(404, 'Not found')
export const TOO_BUSY: HlsAnswer = refusal(503, 'Too many requests are waiting')
export const TOO_LATE: HlsAnswer = refusal(503, 'It has not come in time')
export const BAD_DIRECTIVES: HlsAnswer = refusal(400, 'These delivery directives make no sense')

/** A playlist that may be kept for so many seconds. */
export const playlistAnswer = (text: string, seconds: number): HlsAnswer =>
  answerOf(
    200,
    {
      'content-type': PLAYLIST_TYPE,
      'cache-control': seconds > 0 ? `max-age=${seconds}` : 'no-cache',
    },
    text,
  )

/** A segment, or a part of one. */
export const mediaAnswer = (kind: 'audio' | 'video', bytes: Uint8Array): HlsAnswer =>
  answerOf(200, { 'content-type': `${kind}/mp4`, 'cache-control': 'max-age=3600, immutable' }, bytes)
