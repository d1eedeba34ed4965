import type { WebAnswer } from '../../../web/web-answer.ts'

/** How long a client should wait before it asks again, in seconds. */
const RETRY_S = 2

/** An answer as a response without media. */
export const responseOf = ({ status, description, redirect }: WebAnswer): Response => {
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (redirect !== undefined) headers.set('location', redirect)
  if (status === 404 || status === 503) headers.set('retry-after', String(RETRY_S))
  const ok = status < 400
  return Response.json(ok ? { ok, description } : { error: `${description}.` }, { status, headers })
}
