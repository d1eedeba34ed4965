// The page of a stream: /{path}. `?embed` shows the picture alone; other parameters (tokens) go along to the stream.
import { createPlayer, type Player, type PlayerState } from '@rtmp/player'
import { type JSX, render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import '../shared/theme.css'
import '../shared/copy-line.css'
import './watch.css'
import { playerWorker } from '../shared/worker-address.ts'
import { addressesOf } from './addresses.ts'
import { Controls } from './controls.tsx'
import { Facts } from './facts.tsx'
import { Frame } from './frame.tsx'
import { Notice } from './notice.tsx'
import { Poster } from './poster.tsx'
import type { Shown } from './shown.ts'

const addresses = addressesOf(location)

const Watch = (): JSX.Element => {
  const video = useRef<HTMLVideoElement>(null)
  const stage = useRef<HTMLDivElement>(null)
  const [player, setPlayer] = useState<Player>()
  const [shown, setShown] = useState<Shown>({
    state: 'connecting',
    stats: undefined,
    tracks: [],
    error: undefined,
  })

  useEffect(() => {
    if (video.current === null) return
    const made = createPlayer(video.current, addresses.stream, {
      whenAbsent: 'wait',
      need: ['video'],
      worker: playerWorker,
      reconnect: { maxDelay: 3000 },
    })
    const show = (part: Partial<Shown>): void => setShown((before) => ({ ...before, ...part }))
    made.on('state', (state) => show({ state }))
    made.on('stats', (stats) => show({ stats }))
    made.on('tracks', (tracks) => show({ tracks }))
    made.on('error', (error) => show({ error }))
    setPlayer(made)
    return () => made.close()
  }, [])

  const { state, stats, tracks, error } = shown
  const hasPlayed = (stats?.decodedFrames ?? 0) > 0
  const isLive = state === 'playing' || state === 'paused' || state === 'buffering'
  return (
    <Frame addresses={addresses} badge={isLive ? 'Live' : WORDS[state]} isLive={isLive} over="HTTP-FLV">
      <div class="stage" ref={stage} data-state={state}>
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- live streams bring none */}
        <video ref={video} aria-label={`The stream ${addresses.path}`} />
        {!hasPlayed && (state === 'connecting' || state === 'buffering') && <Poster url={addresses.poster} />}
        <Notice state={state} error={error} tracks={tracks} hasPlayed={hasPlayed} />
        {player !== undefined && <Controls player={player} stage={stage} shown={shown} />}
      </div>
      {!addresses.embedded && player !== undefined && tracks.length > 0 && (
        <Facts player={player} stats={stats} tracks={tracks} />
      )}
    </Frame>
  )
}

const WORDS: Readonly<Record<PlayerState, string>> = {
  connecting: 'Connecting',
  absent: 'Not live',
  buffering: 'Live',
  playing: 'Live',
  paused: 'Live',
  reconnecting: 'Reconnecting',
  ended: 'Ended',
  failed: 'Cannot play',
  closed: 'Closed',
}

/** Older phones have no Media Source Extensions, but play HLS by themselves. */
const hasMediaSource = 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis

if (addresses.hasPositions || !hasMediaSource) {
  // What plays it is loaded only where it is needed.
  const [{ Replay }, playing] = await Promise.all([
    import('./replay.tsx'),
    hasMediaSource
      ? import('./hls-playback.ts').then(({ playHls }) => playHls)
      : import('./native-hls.ts').then(({ playNative }) => playNative),
  ])
  document.title = addresses.path
  render(<Replay addresses={addresses} playing={playing} />, document.body)
} else {
  document.title = `${addresses.path} · live`
  render(<Watch />, document.body)
}
