import type { HlsAnswer } from './hls-answer.ts'

/** Bytes up to this length are given to `Response` as they are: a stream of them would cost more than a copy. */
const SMALL_BODY = 16_384

/**
 * An answer as web standards have it. `Response` copies the bytes that it is given, for each viewer anew; a segment is handed on as a
 * stream of one piece, which does not.
 *
 * @param isHead - Whether only the head was asked for.
 *
 * @example
 * ```ts
 * const response = toResponse(await answer(hls, { name: 'index.m3u8' }, Date.now()))
 * ```
 */
export const toResponse = ({ status, headers, body }: HlsAnswer, isHead = false): Response => {
  if (isHead) return new Response(null, { status, headers })
  if (typeof body === 'string' || body.length <= SMALL_BODY)
    return new Response(body as string | Uint8Array<ArrayBuffer>, { status, headers })
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(body)
      controller.close()
    },
  })
  return new Response(stream, { status, headers })
}
