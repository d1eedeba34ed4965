import type { Ratio } from './scenario.ts'

/** Student's t for 95 %, by degrees of freedom from 1 on; beyond the table it is taken as 2. */
const T_95 = [
  12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
]

/**
 * Ours as a multiple of a peer's, from the ratios of the rounds (both were measured in each, so what slows the machine
 * meets both): the geometric mean, and its 95 % interval by Student's t on the logarithms.
 *
 * @returns Nothing with fewer than two rounds, or where a figure is not above 0.
 */
export const ratioOf = (ours: readonly number[], peer: readonly number[]): Ratio | undefined => {
  const count = Math.min(ours.length, peer.length)
  if (count < 2) return undefined
  const logs = Array.from({ length: count }, (_, round) => Math.log((ours[round] ?? 0) / (peer[round] ?? 0)))
  if (!logs.every(Number.isFinite)) return undefined
  const mean = logs.reduce((sum, log) => sum + log, 0) / count
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (count - 1)
  const reach = (T_95[count - 2] ?? 2) * Math.sqrt(variance / count)
  return { of: Math.exp(mean), low: Math.exp(mean - reach), high: Math.exp(mean + reach) }
}
