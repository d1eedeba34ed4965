import { type Md5, toHex } from './md5.ts'

/**
 * The `authmod=llnw` exchange, shaped after HTTP digest authentication (docs/wire/rtmp.md §15.2).
 *
 *   ha1      = hex(md5( user ":live:" password ))
 *   ha2      = hex(md5( "publish:/" app ["/_definst_" when app has no "/"] ))
 *   response = hex(md5( ha1 ":" nonce ":00000001:" cnonce ":auth:" ha2 ))
 */
export interface LimelightChallenge {
  /** In clear, as it was sent. */
  readonly user: string
  /** As the server sent it, letter by letter. */
  readonly nonce: string
  /** The app without its query. */
  readonly app: string
}

/** The nonce count that goes with a response; each exchange is a connection of its own, so it is always the first. */
export const NONCE_COUNT = '00000001'

/** The response to a challenge. `cnonce` is the client's own random text. */
export const limelightResponse = (
  md5: Md5,
  { user, nonce, app }: LimelightChallenge,
  password: string,
  cnonce: string,
): string => {
  const instance = app.includes('/') ? app : `${app}/_definst_`
  const ha1 = toHex(md5(`${user}:live:${password}`))
  const ha2 = toHex(md5(`publish:/${instance}`))
  return toHex(md5(`${ha1}:${nonce}:${NONCE_COUNT}:${cnonce}:auth:${ha2}`))
}
