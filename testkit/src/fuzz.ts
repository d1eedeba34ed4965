/** What fuzzing and benchmarks share with the tests; imports no test runner. */
export { fromHex, toHex } from './hex.ts'
export { mutate } from './mutate.ts'
export { SeededRandom } from './random.ts'
export { hmacSha256, sha256 } from './sha256.ts'
