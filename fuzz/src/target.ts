import type { SeededRandom } from '@rtmp/testkit/fuzz'

/** A parser under attack. */
export interface FuzzTarget {
  /** What to type: `amf0`, `chunk`, … */
  readonly name: string
  /** Good inputs to start from: vectors and captures. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>
  /**
   * Gives one input to the parser. Returning or resolving, `DecodeError` and `ProtocolError` are fine; anything else is a crash.
   *
   * @param random - For options and deliveries, so that a run with the same seed is the same run.
   */
  run(input: Uint8Array, random: SeededRandom): void | Promise<void>
}
