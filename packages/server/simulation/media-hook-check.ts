import type { MediaMessage } from '@rtmp/e-rtmp'
import type { PublishContext } from '../src/contract/contexts.ts'
import type { ServerHandler } from '../src/contract/handler.ts'
import type { HookOf } from '../src/contract/hooks.ts'
import type { ServerCore } from '../src/core/server-core.ts'
import { decodeFrame } from './frame.ts'
import { Kind } from './publication-log.ts'

/** Which media hooks a server of the simulation has. */
export type MediaHookStyle = 'none' | 'raw' | 'parsed' | 'both'

/** The hooks that this check has, whatever the style: a new one of these kinds has to be among them. */
export type MediaHook = HookOf<'filter' | 'frame'> | 'keyframe' | 'metadata' | 'data'

/** What the hooks have seen of one publish. */
interface Seen {
  publication: number | undefined
  /** Number of the next message. */
  next: number
  tags: number
  frames: number
  keyFrames: number
  data: number
  /** `keyframe` was called for the message whose `mediaTag` comes next. */
  keyDue: boolean
}

/** Watches that the media hooks see every message of every publish once and in order. */
export class MediaHookCheck {
  readonly #style: MediaHookStyle
  readonly #violated: (text: string) => void
  readonly #seen = new Map<PublishContext, Seen>()
  #ended: Seen | undefined
  #calls = 0

  constructor(style: MediaHookStyle, violated: (text: string) => void) {
    this.#style = style
    this.#violated = violated
  }

  /** Calls in all. */
  get calls(): number {
    return this.#calls
  }

  get handler(): ServerHandler {
    return this.#style === 'none' ? {} : this.#watching(this.#style)
  }

  #watching(
    style: MediaHookStyle & ServerHandler['mediaDelivery'],
  ): Required<Pick<ServerHandler, MediaHook>> & ServerHandler {
    const frame = (context: PublishContext): void => {
      this.#of(context).frames += 1
    }
    return {
      mediaDelivery: style,
      mediaTag: (context, tag) => this.#tag(this.#of(context), tag),
      videoFrame: frame,
      audioFrame: frame,
      enhancedVideoFrame: frame,
      enhancedAudioFrame: frame,
      keyframe: (context) => {
        const seen = this.#of(context)
        if (seen.keyDue) this.#violated('keyframe twice for one message')
        seen.keyFrames += 1
        seen.keyDue = style !== 'parsed'
      },
      metadata: (context, properties) => this.#data(this.#of(context), properties),
      data: (context, { values }) => this.#data(this.#of(context), values[0]),
      unpublish: (context) => {
        this.#ended = this.#of(context)
        this.#seen.delete(context)
      },
    }
  }

  listen(core: ServerCore): void {
    if (this.#style === 'none') return
    core.events.on('publishEnded', ({ counters }) => {
      const seen = this.#ended
      this.#ended = undefined
      if (seen === undefined) return
      const messages = counters.audioMessages + counters.videoMessages
      const due = {
        tags: this.#style === 'parsed' ? 0 : messages,
        frames: this.#style === 'raw' ? 0 : messages,
        keyFrames: counters.keyFrames,
        data: counters.dataMessages,
      }
      for (const [what, count] of Object.entries(due)) {
        const called = seen[what as keyof typeof due]
        if (called !== count) this.#violated(`hooks have seen ${called} ${what} of ${count}`)
      }
    })
  }

  #of(context: PublishContext): Seen {
    this.#calls += 1
    let seen = this.#seen.get(context)
    if (seen === undefined) {
      seen = { publication: undefined, next: 0, tags: 0, frames: 0, keyFrames: 0, data: 0, keyDue: false }
      this.#seen.set(context, seen)
    }
    return seen
  }

  #tag(seen: Seen, { kind, payload }: MediaMessage): void {
    const frame = decodeFrame(kind === 'audio' ? 8 : 9, payload)
    if (frame === undefined) {
      this.#violated('mediaTag got a damaged payload')
      return
    }
    seen.tags += 1
    if (seen.keyDue !== (frame.kind === Kind.keyFrame)) {
      this.#violated(`keyframe was ${seen.keyDue ? '' : 'not '}called for message ${frame.number}`)
    }
    seen.keyDue = false
    this.#follow(seen, frame.publication, frame.number)
  }

  #data(seen: Seen, facts: unknown): void {
    const { publication, number } = facts as { readonly publication: number; readonly number: number }
    seen.data += 1
    if (this.#style !== 'parsed') this.#follow(seen, publication, number)
  }

  #follow(seen: Seen, publication: number, number: number): void {
    seen.publication ??= publication
    if (publication !== seen.publication || number !== seen.next) {
      this.#violated(
        `hooks see message ${number} of publication ${publication}, due is ${seen.next} of ${seen.publication}`,
      )
    }
    seen.next = number + 1
  }
}
