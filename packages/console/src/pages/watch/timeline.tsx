import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { position } from '../shared/format.ts'

/** How far the keys go, in seconds. */
const STEP = 5

/** What of a video can be shown, in seconds. */
interface Range {
  readonly from: number
  readonly to: number
  readonly isLive: boolean
}

const rangeOf = (video: HTMLVideoElement): Range => {
  const { seekable, duration } = video
  const from = seekable.length > 0 ? seekable.start(0) : 0
  const end = seekable.length > 0 ? seekable.end(seekable.length - 1) : 0
  const isLive = !Number.isFinite(duration)
  return { from, to: isLive || Number.isNaN(duration) ? end : duration, isLive }
}

/** Where it is, and the bar to go elsewhere. Keys: left, right. */
export const Timeline = ({ video }: { readonly video: HTMLVideoElement }): JSX.Element => {
  const [, look] = useState(0)
  useEffect(() => {
    const again = (): void => look((count) => count + 1)
    const names = ['timeupdate', 'durationchange', 'seeking', 'progress'] as const
    for (const name of names) video.addEventListener(name, again)
    return () => names.forEach((name) => video.removeEventListener(name, again))
  }, [video])

  const { from, to, isLive } = rangeOf(video)
  const goTo = (at: number): void => {
    video.currentTime = Math.min(Math.max(from, at), to)
  }
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { key, target } = event
      if (event.ctrlKey || event.metaKey || event.altKey || target instanceof HTMLInputElement) return
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return
      event.preventDefault()
      goTo(video.currentTime + (key === 'ArrowLeft' ? -STEP : STEP))
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })

  const at = Math.min(Math.max(from, video.currentTime), to)
  const words = isLive ? `${position(to - at)} before now` : `${position(at)} of ${position(to)}`
  return (
    <div class="timeline">
      <span class="at">{isLive ? `−${position(to - at)}` : position(at)}</span>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={words}
        min={from}
        max={Math.max(from, to)}
        step="0.1"
        value={at}
        onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
      />
      <span>{isLive ? 'Live' : position(to)}</span>
    </div>
  )
}
