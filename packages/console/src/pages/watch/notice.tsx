import type { PlayerError, PlayerState, PlayerTrack } from '@rtmp/player'
import type { JSX } from 'preact'
import { NoticeBox, type Words } from './notice-box.tsx'

interface NoticeProps {
  readonly state: PlayerState
  readonly error: PlayerError | undefined
  readonly tracks: readonly PlayerTrack[]
  readonly hasPlayed: boolean
}

/** What stands over the picture when there is none, in words; it goes by itself. */
export const Notice = ({ state, error, tracks, hasPlayed }: NoticeProps): JSX.Element => (
  <NoticeBox words={wordsFor(state, error, tracks, hasPlayed)} />
)

const wordsFor = (
  state: PlayerState,
  error: PlayerError | undefined,
  tracks: readonly PlayerTrack[],
  hasPlayed: boolean,
): Words | undefined => {
  switch (state) {
    case 'connecting':
      return { title: 'Connecting', text: 'Asking the server for the stream.', waits: true }
    case 'absent':
      return {
        title: 'This stream is not live yet',
        text: 'It starts here by itself as soon as it is.',
        waits: true,
      }
    case 'ended':
      return { title: 'The stream has ended', text: 'If it comes back, it goes on here by itself.' }
    case 'reconnecting':
      return { title: 'Reconnecting', text: 'The connection was lost. It is being made again.', waits: true }
    case 'buffering':
      return {
        title: hasPlayed ? 'Waiting for the stream' : 'Loading',
        text: hasPlayed ? '' : 'The first picture is on its way.',
        waits: true,
      }
    case 'failed':
      return failure(error, tracks)
    default:
      return undefined
  }
}

const failure = (error: PlayerError | undefined, tracks: readonly PlayerTrack[]): Words => {
  const names = [
    ...new Set((error?.missing ?? []).filter(({ kind }) => kind === 'video').map(({ title }) => title)),
  ]
  if (error?.code === 'PLAYER_CODEC') {
    const title = `This browser cannot play ${names.join(' or ') || 'this codec'}`
    const others = tracks.length > 1 ? 'None of the stream’s pictures can be played here. ' : ''
    return { title, text: `${others}Try another browser, or open the RTMP address below in VLC or ffplay.` }
  }
  if (error?.code === 'PLAYER_REFUSED')
    return {
      title: 'You may not watch this stream',
      text: 'The server wants a token in the address, or another one.',
    }
  return {
    title: 'This stream cannot be played here',
    text: error?.message ?? 'Reload the page to try again.',
  }
}
