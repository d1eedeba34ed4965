import type { Player, PlayerStats, PlayerTrack } from '@rtmp/player'
import type { JSX } from 'preact'
import { bitrate, channelWords, sampleRate, seconds } from '../shared/format.ts'

interface FactsProps {
  readonly player: Player
  readonly stats: PlayerStats | undefined
  readonly tracks: readonly PlayerTrack[]
}

/** What is played: latency, codecs, bitrate, and the choice of tracks. */
export const Facts = ({ player, stats, tracks }: FactsProps): JSX.Element => {
  const of = (kind: 'audio' | 'video'): PlayerTrack[] => tracks.filter((track) => track.kind === kind)
  const video = of('video').find(({ selected }) => selected)
  const audio = of('audio').find(({ selected }) => selected)
  const rate = stats === undefined ? 0 : Math.round(stats.frameRate)
  return (
    <section class="facts" aria-label="About the stream">
      <dl class="tiles">
        <Tile
          label="Latency"
          value={stats?.latency === undefined ? '–' : seconds(stats.latency)}
          note="behind what has arrived"
        />
        <Tile
          label="Picture"
          value={video === undefined ? '–' : `${video.width}×${video.height}`}
          note={
            video === undefined
              ? missing(of('video'))
              : `${video.title}${rate > 0 ? `, ${rate} pictures/s` : ''}`
          }
        />
        <Tile
          label="Sound"
          value={audio === undefined ? '–' : audio.title}
          note={
            audio === undefined
              ? missing(of('audio'))
              : `${sampleRate(audio.sampleRate)}, ${channelWords(audio.channels)}`
          }
        />
        <Tile
          label="Bitrate"
          value={stats === undefined ? '–' : bitrate(stats.bitrate)}
          note={
            stats === undefined || stats.droppedFrames === 0
              ? 'no pictures dropped'
              : `${stats.droppedFrames} ${stats.droppedFrames === 1 ? 'picture' : 'pictures'} dropped`
          }
        />
      </dl>
      {(of('video').length > 1 || of('audio').length > 1) && (
        <div class="tracks">
          <TrackMenu label="Picture" tracks={of('video')} choose={(id) => player.selectTrack('video', id)} />
          <TrackMenu label="Sound" tracks={of('audio')} choose={(id) => player.selectTrack('audio', id)} />
        </div>
      )}
    </section>
  )
}

const missing = (tracks: readonly PlayerTrack[]): string => {
  const lacking = tracks.find(({ playable }) => playable === false)
  return lacking === undefined ? 'none in the stream' : `${lacking.title} is not in this browser`
}

const Tile = ({
  label,
  value,
  note,
}: {
  readonly label: string
  readonly value: string
  readonly note: string
}): JSX.Element => (
  <div class="tile">
    <dt>{label}</dt>
    <dd class="value">{value}</dd>
    <dd class="note">{note}</dd>
  </div>
)

interface TrackMenuProps {
  readonly label: string
  readonly tracks: readonly PlayerTrack[]
  readonly choose: (trackId: number) => void
}

const TrackMenu = ({ label, tracks, choose }: TrackMenuProps): JSX.Element | null => {
  const id = `track-of-${label.toLowerCase()}`
  const words = tracks.map(trackWords)
  return tracks.length < 2 ? null : (
    <div class="track-menu">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="field"
        value={tracks.find(({ selected }) => selected)?.trackId}
        onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
      >
        {tracks.map(({ trackId, playable }, i) => (
          <option key={trackId} value={trackId} disabled={playable !== true}>
            {words.filter((each) => each === words[i]).length > 1 ? `${trackId}: ` : ''}
            {words[i]}
          </option>
        ))}
      </select>
    </div>
  )
}

const trackWords = ({ kind, title, width, height, channels, playable }: PlayerTrack): string => {
  const what =
    kind === 'video'
      ? height > 0
        ? `${width}×${height} `
        : ''
      : channels > 0
        ? `${channelWords(channels)} `
        : ''
  return `${what}${title}${playable === false ? ' (not in this browser)' : ''}`
}
