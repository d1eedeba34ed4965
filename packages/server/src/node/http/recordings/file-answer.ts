import { createReadStream, type ReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { FoundRecording } from '../../record/recording-store.ts'
import type { HttpCall } from '../http-output.ts'

/** The part of a file that is asked for: first and last byte. */
interface Part {
  readonly from: number
  readonly to: number
}

/**
 * The part that a `Range` asks for (RFC 9110 §14): `undefined` for the whole file, `'none'` for one that it does not have. Of
 * several ranges, and of what cannot be read, all of it.
 */
export const partOf = (range: string | null, size: number): Part | 'none' | undefined => {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [, first = '', last = ''] = match
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last))
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  return from >= size || to < from ? 'none' : { from, to }
}

/** What is read of a file at a time, in bytes. */
const PIECE_BYTES = 256 * 1024

/** What an answer holds: a piece that is being read, and one that is being sent. */
export const ANSWER_BYTES: number = 2 * PIECE_BYTES

/** An answer with a file, or a part of it. */
export interface FileAnswer {
  readonly response: Response
  /** What is being sent; `undefined` where there is nothing to send. */
  readonly reading: ReadStream | undefined
}

/** Answers with a file: whole, in parts (`Range`), not again (`If-None-Match`), as a download (`?download`), its head only (`HEAD`). */
export const fileAnswer = ({ file, name, bytes, changedAt }: FoundRecording, call: HttpCall): FileAnswer => {
  const { request, isHead, query } = call
  const tag = `"${bytes.toString(36)}-${Math.round(changedAt).toString(36)}"`
  const ifRange = request.headers.get('if-range')
  const range = ifRange === null || ifRange === tag ? request.headers.get('range') : null
  const part = partOf(range, bytes)
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'content-type': name.endsWith('.mp4') ? 'video/mp4' : 'video/x-flv',
    etag: tag,
    'last-modified': new Date(changedAt).toUTCString(),
    'cache-control': 'private, no-cache',
  })
  if ('download' in query) {
    const last = encodeURIComponent(name.slice(name.lastIndexOf('/') + 1))
    headers.set('content-disposition', `attachment; filename*=UTF-8''${last}`)
  }
  const withoutBody = (status: number): FileAnswer => ({
    response: new Response(null, { status, headers }),
    reading: undefined,
  })
  if (request.headers.get('if-none-match') === tag) return withoutBody(304)
  if (part === 'none') {
    headers.set('content-range', `bytes */${bytes}`)
    return withoutBody(416)
  }
  const { from, to } = part ?? { from: 0, to: bytes - 1 }
  headers.set('content-length', String(to - from + 1))
  if (part !== undefined) headers.set('content-range', `bytes ${from}-${to}/${bytes}`)
  const status = part === undefined ? 200 : 206
  if (isHead || bytes === 0) return withoutBody(status)
  call.keepOpen()
  const reading = createReadStream(file, { start: from, end: to, highWaterMark: PIECE_BYTES })
  const body = Readable.toWeb(reading) as ReadableStream<Uint8Array>
  return { response: new Response(body, { status, headers }), reading }
}
