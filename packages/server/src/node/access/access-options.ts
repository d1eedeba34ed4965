import type { AccessHandler } from '../../access/access-handler.ts'
import { addressAccess, type AddressRules } from '../../access/address-rules.ts'
import { callbackAccess, type CallbackOptions } from '../../access/http-callbacks.ts'
import { jwtAccess, type JwtOptions } from './jwt.ts'
import { type SignedTokenOptions, tokenAccess } from '../../access/signed-token.ts'
import { type AccessTable, tableAccess } from '../../access/table.ts'
import { within } from '../../config/within.ts'
import { chainHandlers } from '../../handlers/chain.ts'
import { challengeAccess, type ChallengeOptions } from './challenge.ts'

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
 * The handler that asks all that is given; `undefined` when nothing is.
 *
 * @throws UsageError for options that cannot be used
 */
export const accessHandler = (options: AccessOptions): AccessHandler | undefined => {
  const { addresses, challenge, table, tokens, jwt, callbacks } = options
  const handlers: AccessHandler[] = []
  const add = (name: string, make: () => AccessHandler): void => {
    handlers.push(within(`access.${name}`, make))
  }
  if (addresses) add('addresses', () => addressAccess(addresses))
  if (challenge) add('challenge', () => challengeAccess(challenge))
  if (tokens) add('tokens', () => tokenAccess(tokens))
  if (jwt) add('jwt', () => jwtAccess(jwt))
  // Behind what may give a stream another name: rules judge the one that counts.
  if (table) add('table', () => tableAccess(table))
  if (callbacks) add('callbacks', () => callbackAccess(callbacks))
  return handlers.length === 0 ? undefined : chainHandlers(...handlers)
}
