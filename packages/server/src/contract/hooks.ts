import type { Awaitable } from './awaitable.ts'
import type { Decision } from './decision.ts'
import type { ServerHandler } from './handler.ts'
import type { MediaTagDecision } from './media-tag.ts'

/** A hook's name: every method of a {@link ServerHandler}. */
export type HookName = Exclude<keyof ServerHandler, 'mediaDelivery'>

/** What a hook is called with. At most three values: several handlers are told without a list being made. */
export type HookValues<Name extends HookName> = Parameters<NonNullable<ServerHandler[Name]>>

/**
 * What becomes of a hook's answer.
 *
 * - `'admit'`: `false` turns a connection away.
 * - `'decide'`: a {@link Decision} that may take its time, within the session's deadline.
 * - `'answer'`: a value that a caller waits for.
 * - `'filter'`: what is left of a message, said at once.
 * - `'tell'`: nothing.
 * - `'frame'`: nothing; told of frames, which `mediaDelivery: 'raw'` does without.
 */
export type HookKind = 'admit' | 'decide' | 'answer' | 'filter' | 'tell' | 'frame'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

type KindOf<Answer> =
  Same<Answer, Awaitable<void>> extends true
    ? 'tell' | 'frame'
    : Same<Answer, Awaitable<Decision>> extends true
      ? 'decide'
      : Same<Answer, MediaTagDecision> extends true
        ? 'filter'
        : Same<Answer, Awaitable<boolean | void>> extends true
          ? 'admit'
          : 'answer'

type Kinds = {
  readonly [Name in HookName]: HookValues<Name> extends readonly [unknown, unknown?, unknown?]
    ? KindOf<ReturnType<NonNullable<ServerHandler[Name]>>>
    : never
}

/**
 * All hooks, and the only list of them: what joins handlers, logs, calls and checks hooks goes by it. The compiler holds
 * it against {@link ServerHandler}: a hook that is missing here, or has another kind than its answer says, is an error.
 */
export const HOOKS = {
  connection: 'admit',
  handshakeComplete: 'tell',
  connect: 'decide',
  fcPublish: 'decide',
  publish: 'decide',
  play: 'decide',
  metadata: 'tell',
  data: 'tell',
  mediaTag: 'filter',
  videoFrame: 'frame',
  audioFrame: 'frame',
  enhancedVideoFrame: 'frame',
  enhancedAudioFrame: 'frame',
  keyframe: 'tell',
  unpublish: 'tell',
  playStop: 'tell',
  pause: 'tell',
  unpause: 'tell',
  seek: 'tell',
  play2: 'tell',
  receiveAudio: 'tell',
  receiveVideo: 'tell',
  bufferLength: 'tell',
  call: 'answer',
  disconnect: 'tell',
  statsUpdate: 'tell',
} as const satisfies Kinds

/** The hooks of some kinds. */
export type HookOf<Kind extends HookKind> = {
  [Name in HookName]: (typeof HOOKS)[Name] extends Kind ? Name : never
}[HookName]

/** All hooks by name. */
export const HOOK_NAMES = Object.keys(HOOKS) as readonly HookName[]
