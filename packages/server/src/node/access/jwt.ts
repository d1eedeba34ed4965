import { createPublicKey, type KeyObject } from 'node:crypto'
import { UsageError } from '@rtmp/bytes'
import { streamPath } from '@rtmp/message'
import {
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose'
import { accept, type Decision, reject } from '../../contract/decision.ts'
import type { PlayContext, PublishContext } from '../../contract/contexts.ts'
import type { AccessHandler } from '../../access/access-handler.ts'
import type { StreamAction } from '../../contract/stream-action.ts'
import { matchesPattern } from '../../names/pattern.ts'

/** How JSON Web Tokens are checked. One of `jwksUrl`, `publicKey` and `secret` says by which key. */
export interface JwtOptions {
  /** Where the issuer publishes its keys (JWKS); they are fetched when needed and kept. */
  readonly jwksUrl?: string
  /** A public key as PEM text (SPKI). */
  readonly publicKey?: string
  /** A shared secret (HS256, HS384, HS512). */
  readonly secret?: string
  /** Algorithms that may be used. Default: those that fit a public key, RS256, PS256, ES256 and EdDSA for a set of keys, HS256 for a secret. */
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

/** A name and a token in one; the head of every token is JSON, so it begins like this. */
const IN_NAME = /^(.+)\.(eyJ[\w-]*\.[\w-]+\.[\w-]*)$/

const BOTH: readonly StreamAction[] = ['publish', 'play']
const ASYMMETRIC = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']
const SYMMETRIC = ['HS256']

/** Keys of a set that are tried for a token which names none. */
const MOST_KEYS_TRIED = 16

/**
 * Decides by JSON Web Tokens: `rtmp://host/live/show?jwt=…`, or `rtmp://host/live/show.<token>` for devices that can send
 * no query. The claims `publish` and `play` are lists of streams,
 * `app/name` with `*` for any text; `exp` is required. A token that names no key (`kid`) is tried with each of the issuer's that fits.
 *
 * Keys that cannot be fetched make the hook fail, which refuses the client. Whatever is wrong with a token only refuses it.
 *
 * @throws UsageError `ACCESS_KEY_MISSING`, `ACCESS_URL_INVALID`, `ACCESS_KEY_INVALID`
 */
export const jwtAccess = (options: JwtOptions): AccessHandler => {
  const { actions = BOTH, parameter = 'jwt', now = Date.now } = options
  if ([options.jwksUrl, options.publicKey, options.secret].filter(Boolean).length !== 1)
    throw new UsageError('ACCESS_KEY_MISSING', 'give exactly one of jwksUrl, publicKey and secret', 'jwksUrl')
  const { key, algorithms } = keyOf(options)

  const decide = async (action: StreamAction, context: PublishContext | PlayContext): Promise<Decision> => {
    const shown = context.query[parameter]
    const [, name = '', tokenInName] = shown === undefined ? (IN_NAME.exec(context.streamName) ?? []) : []
    const token = shown ?? tokenInName
    if (token === undefined || token === '') return reject(`${action} needs a token`)
    let claims: JWTPayload
    try {
      claims = await verified(token, key, verifyOptions(options, algorithms, now()))
    } catch (error) {
      if (error instanceof KeysUnreachable) throw error.cause
      if (error instanceof errors.JWTExpired) return reject('the token has expired')
      return reject('the token is not valid')
    }
    const streams = claims[action]
    const path = streamPath(context.app, tokenInName === undefined ? context.streamName : name)
    const granted =
      Array.isArray(streams) && streams.some((one) => typeof one === 'string' && matchesPattern(one, path))
    if (!granted) return reject(`the token is not for ${action} of ${path}`)
    return tokenInName === undefined ? undefined : accept(name)
  }

  return {
    ...(actions.includes('publish') && { publish: (context) => decide('publish', context) }),
    ...(actions.includes('play') && { play: (context) => decide('play', context) }),
  }
}

/** The way to the keys is to blame, not the token. */
class KeysUnreachable extends Error {}

/** What a token claims, if one of the keys that fit has signed it. */
const verified = async (
  token: string,
  key: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> => {
  try {
    return (await jwtVerify(token, key, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const one of error) {
      if (++tried > MOST_KEYS_TRIED) break
      try {
        return (await jwtVerify(token, one, options)).payload
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** How a key is found, and the algorithms that it may be used with. */
const keyOf = (
  options: JwtOptions,
): { readonly key: JWTVerifyGetKey; readonly algorithms: readonly string[] } => {
  const { jwksUrl, publicKey, secret } = options
  if (jwksUrl !== undefined)
    return { key: remoteKeys(jwksUrl, options), algorithms: options.algorithms ?? ASYMMETRIC }
  if (publicKey === undefined) {
    const bytes = new TextEncoder().encode(secret)
    return { key: () => bytes, algorithms: options.algorithms ?? SYMMETRIC }
  }
  const key = keyInPem(publicKey)
  const fitting = algorithmsOf(key)
  const algorithms = (options.algorithms ?? fitting).filter((one) => fitting.includes(one))
  if (algorithms.length > 0) return { key: () => key, algorithms }
  const kind = `${key.asymmetricKeyType ?? 'unknown'} key`
  const message =
    fitting.length === 0
      ? `a ${kind} signs no tokens`
      : `a ${kind} signs with ${fitting.join(', ')}: give one of them`
  throw new UsageError('ACCESS_KEY_INVALID', message, fitting.length === 0 ? 'publicKey' : 'algorithms')
}

const remoteKeys = (jwksUrl: string, { timeoutMs = 5000 }: JwtOptions): JWTVerifyGetKey => {
  if (!(URL.canParse(jwksUrl) && /^https?:/i.test(jwksUrl)))
    throw new UsageError('ACCESS_URL_INVALID', `'${jwksUrl}' is not an http:// or https:// URL`, 'jwksUrl')
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: timeoutMs })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (TOKENS_FAULTS.some((fault) => error instanceof fault)) throw error
      throw new KeysUnreachable('no keys', { cause: error })
    }
  }
}

/** What a token can do wrong on the way to its key: name one that is not there, or none of several, or no algorithm for keys. */
const TOKENS_FAULTS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

const keyInPem = (pem: string): KeyObject => {
  try {
    if (pem.includes('-----BEGIN PUBLIC KEY-----')) return createPublicKey(pem)
  } catch (cause) {
    throw new UsageError('ACCESS_KEY_INVALID', 'the public key cannot be read', 'publicKey', { cause })
  }
  const message = 'it is not a public key as PEM text (BEGIN PUBLIC KEY)'
  throw new UsageError('ACCESS_KEY_INVALID', message, 'publicKey')
}

/**
 * The algorithms of JSON Web Signatures that a key can be used with (RFC 7518 §3.1, RFC 8037 §3.1). JSON Web Keys have no kind for an RSA
 * key that is bound to PSS, and jose refuses one: such a key is good for nothing here, and a plain RSA key for PS256 too.
 */
const algorithmsOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] => {
  switch (asymmetricKeyType) {
    case 'rsa':
      return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
    case 'ec':
      return ES_BY_CURVE[asymmetricKeyDetails?.namedCurve ?? ''] ?? []
    case 'ed25519':
      return ['EdDSA', 'Ed25519']
    default:
      return []
  }
}

const ES_BY_CURVE: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
}

const verifyOptions = (
  { issuer, audience }: JwtOptions,
  algorithms: readonly string[],
  now: number,
): JWTVerifyOptions => ({
  algorithms: [...algorithms],
  requiredClaims: ['exp'],
  currentDate: new Date(now),
  ...(issuer === undefined ? {} : { issuer }),
  ...(audience === undefined ? {} : { audience }),
})
