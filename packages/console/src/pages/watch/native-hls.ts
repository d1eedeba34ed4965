import { begin, follow, type PlayHls, stateOf } from './replay-state.ts'

/** How long it waits before it asks again for what is not there, in milliseconds. */
const AGAIN_MS = 3000

/**
 * Plays HLS as the browser does by itself, where it has no Media Source Extensions: on older phones. What is not there, or has
 * ended, is asked for again and again.
 */
export const playNative: PlayHls = (video, url, told) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const again = (): void => {
    timer = setTimeout(() => void look(), AGAIN_MS)
  }
  // An element says only that it failed, not why. The cookie of the answer makes the element the same viewer.
  const look = async (): Promise<void> => {
    const response = await fetch(url).catch(() => undefined)
    if (isOver) return
    if (response?.ok === true) {
      video.src = url
      begin(video, told)
      return
    }
    const state = stateOf(response?.status ?? 0)
    told(state)
    if (state !== 'refused') again()
  }
  const lost = (): void => {
    told('buffering')
    again()
  }
  const ended = (): void => {
    told('absent')
    again()
  }
  const unfollow = follow(video, told)
  video.addEventListener('error', lost)
  video.addEventListener('ended', ended)
  void look()
  return () => {
    isOver = true
    clearTimeout(timer)
    unfollow()
    video.removeEventListener('error', lost)
    video.removeEventListener('ended', ended)
    video.removeAttribute('src')
    video.load()
  }
}
