import { isDecodeError, UsageError } from '@rtmp/bytes'
import { type MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import type { DataEvent } from '@rtmp/session'
import type { PublishContext } from '../contract/contexts.ts'
import { isPromise } from '../contract/awaitable.ts'
import type { ServerHandler } from '../contract/handler.ts'
import { HOOK_NAMES, type HookName, HOOKS } from '../contract/hooks.ts'
import { COULD_NOT_DECIDE, hookPlace } from './callback-door.ts'
import type { Failures } from './failures.ts'
import { type DataTag, withReplaced } from '../contract/media-tag.ts'

/** A hook that throws at every frame is reported so many times for each publish, and goes on being called. */
const REPORTED_FAILURES = 10

const FRAME_HOOKS = HOOK_NAMES.filter((name) => HOOKS[name] === 'frame')

/** Whether a handler wants to see any media at all; if not, no {@link MediaHooks} are made. */
export const wantsMedia = (handler: ServerHandler): boolean =>
  wantsRaw(handler) || wantsParsed(handler) || handler.keyframe !== undefined

/** Whether a handler wants data messages. */
export const wantsData = (handler: ServerHandler): boolean =>
  handler.metadata !== undefined || handler.data !== undefined

const wantsRaw = (handler: ServerHandler): boolean =>
  handler.mediaTag !== undefined && handler.mediaDelivery !== 'parsed'

const wantsParsed = (handler: ServerHandler): boolean =>
  handler.mediaDelivery !== 'raw' && FRAME_HOOKS.some((hook) => handler[hook] !== undefined)

/** The media hooks of one publish: made only when the handler has any. */
export class MediaHooks {
  readonly #handler: ServerHandler
  readonly #context: PublishContext
  readonly #failures: Failures
  readonly #raw: boolean
  readonly #parsed: boolean
  #reports = 0
  /** The publish has been ended for an answer that took its time. */
  #over = false

  constructor(handler: ServerHandler, context: PublishContext, failures: Failures) {
    this.#handler = handler
    this.#context = context
    this.#failures = failures
    this.#raw = wantsRaw(handler)
    this.#parsed = wantsParsed(handler)
  }

  /** Shows an audio or video message; returns what is to be relayed, `undefined` for nothing. */
  media(typeId: number, timestamp: number, payload: Uint8Array): MediaMessage | undefined {
    if (this.#over) return undefined
    let message: MediaMessage | undefined = new MediaMessage(typeId, timestamp, payload)
    if (message.keyFrame && this.#handler.keyframe !== undefined) this.#keyframe(timestamp)
    if (this.#raw) message = this.#mediaTag(message)
    if (message !== undefined && this.#parsed) this.#frames(message)
    return message
  }

  /** Shows a data message. */
  data(event: DataEvent): void {
    const { name, action, timestamp } = event
    const values: readonly unknown[] = event.values
    const properties = event.isMetadata && action !== 'clear' ? values.find(isObject) : undefined
    const hook = properties === undefined ? 'data' : 'metadata'
    if (this.#handler[hook] === undefined) return
    const tag: DataTag = { name, action, timestamp, values }
    try {
      const answer =
        properties === undefined
          ? this.#handler.data?.(this.#context, tag)
          : this.#handler.metadata?.(this.#context, properties, tag)
      this.#returned(hook, answer)
    } catch (error) {
      this.#report(hook, error)
    }
  }

  #keyframe(timestamp: number): void {
    try {
      this.#returned('keyframe', this.#handler.keyframe?.(this.#context, timestamp))
    } catch (error) {
      this.#report('keyframe', error)
    }
  }

  #mediaTag(message: MediaMessage): MediaMessage | undefined {
    try {
      const decision = this.#handler.mediaTag?.(this.#context, message)
      if (decision === false) return undefined
      if (typeof decision !== 'object' || decision === null) return message
      if (isPromise(decision)) {
        this.#tookItsTime(decision)
        return undefined
      }
      return withReplaced(message, decision)
    } catch (error) {
      this.#report('mediaTag', error)
      return undefined
    }
  }

  /** A message cannot wait for a promise, nor be let pass meanwhile: the publish ends. */
  #tookItsTime(answer: PromiseLike<unknown>): void {
    this.#over = true
    this.#returned('mediaTag', answer)
    const description = 'the mediaTag hook must answer at once, and has returned a promise'
    this.#report('mediaTag', new UsageError('HOOK_NOT_AT_ONCE', description, 'handler.mediaTag'))
    const { connection, messageStreamId } = this.#context
    connection.client.endPublish(messageStreamId, COULD_NOT_DECIDE, 'closed')
  }

  #frames(message: MediaMessage): void {
    const [legacy, enhanced] = message.isVideo ? (['videoFrame', 'enhancedVideoFrame'] as const) : AUDIO_HOOKS
    let frames: readonly MediaFrame[]
    try {
      frames = message.frames()
    } catch (error) {
      // What cannot be parsed is relayed all the same: players may know better.
      if (isDecodeError(error)) return
      throw error
    }
    for (const frame of frames) {
      const hook = frame.form === 'legacy' ? legacy : enhanced
      try {
        this.#returned(hook, this.#handler[hook]?.(this.#context, frame))
      } catch (error) {
        this.#report(hook, error)
      }
    }
  }

  /** Nothing waits for what an async hook does; that it fails is told all the same. */
  #returned(hook: HookName, answer: unknown): void {
    if (answer === undefined || !isPromise(answer)) return
    answer.then(undefined, (error: unknown) => this.#report(hook, error))
  }

  #report(hook: HookName, error: unknown): void {
    this.#reports += 1
    if (this.#reports <= REPORTED_FAILURES) this.#failures.failed(hookPlace(hook), error)
  }
}

const AUDIO_HOOKS = ['audioFrame', 'enhancedAudioFrame'] as const

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
