import { type Md5, toBase64 } from './md5.ts'

/**
 * The `authmod=adobe` exchange, as encoders of the Flash era speak it (docs/wire/rtmp.md §15.1).
 *
 *   h1       = base64( md5( user + salt + password ) )
 *   response = base64( md5( h1 + (opaque, or challenge when there is none) + challenge2 ) )
 */
export interface AdobeChallenge {
  /** In clear, as it was sent. */
  readonly user: string
  /** As the server sent it, letter by letter: base64 in most, never decoded. */
  readonly salt: string
  /** As the server sent it; not used where there is an `opaque`. */
  readonly challenge: string
  /** As the server sent it; goes back to it as well. */
  readonly opaque?: string
}

/** The response to a challenge. `challenge2` is the client's own random text. */
export const adobeResponse = (
  md5: Md5,
  { user, salt, challenge, opaque }: AdobeChallenge,
  password: string,
  challenge2: string,
): string => {
  const h1 = toBase64(md5(user + salt + password))
  return toBase64(md5(h1 + (opaque ?? challenge) + challenge2))
}
