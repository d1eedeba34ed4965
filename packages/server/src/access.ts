/**
 * The access kit: handlers that decide by addresses, passwords, a table, signed tokens, JSON Web Tokens or HTTP callbacks who may
 * connect, publish and play. `createServer({ access })` makes them of options; one's own server puts them together with
 * `chainHandlers`.
 *
 * @packageDocumentation
 */
export type { AccessHandler } from './access/access-handler.ts'
export type { StreamAction } from './contract/stream-action.ts'
export { type AddressRule, type AddressRules, addressAccess } from './access/address-rules.ts'
export type { CallbackForm } from './access/callback-body.ts'
export { type CallbackOptions, callbackAccess } from './access/http-callbacks.ts'
export { setUser, userOf } from './access/identity.ts'
export type { PasswordCheckOptions } from './access/password-checks.ts'
export { hashPassword } from './access/password.ts'
export { rechecked } from './access/rechecked.ts'
export {
  nameWithToken,
  type SignedTokenOptions,
  signToken,
  type TokenGrant,
  tokenAccess,
} from './access/signed-token.ts'
export { type AccessTable, type TableRule, tableAccess, type Who } from './access/table.ts'
export { type AccessOptions, accessHandler } from './node/access/access-options.ts'
export {
  type ChallengeOptions,
  type ChallengeScheme,
  challengeAccess,
} from './node/access/challenge.ts'
export { type JwtOptions, jwtAccess } from './node/access/jwt.ts'
