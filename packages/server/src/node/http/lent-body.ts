import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Bodies up to this length, in bytes, are given to `Response` as they are: a stream of them would cost more than a copy. */
const SMALL_BODY = 16_384

/** What is written at a time, in bytes, where what is written is copied: by TLS, and for HTTP/2. */
const PIECE_BYTES = 65_536

const bodies = new WeakMap<Response, Uint8Array>()

/**
 * A response whose body is not copied, so that one may be sent to any number of clients at once.
 *
 * @param body - Must not be changed any more.
 */
export const lentResponse = (body: Uint8Array, init: ResponseInit): Response => {
  if (body.length <= SMALL_BODY) return new Response(body as Uint8Array<ArrayBuffer>, init)
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        controller.enqueue(body)
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const response = new Response(stream, init)
  bodies.set(response, body)
  return response
}

/** The body of a response that was made by {@link lentResponse}, where it is worth it. */
export const lentBodyOf = (response: Response): Uint8Array | undefined => bodies.get(response)

/** What an answer with a lent body holds beside it, in bytes. */
export const copiedOf = (body: Uint8Array, socket: Socket): number =>
  socket instanceof TLSSocket ? Math.min(PIECE_BYTES, body.length) : 0

/** Sends a response with a lent body past whatever makes Node's answers of responses. */
export const sendLent = (
  outgoing: ServerResponse,
  { status, headers }: Response,
  body: Uint8Array,
  socket: Socket,
): void => {
  outgoing.writeHead(status, { ...Object.fromEntries(headers), 'content-length': body.length })
  if (copiedOf(body, socket) === 0) {
    outgoing.end(body)
    return
  }
  let sent = 0
  const more = (): void => {
    while (sent < body.length) {
      const piece = body.subarray(sent, sent + PIECE_BYTES)
      sent += piece.length
      if (outgoing.write(piece) || sent === body.length) continue
      outgoing.once('drain', more)
      return
    }
    outgoing.end()
  }
  more()
}
