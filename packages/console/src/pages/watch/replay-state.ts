/** What becomes of HLS that is played. */
export type ReplayState = 'connecting' | 'buffering' | 'playing' | 'paused' | 'absent' | 'refused' | 'failed'

/** What the status of an answer means. */
export const stateOf = (status: number): ReplayState =>
  status === 404 ? 'absent' : status === 401 || status === 403 ? 'refused' : 'failed'

/** What plays HLS in a video element, and tells what becomes of it. Returns what ends it. */
export type PlayHls = (video: HTMLVideoElement, url: string, told: (state: ReplayState) => void) => () => void

/** Tells what a video element does. Returns what ends that. */
export const follow = (video: HTMLVideoElement, told: (state: ReplayState) => void): (() => void) => {
  const states = { playing: 'playing', pause: 'paused', waiting: 'buffering' } as const
  const names = ['playing', 'pause', 'waiting'] as const
  const changed = (event: Event): void => told(states[event.type as (typeof names)[number]])
  for (const name of names) video.addEventListener(name, changed)
  return () => names.forEach((name) => video.removeEventListener(name, changed))
}

/** A browser that plays no sound unasked plays without it. */
export const begin = (video: HTMLVideoElement, told: (state: ReplayState) => void): void => {
  video.play().catch(async () => {
    video.muted = true
    await video.play().catch(() => told('paused'))
  })
}
