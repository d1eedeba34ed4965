import type { Awaitable } from '../contract/awaitable.ts'
import { type Decision, grantIn, refusalIn } from '../contract/decision.ts'
import type { AccessHandler } from './access-handler.ts'

/**
 * The same handler, asked again about each publish and play for as long as it lasts. An answer that refuses ends it; no
 * answer does not, since a stream should not end because an endpoint is being restarted.
 *
 * @param failed - Told when there was no answer.
 */
export const rechecked = (
  handler: AccessHandler,
  everyMs: number,
  failed: (error: unknown) => void,
): AccessHandler => {
  const lasting = async (ask: () => Awaitable<Decision>): Promise<Decision> => {
    const decision = await ask()
    const refusal = refusalIn(decision)
    if (refusal !== undefined) return refusal
    const check = async (): Promise<Decision> => {
      try {
        return await ask()
      } catch (error) {
        failed(error)
        return undefined
      }
    }
    return { ...(grantIn(decision) ?? { kind: 'accept' }), recheck: { everyMs, check } }
  }
  return {
    ...handler,
    publish: (context) => lasting(() => handler.publish?.(context)),
    play: (context) => lasting(() => handler.play?.(context)),
  }
}
