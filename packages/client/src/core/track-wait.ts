import type { MediaMessage } from '@rtmp/e-rtmp'
import { isFrame } from './outgoing.ts'

/** When that much media has come, and only sound or only picture is in it, there is no more to wait for. */
const ENOUGH_MS = 1000

/** And after that many bytes, whatever their times. */
const ENOUGH_BYTES = 4 * 1024 * 1024

/**
 * Which kinds of track a stream has, for a header that must be true before it is written: its first messages are held
 * back until both sound and picture have come, or a second of only one of them, or as much as metadata promise.
 */
export class TrackWait {
  #held: MediaMessage[] = []
  #bytes = 0
  #first: number | undefined
  #over = false
  #promised: { readonly audio: boolean; readonly video: boolean } | undefined
  #audio = false
  #video = false

  get hasAudio(): boolean {
    return this.#audio
  }

  get hasVideo(): boolean {
    return this.#video
  }

  /** Whether what the stream has is known: until then messages are held back. */
  get isOver(): boolean {
    return this.#over
  }

  /** Takes a message. Returns those that may go out now, in order. */
  add(message: MediaMessage): readonly MediaMessage[] {
    if (message.isAudio) this.#audio = true
    if (message.isVideo) this.#video = true
    if (this.#over) return [message]
    this.#held.push(message)
    this.#bytes += message.payload.length
    if (message.kind === 'data') this.#promised = promiseOf(message) ?? this.#promised
    return this.#isEnough(message) ? this.end() : []
  }

  /** Nothing more comes. Returns what was held back. */
  end(): readonly MediaMessage[] {
    this.#over = true
    const held = this.#held
    this.#held = []
    return held
  }

  #isEnough(message: MediaMessage): boolean {
    if (this.#audio && this.#video) return true
    if (this.#bytes > ENOUGH_BYTES) return true
    if (!isFrame(message)) return false
    const promised = this.#promised
    if (promised !== undefined && promised.audio === this.#audio && promised.video === this.#video)
      return true
    this.#first ??= message.timestamp
    return Math.abs((message.timestamp - this.#first) | 0) >= ENOUGH_MS
  }
}

/** What onMetaData says a stream has; `undefined` when it names neither sound nor picture. */
const promiseOf = (
  message: MediaMessage,
): { readonly audio: boolean; readonly video: boolean } | undefined => {
  if (message.name !== 'onMetaData') return undefined
  const { properties } = message
  const has = (kind: 'audio' | 'video', flag: string): boolean =>
    properties[`${kind}codecid`] !== undefined || properties[flag] === true
  const audio = has('audio', 'hasAudio')
  const video = has('video', 'hasVideo')
  return audio || video ? { audio, video } : undefined
}
