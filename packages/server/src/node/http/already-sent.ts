/** What tells the adapter that an answer has been written past it. */
export const alreadySent = (): Response => new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
