import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { HttpOutput, PlaceCall } from './http-output.ts'
import type { HttpSubject } from './http-subject.ts'
import { RequestError } from './problem.ts'

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

/** Finished recordings at `/_/recordings/<name>`, whole or in parts, for administrators. */
export const recordingFiles = (subject: HttpSubject): HttpOutput => ({
  places: {
    '/_/recordings/': { audience: 'admin', answers: { GET: async (call) => answer(subject, call) } },
  },
})

const answer = async (subject: HttpSubject, call: PlaceCall): Promise<Response> => {
  const { rest, request, isHead, query } = call
  const found = await subject.recordings()?.store.find(rest)
  if (found === undefined) throw new RequestError(404, { error: `there is no recording ${rest}.` })
  const { file, name, bytes, changedAt } = found
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
  if (request.headers.get('if-none-match') === tag) return new Response(null, { status: 304, headers })
  if (part === 'none') {
    headers.set('content-range', `bytes */${bytes}`)
    return new Response(null, { status: 416, headers })
  }
  const { from, to } = part ?? { from: 0, to: bytes - 1 }
  headers.set('content-length', String(to - from + 1))
  if (part !== undefined) headers.set('content-range', `bytes ${from}-${to}/${bytes}`)
  const status = part === undefined ? 200 : 206
  if (isHead || bytes === 0) return new Response(null, { status, headers })
  call.keepOpen()
  const stream = createReadStream(file, { start: from, end: to, highWaterMark: 1 << 18 })
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, { status, headers })
}
