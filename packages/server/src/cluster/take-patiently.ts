import type { ClaimResult, Directory } from '@rtmp/cluster'
import { WheelTimer } from '@rtmp/live/engine'
import type { Time } from '../core/services.ts'
import type { Claims } from './claims.ts'

/** How much later than expected a renewal may show, in milliseconds. */
const SLACK_MS = 100

/**
 * Claims a path that another node may have lost: one that lives renews its claim, one that does not has lost its publisher. Waits until it
 * is clear which, and claims again when the lease is over.
 *
 * @throws DirectoryError
 */
export const takePatiently = async (
  time: Time,
  directory: Directory,
  claims: Claims,
  path: string,
  mayTakeOver: boolean,
): Promise<ClaimResult> => {
  const first = await claims.take(path, mayTakeOver)
  if (first.kind === 'claimed') return first
  let held = first.entry
  // By half of the lease, whoever lives has renewed.
  const patience = directory.lease / 2
  if (held.expiresIn > patience) {
    await delay(time, held.expiresIn - patience)
    const now = await directory.resolve(path)
    if (now === undefined) return claims.take(path)
    if (now.fence !== held.fence || now.expiresIn > patience + SLACK_MS) return { kind: 'held', entry: now }
    held = now
  }
  await delay(time, held.expiresIn + 1)
  return claims.take(path)
}

const delay = async ({ wheel, now }: Time, ms: number): Promise<void> => {
  await new Promise<void>((resolve) => {
    wheel.set(new WheelTimer({ onTimer: () => resolve() }), now() + ms)
  })
}
