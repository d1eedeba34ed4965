import type { JSX, RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../shared/icons.tsx'
import type { Shown } from './shown.ts'

/** What is controlled. */
export interface Played {
  readonly video: HTMLVideoElement
  play(): Promise<unknown>
}

interface ControlsProps {
  readonly player: Played
  readonly stage: RefObject<HTMLDivElement | null>
  readonly shown: Pick<Shown, 'state' | 'stats' | 'tracks'>
  /** What stands over the buttons. */
  readonly above?: JSX.Element
}

/** More than this behind the newest picture, in milliseconds, and the viewer is offered to go there. */
const BEHIND = 3000

/** The bar below the picture. Keys: space, k, m, f. */
export const Controls = ({ player, stage, shown, above }: ControlsProps): JSX.Element => {
  const { video } = player
  const [, look] = useState(0)
  useEffect(() => {
    const again = (): void => look((count) => count + 1)
    const names = ['play', 'pause', 'volumechange'] as const
    for (const name of names) video.addEventListener(name, again)
    return () => names.forEach((name) => video.removeEventListener(name, again))
  }, [video])

  const toggle = (): void => {
    if (video.paused) void player.play()
    else video.pause()
  }
  const mute = (): void => {
    video.muted = !video.muted
    if (!video.muted && video.volume === 0) video.volume = 1
  }
  const full = (): void => {
    const element = stage.current
    if (document.fullscreenElement !== null) void document.exitFullscreen()
    else if (element?.requestFullscreen !== undefined) void element.requestFullscreen()
    // An iPhone shows only the video itself over everything.
    else (video as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.()
  }
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target, key } = event
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (
        target instanceof HTMLElement &&
        /^(?:INPUT|SELECT|TEXTAREA|BUTTON|SUMMARY|A)$/.test(target.tagName) &&
        key === ' '
      )
        return
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return
      const action = { ' ': toggle, k: toggle, m: mute, f: full }[key]
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })

  const hasSound = shown.tracks.some(({ kind, selected }) => kind === 'audio' && selected)
  const latency = shown.stats?.latency ?? 0
  const plays = shown.state === 'playing' || shown.state === 'paused'
  return (
    <>
      {hasSound && plays && video.muted && !video.paused && (
        <button class="unmute" type="button" onClick={mute}>
          <Icon name="muted" /> Turn sound on
        </button>
      )}
      {plays && video.paused && (
        <button class="big-play" type="button" aria-label="Play" onClick={toggle}>
          <Icon name="play" />
        </button>
      )}
      <div class="controls" role="group" aria-label="Player">
        {above}
        <button class="control" type="button" aria-label={video.paused ? 'Play' : 'Pause'} onClick={toggle}>
          <Icon name={video.paused ? 'play' : 'pause'} />
        </button>
        <button
          class="control"
          type="button"
          aria-label={video.muted ? 'Turn sound on' : 'Turn sound off'}
          onClick={mute}
        >
          <Icon name={video.muted ? 'muted' : 'sound'} />
        </button>
        <input
          class="volume"
          type="range"
          aria-label="Volume"
          min="0"
          max="1"
          step="0.05"
          value={video.muted ? 0 : video.volume}
          onInput={({ currentTarget }) => {
            video.volume = Number(currentTarget.value)
            video.muted = video.volume === 0
          }}
        />
        <span class="space" />
        {plays && latency > BEHIND && (
          <button class="control words" type="button" onClick={() => void player.play()}>
            {(latency / 1000).toFixed(0)} s behind
          </button>
        )}
        {document.pictureInPictureEnabled && (
          <button
            class="control"
            type="button"
            aria-label="Picture in picture"
            onClick={() => void toWindow(video)}
          >
            <Icon name="window" />
          </button>
        )}
        <button class="control" type="button" aria-label="Full screen" onClick={full}>
          <Icon name="full" />
        </button>
      </div>
    </>
  )
}

const toWindow = async (video: HTMLVideoElement): Promise<void> => {
  if (document.pictureInPictureElement === null) await video.requestPictureInPicture()
  else await document.exitPictureInPicture()
}
