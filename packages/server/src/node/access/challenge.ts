import { createHash, createHmac, randomBytes } from 'node:crypto'
import { UsageError } from '@rtmp/bytes'
import { adobeResponse, authParameter, limelightResponse, NONCE_COUNT } from '@rtmp/client/auth'
import type { QueryParameters } from '@rtmp/message'
import type { AccessHandler } from '../../access/access-handler.ts'
import { setUser, userOf } from '../../access/identity.ts'
import { matchesPattern } from '../../names/pattern.ts'
import { sameText } from '../../access/secret.ts'
import { accept, type Decision, reject } from '../../contract/decision.ts'
import type { ConnectContext, PlayContext, PublishContext } from '../../contract/contexts.ts'

/** The exchanges that encoders of the Flash era know: `authmod=adobe` and `authmod=llnw` (docs/wire/rtmp.md §15). */
export type ChallengeScheme = 'adobe' | 'llnw'

/** Who may connect, by user name and password. */
export interface ChallengeOptions {
  /** Passwords by user. The exchange needs the passwords themselves, so they cannot be hashed. */
  readonly users: Readonly<Record<string, string>>
  /** Default `'adobe'`, which FFmpeg, OBS, librtmp and hardware encoders know. */
  readonly scheme?: ChallengeScheme
  /** Apps that need it, `*` for any text. Default all. */
  readonly apps?: readonly string[]
  /** The time in milliseconds since 1970. Default the machine's clock. */
  readonly now?: () => number
}

/** How long a challenge may be answered, in milliseconds. */
const LIFE_MS = 60_000

/** Answered challenges that are remembered, so that none counts twice. */
const MAX_ANSWERED = 10_000

const TIME_DIGITS = 12
const NONCE_DIGITS = 16
const SEALED = /^[\da-f]{60}$/

/**
 * Asks clients for user name and password at `connect`: each step is a refused connection, the next one brings the answer. URLs
 * are `rtmp://user:password@host/app`.
 *
 * Nothing is kept of a client that has not answered: what must be known of a challenge stands in it, under a seal, with the
 * client's address. A wrong password and a user that is not there are answered alike. Both exchanges rest on MD5 and send all else
 * in clear: use RTMPS with them.
 *
 * @throws UsageError `ACCESS_PASSWORD_HASHED`, `ACCESS_USERS_MISSING`
 */
export const challengeAccess = (options: ChallengeOptions): AccessHandler => {
  const { scheme = 'adobe', apps = ['*'], now = Date.now } = options
  const users = new Map(Object.entries(options.users))
  if (users.size === 0)
    throw new UsageError('ACCESS_USERS_MISSING', 'give the passwords of the users who may connect', 'users')
  for (const [user, password] of users) {
    if (!/^pbkdf2:\d+:/.test(password)) continue
    const message = `the exchange needs the password itself, and that of '${user}' is hashed`
    throw new UsageError('ACCESS_PASSWORD_HASHED', message, 'users')
  }
  const seals = new Seals(now)

  const answerIs = (query: QueryParameters, app: string, seal: Seal, password: string): boolean => {
    const { user = '', response = '' } = query
    const expected =
      scheme === 'adobe'
        ? adobeResponse(
            md5,
            { user, salt: seal.salt, challenge: seal.text, opaque: seal.text },
            password,
            query['challenge'] ?? '',
          )
        : limelightResponse(md5, { user, nonce: seal.text, app }, password, query['cnonce'] ?? '')
    return sameText(response, expected) && (scheme === 'adobe' || query['nc'] === NONCE_COUNT)
  }

  const connect = ({ connection, app, query, connect: command }: ConnectContext): Decision => {
    if (!apps.some((pattern) => matchesPattern(pattern, app))) return undefined
    const { authmod, user, response } = query
    if (authmod !== scheme || user === undefined) return refusal(`code=403 need auth; authmod=${scheme}`, '')
    const address = connection.remoteAddress
    if (response === undefined) {
      const { text, salt } = seals.make(user, address)
      const more = scheme === 'adobe' ? `&salt=${salt}&challenge=${text}&opaque=${text}` : `&nonce=${text}`
      return refusal(`authmod=${scheme}`, `?reason=needauth&user=${authParameter(user)}${more}`)
    }
    const seal = seals.open((scheme === 'adobe' ? query['opaque'] : query['nonce']) ?? '', user, address)
    const password = users.get(user)
    const rawApp = command.app.split('?', 1)[0] ?? ''
    const isRight = seal !== undefined && answerIs(query, rawApp, seal, password ?? '')
    if (seal === undefined || !isRight || password === undefined)
      return refusal(`authmod=${scheme}`, '?reason=authfailed')
    seals.used(seal)
    setUser(connection, user)
    return accept({ user })
  }
  /** Who connected elsewhere and cuts the path of a stream so that it lies in such an app has shown nothing. */
  const stream = ({ connection, app }: PublishContext | PlayContext): Decision =>
    userOf(connection) === undefined && apps.some((pattern) => matchesPattern(pattern, app))
      ? reject(`connect to ${app === '' ? 'the server' : `the app ${app}`} with user name and password`)
      : undefined
  return { connect, publish: stream, play: stream }
}

/** In the words of Flash Media Server; clients look for parts of it. */
const refusal = (what: string, parameters: string): Decision =>
  reject(`[ AccessManager.Reject ] : [ ${what} ] : ${parameters}`)

const md5 = (text: string): Uint8Array => createHash('md5').update(text).digest()

interface Seal {
  readonly text: string
  readonly salt: string
}

/**
 * Challenges that carry their own state: time, random digits, and a MAC over both, the user and the address.
 *
 *   12 hex digits  when it was made, in milliseconds since 1970
 *   16 hex digits  random
 *   32 hex digits  HMAC-SHA256, first half
 */
class Seals {
  readonly #secret = randomBytes(32)
  readonly #now: () => number
  /** Of the last minute, the oldest first. */
  readonly #answered = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  make(user: string, address: string): Seal {
    const time = this.#now().toString(16).padStart(TIME_DIGITS, '0')
    const nonce = randomBytes(NONCE_DIGITS / 2).toString('hex')
    return { text: time + nonce + this.#mac(time, nonce, user, address), salt: this.#salt(nonce) }
  }

  /** The seal, if it is one of ours for this user and address, young enough and not used before. */
  open(text: string, user: string, address: string): Seal | undefined {
    if (!SEALED.test(text) || this.#answered.has(text)) return undefined
    const time = text.slice(0, TIME_DIGITS)
    const nonce = text.slice(TIME_DIGITS, TIME_DIGITS + NONCE_DIGITS)
    const age = this.#now() - Number.parseInt(time, 16)
    if (age < 0 || age > LIFE_MS) return undefined
    const mac = text.slice(TIME_DIGITS + NONCE_DIGITS)
    return sameText(mac, this.#mac(time, nonce, user, address))
      ? { text, salt: this.#salt(nonce) }
      : undefined
  }

  used({ text }: Seal): void {
    const now = this.#now()
    for (const [old, at] of this.#answered) {
      if (now - at <= LIFE_MS && this.#answered.size < MAX_ANSWERED) break
      this.#answered.delete(old)
    }
    this.#answered.set(text, now)
  }

  #mac(...parts: readonly string[]): string {
    return createHmac('sha256', this.#secret).update(JSON.stringify(parts)).digest('hex').slice(0, 32)
  }

  #salt(nonce: string): string {
    return createHmac('sha256', this.#secret).update(`salt ${nonce}`).digest('hex').slice(0, 12)
  }
}
