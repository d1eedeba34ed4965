import { createHmac } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie, deleteCookie } from 'hono/cookie'
import { sameText } from '../../access/secret.ts'
import type { Environment } from './environment.ts'

const COOKIE = 'rtmp-admin'

/** Where the cookie is sent: the API and the console. */
const PATH = '/_/'

/** How long it holds, in seconds. */
const HELD_S = 12 * 3600

/** What only a page of this server can send with a request that the cookie comes along with. */
export const PAGE_HEADER = 'x-rtmp-console'

/**
 * A cookie in place of the token, for pages: pages cannot read it, other sites cannot use it, and it says nothing of the token. It holds
 * for twelve hours, and as long as the token does.
 */
export const signIn = (c: Context<Environment>, token: string): void => {
  const expires = String(Math.floor(Date.now() / 1000) + HELD_S)
  setCookie(c, COOKIE, `${expires}.${seal(token, expires)}`, {
    path: PATH,
    httpOnly: true,
    sameSite: 'Strict',
    secure: c.env.origin.secure,
    maxAge: HELD_S,
  })
}

export const signOut = (c: Context<Environment>): void => {
  deleteCookie(c, COOKIE, { path: PATH })
}

/** Whether a request brings the cookie. */
export const isSignedIn = (c: Context<Environment>, token: string): boolean => {
  const [expires = '', given = ''] = (getCookie(c, COOKIE) ?? '').split('.', 2)
  if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 < Date.now()) return false
  return sameText(given, seal(token, expires))
}

const seal = (token: string, expires: string): string =>
  createHmac('sha256', token).update(`rtmp-server administration until ${expires}`).digest('base64url')
