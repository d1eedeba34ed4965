import type { MediaMessage } from '@rtmp/e-rtmp'
import type { MediaTag } from './media-tag.ts'

/**
 * A publisher inside the process: what it is given goes to the players of its stream as if a client had sent it. Made by
 * `RtmpServer.inject` and by a registration for watchers.
 *
 * @example
 * ```ts
 * const publisher = server.inject('live', 'clock')
 * publisher?.data('set', 0, 'onMetaData', { width: 1280, height: 720 })
 * publisher?.write({ kind: 'video', timestamp: 0, payload })
 * publisher?.end()
 * ```
 */
export interface LocalPublisher {
  /** As it was given. */
  readonly app: string
  /** As it was given. */
  readonly streamName: string
  /** Whether it has ended, or another publisher has taken the name over; what is written then goes nowhere. */
  readonly ended: boolean
  /**
   * Backpressure: whether a subscriber that must miss nothing (`overflow: 'hold'`) has fallen behind. What is written all the
   * same waits in memory, and beyond the hard bound ends that subscriber.
   */
  readonly held: boolean
  /** Resolves when it is not {@link held}, or has ended. */
  ready(): Promise<void>
  /**
   * Sends audio or video, or any message that `subscribe`, a tap or a registration has given; of data, `onMetaData` is given to everybody
   * who joins later too. Its payload is kept and must not change.
   */
  write(tag: MediaTag | MediaMessage): void
  /**
   * Sends a data message.
   *
   * @param action - `'set'`, as for `onMetaData`, gives it to everybody who joins later too.
   * @throws UsageError for values that AMF0 cannot say
   */
  data(action: 'set' | 'clear' | 'send', timestamp: number, name: string, ...values: readonly unknown[]): void
  /**
   * Ends it.
   *
   * @param lost - Whether players should wait for somebody else to go on, for the grace period.
   */
  end(lost?: boolean): void
}
