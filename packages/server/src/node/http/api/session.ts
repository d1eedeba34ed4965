import { RequestError } from '../problem.ts'
import { signIn, signOut } from '../sign-in.ts'
import { type ApiOperation, operation } from './operation.ts'

/** How pages keep the token. */
export const SESSION: readonly ApiOperation[] = [
  operation(
    {
      id: 'signIn',
      tag: 'session',
      method: 'POST',
      path: '/session',
      summary: 'A cookie in place of the token; changes with it need the header `x-rtmp-console`',
      refusals: { 409: 'There is no token: none is needed.' },
    },
    ({ c, services }) => {
      const { token } = services.options
      if (token === undefined)
        throw new RequestError(409, { error: 'there is no token here: none is needed.' })
      signIn(c, token)
      return { signedIn: true }
    },
  ),
  operation(
    { id: 'signOut', tag: 'session', method: 'DELETE', path: '/session', summary: 'Forgets the cookie' },
    ({ c }) => {
      signOut(c)
      return { signedIn: false }
    },
  ),
]
