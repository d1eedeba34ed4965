import { UsageError } from '@rtmp/bytes'
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { type Decision, reject } from '../core/decision.ts'
import type { PlayContext, PublishContext } from '../core/handler.ts'
import type { AccessHandler, StreamAction } from './access-handler.ts'
import { matchesPattern, streamPath } from './pattern.ts'

/** How JSON Web Tokens are checked. One of `jwksUrl`, `publicKey` and `secret` says by which key. */
export interface JwtOptions {
  /** Where the issuer publishes its keys (JWKS); they are fetched when needed and kept. */
  readonly jwksUrl?: string
  /** A public key as PEM text (SPKI). */
  readonly publicKey?: string
  /** A shared secret (HS256, HS384, HS512). */
  readonly secret?: string
  /** Algorithms that may be used. Default: those of the kind of key, RS256, ES256 and EdDSA for public ones, HS256 for a secret. */
  readonly algorithms?: readonly string[]
  /** What `iss` must be. */
  readonly issuer?: string
  /** What `aud` must hold. */
  readonly audience?: string
  /** The parameter of the URL that holds the token. Default `'jwt'`. */
  readonly parameter?: string
  /** What needs a token. Default publish and play. */
  readonly actions?: readonly StreamAction[]
  /** For the keys to be fetched, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
  /** The time in milliseconds since 1970. Default the machine's clock. */
  readonly now?: () => number
}

const BOTH: readonly StreamAction[] = ['publish', 'play']
const ASYMMETRIC = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']
const SYMMETRIC = ['HS256']

/**
 * Decides by JSON Web Tokens: `rtmp://host/live/show?jwt=…`. The claims `publish` and `play` are lists of streams,
 * `app/name` with `*` for any text; `exp` is required.
 *
 * Keys that cannot be fetched make the hook fail, which refuses the client.
 *
 * @throws UsageError `ACCESS_KEY_MISSING`, `ACCESS_URL_INVALID`, `ACCESS_KEY_INVALID`
 */
export const jwtAccess = (options: JwtOptions): AccessHandler => {
  const { actions = BOTH, parameter = 'jwt', now = Date.now } = options
  if ([options.jwksUrl, options.publicKey, options.secret].filter(Boolean).length !== 1)
    throw new UsageError('ACCESS_KEY_MISSING', 'give exactly one of jwksUrl, publicKey and secret', 'jwksUrl')
  checkKeys(options)
  let key: Promise<JWTVerifyGetKey> | undefined

  const decide = async (action: StreamAction, context: PublishContext | PlayContext): Promise<Decision> => {
    const token = context.query[parameter]
    if (token === undefined || token === '') return reject(`${action} needs a token`)
    key ??= keyOf(options)
    const { jwtVerify, errors } = await import('jose')
    let claims: JWTPayload
    try {
      claims = (await jwtVerify(token, await key, verifyOptions(options, now()))).payload
    } catch (error) {
      if (error instanceof errors.JWTExpired) return reject('the token has expired')
      if (error instanceof errors.JWKSNoMatchingKey || isTokensFault(error, errors))
        return reject('the token is not valid')
      throw error
    }
    const streams = claims[action]
    const path = streamPath(context)
    const granted = Array.isArray(streams) && streams.some((one) => matchesPattern(String(one), path))
    return granted ? undefined : reject(`the token is not for ${action} of ${path}`)
  }

  return {
    ...(actions.includes('publish') && { publish: (context) => decide('publish', context) }),
    ...(actions.includes('play') && { play: (context) => decide('play', context) }),
  }
}

/** What can be seen of a key before the first token comes. */
const checkKeys = ({ jwksUrl, publicKey }: JwtOptions): void => {
  if (jwksUrl !== undefined && !(URL.canParse(jwksUrl) && /^https?:/i.test(jwksUrl)))
    throw new UsageError('ACCESS_URL_INVALID', `'${jwksUrl}' is not an http:// or https:// URL`, 'jwksUrl')
  if (publicKey !== undefined && !publicKey.includes('-----BEGIN PUBLIC KEY-----'))
    throw new UsageError(
      'ACCESS_KEY_INVALID',
      'it is not a public key as PEM text (BEGIN PUBLIC KEY)',
      'publicKey',
    )
}

const keyOf = async (options: JwtOptions): Promise<JWTVerifyGetKey> => {
  const { createRemoteJWKSet, importSPKI } = await import('jose')
  const { jwksUrl, publicKey, secret } = options
  if (jwksUrl !== undefined)
    return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: options.timeoutMs ?? 5000 })
  if (publicKey !== undefined)
    return (header) => importSPKI(publicKey, header?.alg ?? (options.algorithms ?? ASYMMETRIC)[0] ?? 'RS256')
  const bytes = new TextEncoder().encode(secret)
  return () => bytes
}

const verifyOptions = (options: JwtOptions, now: number): JWTVerifyOptions => {
  const { algorithms, secret, issuer, audience } = options
  return {
    algorithms: [...(algorithms ?? (secret === undefined ? ASYMMETRIC : SYMMETRIC))],
    requiredClaims: ['exp'],
    currentDate: new Date(now),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
}

/** Whether the token is to blame, rather than the way to the keys. */
const isTokensFault = (error: unknown, errors: typeof import('jose').errors): boolean =>
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported
