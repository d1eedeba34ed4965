import { UsageError } from '@rtmp/bytes'
import { streamPath } from '@rtmp/message'
import { accept, type Decision, reject } from '../contract/decision.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import type { AccessHandler } from './access-handler.ts'
import type { StreamAction } from '../contract/stream-action.ts'
import { hex, sameText, Signer } from './secret.ts'

/*
 * A signed token is two parameters of the stream's name, or stands behind the name for devices that can send no query:
 *
 *   rtmp://host/live/show?expires=1767225600&token=<hex>
 *   rtmp://host/live/show-1767225600-<hex>                    the stream is live/show
 *
 *   token = hex( HMAC-SHA256( secret, action "\n" path "\n" expires [ "\n" address ] ) )
 *
 * with action `publish` or `play`, expires in seconds since 1970, and the client's address if tokens are bound to one.
 */

/** What a token is for. */
export interface TokenGrant {
  /** Text, as the server is given it. */
  readonly secret: string
  /** What it may be used for; a token to publish is none to play. */
  readonly action: StreamAction
  /** With `streamName` the path that is granted; how a client cuts that path does not matter. */
  readonly app: string
  /** Without parameters. */
  readonly streamName: string
  /** Seconds since 1970. */
  readonly expires: number
  /** The only address that may use it, where `bindAddress` is on. */
  readonly address?: string
}

/** How tokens are checked. */
export interface SignedTokenOptions {
  /** The secret that tokens are signed with; several while one takes another's place. */
  readonly secrets: readonly string[]
  /** What needs a token. Default publish and play. */
  readonly actions?: readonly StreamAction[]
  /** Whether a token holds the address of the client that may use it. Default false. */
  readonly bindAddress?: boolean
  /** The time in milliseconds since 1970. Default the machine's clock. */
  readonly now?: () => number
}

/** Name, expiry and token in one. */
const IN_NAME = /^(.+)-(\d{1,12})-([\da-f]{64})$/i

const BOTH: readonly StreamAction[] = ['publish', 'play']

/** The parameters to append to a stream's name: `expires=…&token=…`. */
export const signToken = async (grant: TokenGrant): Promise<string> => {
  const { expires, token } = await sign(grant)
  return `expires=${expires}&token=${token}`
}

/** The stream's name with a token behind it, `show-<expires>-<token>`, for devices that can send no query. */
export const nameWithToken = async (grant: TokenGrant): Promise<string> => {
  const { expires, token } = await sign(grant)
  return `${grant.streamName}-${expires}-${token}`
}

const sign = async (grant: TokenGrant): Promise<{ readonly expires: number; readonly token: string }> => {
  const expires = Math.floor(grant.expires)
  const signature = await new Signer(grant.secret).sign(signedText({ ...grant, expires: String(expires) }))
  return { expires, token: hex(signature) }
}

/**
 * Decides by tokens that whoever knows the secret has signed, see {@link signToken}.
 *
 * @throws UsageError `ACCESS_SECRET_MISSING`
 */
export const tokenAccess = (options: SignedTokenOptions): AccessHandler => {
  const { actions = BOTH, bindAddress = false, now = Date.now } = options
  if (options.secrets.length === 0 || options.secrets.includes(''))
    throw new UsageError('ACCESS_SECRET_MISSING', 'give at least one secret, none of them empty', 'secrets')
  const signers = options.secrets.map((secret) => new Signer(secret))

  const decide = async (action: StreamAction, context: PublishContext | PlayContext): Promise<Decision> => {
    const { app, connection } = context
    const { streamName, token, expires, isInName } = shownIn(context)
    if (token === undefined) return reject(`${action} needs a token`)
    const address = bindAddress ? { address: connection.remoteAddress } : {}
    const text = signedText({ action, app, streamName, expires, ...address })
    let signed = false
    for (const signer of signers)
      signed = sameText(token.toLowerCase(), hex(await signer.sign(text))) || signed
    if (!signed) return reject('the token is not valid for this')
    if (!(now() < Number(expires) * 1000)) return reject('the token has expired')
    return isInName ? accept(streamName) : undefined
  }

  return {
    ...(actions.includes('publish') && { publish: (context) => decide('publish', context) }),
    ...(actions.includes('play') && { play: (context) => decide('play', context) }),
  }
}

/** What a client shows, in the query or in the name. */
const shownIn = ({ streamName, query }: PublishContext | PlayContext) => {
  const { token, expires = '' } = query
  const [, name = '', until = '', tokenInName] = token === undefined ? (IN_NAME.exec(streamName) ?? []) : []
  return tokenInName === undefined
    ? { streamName, token, expires, isInName: false }
    : { streamName: name, token: tokenInName, expires: until, isInName: true }
}

const signedText = (what: {
  readonly action: StreamAction
  readonly app: string
  readonly streamName: string
  readonly expires: string
  readonly address?: string
}): string => {
  const { action, app, streamName, expires, address } = what
  return [action, streamPath(app, streamName), expires, ...(address === undefined ? [] : [address])].join(
    '\n',
  )
}
