import { isDecodeError } from '@rtmp/bytes'
import { MessageTypeId } from '@rtmp/chunk'
import { classifyVideo, MediaFlags, type MediaFrame, toMediaFrames } from '@rtmp/ertmp'
import type { DataEvent } from '@rtmp/session'
import type { DataTag, MediaTag, PublishContext, ServerHandler } from './handler.ts'

/** Who is told of hooks that throw. */
export type HookFailure = (hook: keyof ServerHandler, error: unknown) => void

/** A hook that throws at every frame is reported so many times for each publish, and goes on being called. */
const REPORTED_FAILURES = 10

const FRAME_HOOKS = ['videoFrame', 'audioFrame', 'enhancedVideoFrame', 'enhancedAudioFrame'] as const

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
  readonly #failed: HookFailure
  readonly #raw: boolean
  readonly #parsed: boolean
  #failures = 0

  constructor(handler: ServerHandler, context: PublishContext, failed: HookFailure) {
    this.#handler = handler
    this.#context = context
    this.#failed = failed
    this.#raw = wantsRaw(handler)
    this.#parsed = wantsParsed(handler)
  }

  /** Shows an audio or video message; returns what is to be relayed, `undefined` for nothing. */
  media(typeId: number, timestamp: number, payload: Uint8Array): MediaTag | undefined {
    const kind = typeId === MessageTypeId.video ? 'video' : 'audio'
    if (kind === 'video' && this.#handler.keyframe !== undefined) this.#keyframe(timestamp, payload)
    let tag: MediaTag | undefined = { kind, timestamp, payload }
    if (this.#raw) tag = this.#mediaTag(tag)
    if (tag !== undefined && this.#parsed) this.#frames(tag)
    return tag
  }

  /** Shows a data message. */
  data(event: DataEvent): void {
    const { name, action, timestamp } = event
    const values: readonly unknown[] = event.values ?? []
    const properties = event.isMetadata && action !== 'clear' ? values.find(isObject) : undefined
    if (this.#handler[properties === undefined ? 'data' : 'metadata'] === undefined) return
    const tag: DataTag = { name, action, timestamp, values }
    if (properties === undefined) this.#call('data', () => this.#handler.data?.(this.#context, tag))
    else this.#call('metadata', () => this.#handler.metadata?.(this.#context, properties, tag))
  }

  #keyframe(timestamp: number, payload: Uint8Array): void {
    if ((classifyVideo(payload) & MediaFlags.keyFrame) === 0) return
    this.#call('keyframe', () => this.#handler.keyframe?.(this.#context, timestamp))
  }

  #mediaTag(tag: MediaTag): MediaTag | undefined {
    try {
      const decision = this.#handler.mediaTag?.(this.#context, tag)
      if (decision === false) return undefined
      return typeof decision === 'object' && decision !== null ? { ...tag, ...decision } : tag
    } catch (error) {
      this.#report('mediaTag', error)
      return undefined
    }
  }

  #frames({ kind, timestamp, payload }: MediaTag): void {
    const [legacy, enhanced] =
      kind === 'video' ? (['videoFrame', 'enhancedVideoFrame'] as const) : AUDIO_HOOKS
    let frames: readonly MediaFrame[]
    try {
      frames = toMediaFrames(kind, timestamp, payload)
    } catch (error) {
      // What cannot be parsed is relayed all the same: players may know better.
      if (isDecodeError(error)) return
      throw error
    }
    for (const frame of frames) {
      const hook = frame.form === 'legacy' ? legacy : enhanced
      if (this.#handler[hook] !== undefined)
        this.#call(hook, () => this.#handler[hook]?.(this.#context, frame))
    }
  }

  #call(hook: keyof ServerHandler, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#report(hook, error)
    }
  }

  #report(hook: keyof ServerHandler, error: unknown): void {
    this.#failures += 1
    if (this.#failures <= REPORTED_FAILURES) this.#failed(hook, error)
  }
}

const AUDIO_HOOKS = ['audioFrame', 'enhancedAudioFrame'] as const

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
