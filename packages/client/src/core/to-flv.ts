import { flvRules, type MediaMessage } from '@rtmp/e-rtmp'
import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { TimeRebaser } from '@rtmp/flv/file'
import { TrackWait } from './track-wait.ts'

/** How packets become FLV. */
export interface ToFlvOptions {
  /** Begin at time 0 instead of the stream's own time. Default true. */
  readonly fromZero?: boolean
}

/**
 * Packets as an FLV stream: the file header first, then one array for each tag. The stream can be cut after any of them.
 *
 * The header says which kinds of track there are, and players wait for those; so it comes once sound and picture have
 * come, or a second of one of them, or what `onMetaData` promises.
 *
 * @example
 * for await (const bytes of toFlv(player)) response.write(bytes)
 */
export async function* toFlv(
  packets: AsyncIterable<MediaMessage> | Iterable<MediaMessage>,
  { fromZero = true }: ToFlvOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const wait = new TrackWait()
  const clock = outputClock(fromZero)
  const header = (): Uint8Array<ArrayBuffer> => encodeFlvHeader(wait)
  let begun = false
  for await (const packet of packets) {
    const ready = wait.add(packet)
    if (wait.isOver && !begun) yield header()
    begun = wait.isOver
    for (const message of ready) yield encodeFlvTag(clock.map(message))
  }
  const rest = wait.end()
  if (!begun) yield header()
  for (const message of rest) yield encodeFlvTag(clock.map(message))
}

/** A clock that runs forward, from 0 or from the stream's own time. */
export const outputClock = (fromZero: boolean): TimeRebaser =>
  new TimeRebaser({ isSequenceHeader: flvRules.isSequenceHeader, ...(fromZero ? {} : { start: 'own' }) })
