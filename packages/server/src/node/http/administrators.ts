import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { sameText } from '../../access/secret.ts'
import { AddressList, LOOPBACK } from '../../transport/address-list.ts'
import { plainAddress } from '../socket-transport.ts'
import type { HttpOptions } from './http-options.ts'

/** What requests carry along. */
export interface Environment {
  readonly Bindings: HttpBindings
  readonly Variables: {
    /** Whether the request has brought the token. */
    hasToken: boolean
  }
}

/** The address a request came from. */
export const remoteAddressOf = (c: Context<Environment>): string =>
  plainAddress(c.env.incoming.socket.remoteAddress ?? '')

/**
 * Lets those pass who come from an administrator's address or bring the token. A request that a proxy has passed on
 * does not come from where its socket comes from.
 */
export const adminOnly = ({ adminFrom = LOOPBACK, token }: HttpOptions): MiddlewareHandler<Environment> => {
  const addresses = new AddressList(adminFrom, 'http.adminFrom')
  return async (c, next) => {
    const [scheme, given = ''] = (c.req.header('authorization') ?? '').split(' ', 2)
    const hasToken = token !== undefined && scheme?.toLowerCase() === 'bearer' && sameText(given, token)
    c.set('hasToken', hasToken)
    const passedOn = c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined
    if (hasToken || (!passedOn && addresses.has(remoteAddressOf(c)))) return next()
    c.header('www-authenticate', 'Bearer')
    return c.json({ error: 'this is for administrators: see http.adminFrom and http.token' }, 401)
  }
}

/**
 * Refuses changes that web pages ask for. A browser on an administrator's machine comes from an administrator's address
 * whatever page it shows: changes from other origins are refused always, those from the page's own origin need the token, since a
 * name that a stranger has pointed at this machine is an origin too.
 */
export const noForeignChanges: MiddlewareHandler<Environment> = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const isPage = origin !== undefined || (site !== undefined && site !== 'none')
  const isForeign =
    (origin !== undefined && hostOf(origin) !== c.req.header('host')) ||
    (site !== undefined && site !== 'none' && site !== 'same-origin')
  if (isForeign) return c.json({ error: 'web pages from elsewhere may change nothing here' }, 403)
  if (isPage && !c.get('hasToken')) {
    return c.json({ error: 'web pages may change nothing here without the token: see http.token' }, 403)
  }
  return next()
}

/** `null` and what is no URL have none. */
const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined
