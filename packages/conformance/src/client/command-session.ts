import { fail } from '../case/verdict.ts'
import { amfValues, nameOf } from '../wire/message-text.ts'
import { clientCase, type ClientTest } from './client-test.ts'
import type { Script } from './server-side.ts'

/** What a server says when it has accepted connect. */
export const SUCCESS = { level: 'status', code: 'NetConnection.Connect.Success', description: 'yes' }

/** The client works although the server answers so. */
export const worksWith = (id: string, script: Script) =>
  clientCase(id, async (t) => t.works(await t.serve(undefined, script)))

/** The connect command of the client: its values, its bytes and its object. */
export const connectObject = async (
  t: ClientTest,
): Promise<{ values: readonly unknown[]; payload: Uint8Array; object: Record<string, unknown> }> => {
  const side = await t.serve()
  const message = await side.peer.next((each) => nameOf(each) === 'connect', t.answerMs)
  if (message === undefined) return fail('connect', 'it did not come')
  const values = amfValues(message.payload)
  return { values, payload: message.payload, object: (values[2] ?? {}) as Record<string, unknown> }
}
