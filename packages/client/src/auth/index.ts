/**
 * The answers that encoders of the Flash era give to a server's challenge.
 *
 * @packageDocumentation
 */
export { type AdobeChallenge, adobeResponse } from './adobe.ts'
export { type LimelightChallenge, limelightResponse, NONCE_COUNT } from './limelight.ts'
export { authParameter } from './parameter.ts'
export { type Md5, toBase64, toHex } from './md5.ts'
