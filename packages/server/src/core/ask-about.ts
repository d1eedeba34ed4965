import { isPromise, whenSettled } from '../contract/awaitable.ts'
import { checkedAdmission } from '../contract/decision-check.ts'
import type { ServerHandler } from '../contract/handler.ts'
import { hookPlace } from './callback-door.ts'
import type { Connection } from './connection.ts'
import type { Services } from './services.ts'

/** Asks the hook `connection` about one that has just come, and does what it says. */
export const askAbout = (
  services: Pick<Services, 'handler' | 'failed' | 'now'>,
  connection: Connection,
  now: number,
): void => {
  const failed = (error: unknown): false => {
    services.failed(hookPlace('connection'), error)
    return false
  }
  let answer: ReturnType<NonNullable<ServerHandler['connection']>>
  try {
    answer = services.handler.connection?.(connection)
    if (!isPromise<boolean | void>(answer)) answer = checkedAdmission(answer)
  } catch (error) {
    answer = failed(error)
  }
  if (!isPromise<boolean | void>(answer)) {
    connection.admit(answer !== false, now)
    return
  }
  connection.hold()
  whenSettled(
    answer,
    checkedAdmission,
    (admitted) => connection.admit(admitted, services.now()),
    (error) => connection.admit(failed(error), services.now()),
  )
}
