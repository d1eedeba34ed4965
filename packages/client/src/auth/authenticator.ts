import { RtmpClientError } from '../core/errors.ts'
import { adobeResponse } from './adobe.ts'
import { limelightResponse, NONCE_COUNT } from './limelight.ts'
import type { Md5 } from './md5.ts'
import { authParameter } from './parameter.ts'

/** What an {@link Authenticator} works with. */
export interface AuthenticatorOptions {
  readonly user: string | undefined
  readonly password: string | undefined
  /** The app without query. */
  readonly app: string
  readonly md5: Md5 | undefined
  /** From 0 to just below 1. */
  readonly random: () => number
}

type Scheme = 'adobe' | 'llnw'

/**
 * Authentication by refused connects (docs/wire/rtmp.md §15), one per connection attempt that may need it:
 *
 *   connect                                   → _error "… code=403 need auth; authmod=SCHEME …"
 *   connect ?authmod=SCHEME&user=…            → _error "… authmod=SCHEME … ?reason=needauth&user=…&salt=…&challenge=…"
 *   connect ?authmod=SCHEME&user=…&response=… → _result, or _error "… ?reason=authfailed"
 *
 * Each step is a connection of its own, and the text goes on app and tcUrl. Parameters are percent-encoded only where
 * a user name holds what would end one.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  #step = 0

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /**
   * What to put behind `?` of app and tcUrl for the next connection, or `undefined` when the refusal is not about
   * authentication.
   *
   * @param description - Of the refusal.
   * @throws RtmpClientError `AUTH_REQUIRED`, `AUTH_FAILED`
   */
  next(description: string): string | undefined {
    const scheme = schemeIn(description)
    if (scheme === undefined) return undefined
    const { user, password, md5 } = this.#options
    if (user === undefined || password === undefined) {
      throw authError('AUTH_REQUIRED', 'the server asks for a user name and a password')
    }
    if (md5 === undefined)
      throw authError('AUTH_REQUIRED', `authmod=${scheme} needs md5, which this host lacks`)
    const challenge = parametersIn(description)
    const reason = challenge.get('reason')
    if (reason === 'authfailed' || reason === 'nosuchuser' || this.#step === 2) {
      throw authError('AUTH_FAILED', 'the server did not accept the user name or the password')
    }
    if (reason === 'needauth') {
      this.#step = 2
      return scheme === 'adobe'
        ? this.#adobe(md5, user, password, challenge)
        : this.#limelight(md5, user, password, challenge)
    }
    if (this.#step === 1) throw authError('AUTH_FAILED', 'the server asked for a user name, then asked again')
    this.#step = 1
    return `authmod=${scheme}&user=${authParameter(user)}`
  }

  #adobe(md5: Md5, user: string, password: string, from: ReadonlyMap<string, string>): string {
    const salt = from.get('salt') ?? ''
    const challenge = from.get('challenge') ?? ''
    const opaque = from.get('opaque')
    const own = this.#nonce()
    const given = { user, salt, challenge, ...(opaque === undefined ? {} : { opaque }) }
    const response = adobeResponse(md5, given, password, own)
    const end = opaque === undefined ? '' : `&opaque=${opaque}`
    return `authmod=adobe&user=${authParameter(user)}&challenge=${own}&response=${response}${end}`
  }

  #limelight(md5: Md5, user: string, password: string, from: ReadonlyMap<string, string>): string {
    const nonce = from.get('nonce') ?? ''
    const own = this.#nonce()
    const response = limelightResponse(md5, { user, nonce, app: this.#options.app }, password, own)
    return `authmod=llnw&user=${authParameter(user)}&nonce=${nonce}&cnonce=${own}&nc=${NONCE_COUNT}&response=${response}`
  }

  /** Eight hex digits. */
  #nonce(): string {
    return Math.floor(this.#options.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  }
}

const authError = (code: 'AUTH_REQUIRED' | 'AUTH_FAILED', message: string): RtmpClientError =>
  new RtmpClientError(code, message, { stage: 'connect', canRetry: false })

const schemeIn = (description: string): Scheme | undefined => {
  if (description.includes('authmod=adobe')) return 'adobe'
  return description.includes('authmod=llnw') ? 'llnw' : undefined
}

/** The parameters from `?reason=` on, up to a blank or bracket; base64 holds `=`, so only the first one splits. */
const parametersIn = (description: string): ReadonlyMap<string, string> => {
  const text = /\?(reason=[^\s\]]*)/.exec(description)?.[1] ?? ''
  return new Map(
    text.split('&').map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
    }),
  )
}
