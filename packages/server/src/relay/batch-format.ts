import { encodeBatch } from '@rtmp/chunk'
import type { RelayMessage } from './relay-message.ts'

/**
 * How messages become the bytes of one kind of player. Players that share a format object share the bytes of every
 * batch, so there should be few: use {@link rtmpFormat}, which returns the same object for the same arguments.
 */
export interface BatchFormat {
  /** For logs and statistics, for example `'rtmp/60000/1'`. */
  readonly name: string
  /**
   * The bytes of these messages, in memory of its own and readable without anything that came before or after.
   */
  encode(messages: readonly RelayMessage[]): Uint8Array
}

const formats = new Map<string, BatchFormat>()

/** How many different formats are remembered; chunk size and stream id are the server's choice, so there are few. */
const REMEMBERED = 256

/**
 * Chunks of RTMP: every batch begins with full headers on each of its chunk streams.
 *
 * @param chunkSize - The chunk size this server has announced to the player.
 * @param messageStreamId - The message stream that plays; 1 for nearly everybody.
 */
export const rtmpFormat = (chunkSize: number, messageStreamId: number): BatchFormat => {
  const name = `rtmp/${chunkSize}/${messageStreamId}`
  const known = formats.get(name)
  if (known !== undefined) return known
  const options = { chunkSize, messageStreamId }
  const format: BatchFormat = { name, encode: (messages) => encodeBatch(messages, options) }
  if (formats.size < REMEMBERED) formats.set(name, format)
  return format
}
