/** What the tests of all packages share. Imports none of them. */
export { byteByByte, cutAt, deliveries } from './deliveries.ts'
export { fromHex, toHex } from './hex.ts'
export { MEDIA_FILES } from './media-files.ts'
export { mutate } from './mutate.ts'
export { SeededRandom } from './random.ts'
export { readRepoFile, readRepoJson } from './repo-files.ts'
export { VirtualClock } from './virtual-clock.ts'
export { hmacSha256, sha256 } from './sha256.ts'
