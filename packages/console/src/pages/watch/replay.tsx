// What is played as HLS: a recording, a live stream's last minutes, and every stream where the browser has nothing else.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Addresses } from './addresses.ts'
import { Controls, type Played } from './controls.tsx'
import { Frame } from './frame.tsx'
import { NoticeBox, type Words } from './notice-box.tsx'
import { Poster } from './poster.tsx'
import type { PlayHls, ReplayState } from './replay-state.ts'
import { Timeline } from './timeline.tsx'

export const Replay = ({
  addresses,
  playing,
}: {
  readonly addresses: Addresses
  readonly playing: PlayHls
}): JSX.Element => {
  const element = useRef<HTMLVideoElement>(null)
  const stage = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<ReplayState>('connecting')
  const [hasPlayed, setHasPlayed] = useState(false)
  const [played, setPlayed] = useState<Played>()

  useEffect(() => {
    const video = element.current
    if (video === null) return
    setPlayed({ video, play: () => video.play() })
    return playing(video, addresses.hls, (next) => {
      setState(next)
      if (next === 'playing') setHasPlayed(true)
    })
  }, [addresses, playing])

  const isRecording = addresses.path.startsWith('vod/')
  const words = (isRecording || addresses.hasPositions ? {} : LIVE_WORDS)[state] ?? WORDS[state]
  const shown = state === 'playing' || state === 'paused' || state === 'buffering' ? state : 'failed'
  const badge = isRecording ? 'Recording' : addresses.hasPositions ? 'Live, with its past' : 'Live'
  return (
    <Frame addresses={addresses} badge={badge} over="HLS">
      <div class="stage" ref={stage} data-state={state === 'refused' ? 'failed' : state}>
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- recordings of live streams bring none */}
        <video ref={element} playsInline aria-label={`The recording ${addresses.path}`} />
        {!hasPlayed && (state === 'connecting' || state === 'buffering') && <Poster url={addresses.poster} />}
        <NoticeBox words={words} />
        {played !== undefined && (
          <Controls
            player={played}
            stage={stage}
            shown={{ state: shown, stats: undefined, tracks: [] }}
            above={<Timeline video={played.video} />}
          />
        )}
      </div>
    </Frame>
  )
}

const WORDS: Readonly<Partial<Record<ReplayState, Words>>> = {
  connecting: { title: 'Loading', text: '', waits: true },
  buffering: { title: 'Loading', text: '', waits: true },
  absent: { title: 'There is no such recording', text: 'It was removed, or its name is another one.' },
  refused: {
    title: 'You may not watch this',
    text: 'The server wants a token in the address, or another one.',
  },
  failed: {
    title: 'This cannot be played here',
    text: 'Reload the page to try again, or open the address below in VLC.',
  },
}

/** Of a live stream in a browser that has nothing but HLS. */
const LIVE_WORDS: Readonly<Partial<Record<ReplayState, Words>>> = {
  absent: {
    title: 'This stream is not live yet',
    text: 'It starts here by itself as soon as it is.',
    waits: true,
  },
}
