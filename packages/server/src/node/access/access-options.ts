import type { AccessHandler } from '../../access/access-handler.ts'
import type { AddressRules } from '../../access/address-rules.ts'
import type { CallbackOptions } from '../../access/http-callbacks.ts'
import type { JwtOptions } from '../../access/jwt.ts'
import type { SignedTokenOptions } from '../../access/signed-token.ts'
import type { AccessTable } from '../../access/table.ts'
import { within } from '../../config/within.ts'
import { chainHandlers } from '../../handlers/chain.ts'
import type { ChallengeOptions } from './challenge.ts'

/** Who may do what. What is given is asked in this order; all of it must grant. */
export interface AccessOptions {
  /** By address. */
  readonly addresses?: AddressRules
  /** By user name and password at `connect`, as encoders of the Flash era know it. */
  readonly challenge?: ChallengeOptions
  /** By a table of streams and users. */
  readonly table?: AccessTable
  /** By tokens that expire, signed with a shared secret. */
  readonly tokens?: SignedTokenOptions
  /** By JSON Web Tokens. */
  readonly jwt?: JwtOptions
  /** By asking HTTP endpoints. */
  readonly callbacks?: CallbackOptions
  /** Ask again about what goes on, so many seconds after each answer; 0 never does. Default 0. */
  readonly recheckSeconds?: number
}

/**
 * The handler that asks all that is given; `undefined` when nothing is. What is not asked for is not loaded either.
 *
 * @throws UsageError for options that cannot be used
 */
export const accessHandler = async (options: AccessOptions): Promise<AccessHandler | undefined> => {
  const { addresses, challenge, table, tokens, jwt, callbacks } = options
  const handlers: AccessHandler[] = []
  const add = (name: string, make: () => AccessHandler): void => {
    handlers.push(within(`access.${name}`, make))
  }
  if (addresses) {
    const { addressAccess } = await import('../../access/address-rules.ts')
    add('addresses', () => addressAccess(addresses))
  }
  if (challenge) {
    const { challengeAccess } = await import('./challenge.ts')
    add('challenge', () => challengeAccess(challenge))
  }
  if (table) {
    const { tableAccess } = await import('../../access/table.ts')
    add('table', () => tableAccess(table))
  }
  if (tokens) {
    const { tokenAccess } = await import('../../access/signed-token.ts')
    add('tokens', () => tokenAccess(tokens))
  }
  if (jwt) {
    const { jwtAccess } = await import('../../access/jwt.ts')
    add('jwt', () => jwtAccess(jwt))
  }
  if (callbacks) {
    const { callbackAccess } = await import('../../access/http-callbacks.ts')
    add('callbacks', () => callbackAccess(callbacks))
  }
  return handlers.length === 0 ? undefined : chainHandlers(...handlers)
}
