import { UsageError } from '@rtmp/bytes'
import type { Context, MiddlewareHandler } from 'hono'
import { sameText } from '../../access/secret.ts'
import { AddressList } from '../../transport/address-list.ts'
import type { HttpOptions } from '../../contract/http-options.ts'
import type { Environment } from './environment.ts'
import { isOwnHost } from './page-origins.ts'
import { isSignedIn, PAGE_HEADER } from './sign-in.ts'
import { TOKEN_GUESS_LIMITS, TokenGuesses } from './token-guesses.ts'

/** What the door to administration needs beside its options. */
export interface AdministrationWatch {
  /** The time in milliseconds, which never goes back. */
  readonly now: () => number
  /** Called once when an address has shown as many wrong tokens as it may. */
  readonly guessed: (address: string, remotePort: number, localPort: number) => void
}

/** What proxies add to requests that they pass on. */
const PASSED_ON = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via', 'cf-connecting-ip']

/**
 * Lets those pass who bring the token, or come from an address that needs none. A request that a proxy has passed on does not come from
 * where its socket comes from. Without the token, the request must be made to this machine by address: a page whose name has been
 * pointed here (DNS rebinding) makes its own requests from an address that needs none.
 *
 * Whoever shows wrong tokens is answered 401 ten times a minute ({@link TokenGuesses}), then 429 with `Retry-After`, whatever he shows.
 *
 * @throws UsageError `HTTP_TOKEN_INVALID`, `ADDRESS_INVALID`
 */
export const adminOnly = (
  { adminFrom = [], token, host }: HttpOptions,
  { now, guessed }: AdministrationWatch,
): MiddlewareHandler<Environment> => {
  const addresses = new AddressList(adminFrom, 'http.adminFrom')
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    const message = 'give a token of letters, digits and signs, without spaces, or none at all'
    throw new UsageError('HTTP_TOKEN_INVALID', message, 'http.token')
  }
  const isClosed = token === undefined && addresses.isEmpty
  const error = isClosed
    ? 'administration is closed here: give the server a token (http.token), or addresses that need none (http.adminFrom)'
    : 'this is for administrators: send the token as "Authorization: Bearer …" (http.token), or come from http.adminFrom'
  const guesses = new TokenGuesses()
  return async (c, next) => {
    const [scheme, given = ''] = (c.req.header('authorization') ?? '').split(' ', 2)
    const shown = token !== undefined && scheme?.toLowerCase() === 'bearer' ? given : undefined
    const { remoteAddress: address, remotePort, localPort } = c.env.origin
    const blockedMs = shown === undefined ? 0 : guesses.blockedMs(address, now())
    const hasToken = token !== undefined && shown !== undefined && blockedMs === 0 && sameText(shown, token)
    const hasCookie = !hasToken && token !== undefined && isSignedIn(c, token)
    c.set('hasToken', hasToken || (hasCookie && c.req.header(PAGE_HEADER) !== undefined))
    c.header('cache-control', 'no-store')
    if (hasToken) return next()
    if (hasCookie && shown === undefined) {
      if (isReading(c.req.method) || c.get('hasToken')) return next()
      return c.json({ error: `changes with the cookie need the header ${PAGE_HEADER}` }, 403)
    }
    const passedOn = PASSED_ON.some((name) => c.req.header(name) !== undefined)
    const needsNone = !passedOn && addresses.has(address)
    if (needsNone && isOwnHost(c.req.header('host'), host)) return next()
    if (blockedMs > 0) {
      const seconds = Math.ceil(blockedMs / 1000)
      c.header('retry-after', String(seconds))
      return c.json({ error: `too many wrong tokens came from this address: try again in ${seconds} s` }, 429)
    }
    if (shown !== undefined && guesses.wrong(address, now())) guessed(address, remotePort, localPort)
    if (needsNone) {
      return c.json({ error: 'a request by a name that is not this machine’s own needs the token' }, 403)
    }
    c.header('www-authenticate', 'Bearer')
    return c.json({ error }, 401)
  }
}

/** Whether a method changes nothing. */
const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** What an address is said to have done that {@link AdministrationWatch.guessed} was told of. */
export const GUESSED = `it has shown ${TOKEN_GUESS_LIMITS.most} wrong tokens to the HTTP port within a minute`

/**
 * Refuses changes that web pages ask for. A browser on an administrator's machine comes from an administrator's address
 * whatever page it shows: changes from other origins are refused always, those from the page's own origin need the token, since a
 * name that a stranger has pointed at this machine is an origin too.
 */
export const noForeignChanges: MiddlewareHandler<Environment> = async (c, next) => {
  if (isReading(c.req.method)) return next()
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const isPage = origin !== undefined || (site !== undefined && site !== 'none')
  // What the browser itself says of page and address holds, since a proxy may have changed the name of the host on the way.
  const isForeign =
    site === undefined || site === 'none'
      ? origin !== undefined && !isOwnOrigin(c, origin)
      : site !== 'same-origin'
  if (isForeign) return c.json({ error: 'web pages from elsewhere may change nothing here' }, 403)
  if (isPage && !c.get('hasToken')) {
    return c.json({ error: 'web pages may change nothing here without the token: see http.token' }, 403)
  }
  return next()
}

/** Whether an origin has the host that was asked, here or, where one says so, at a proxy before. Pages cannot set either. */
const isOwnOrigin = (c: Context<Environment>, origin: string): boolean => {
  if (!URL.canParse(origin)) return false
  const { host } = new URL(origin)
  return host !== '' && (host === c.req.header('host') || host === c.req.header('x-forwarded-host'))
}
