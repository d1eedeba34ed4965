import Hls, { ErrorTypes, Events } from 'hls.js'
import { playNative } from './native-hls.ts'
import { begin, follow, type PlayHls, stateOf } from './replay-state.ts'

/** How often it begins anew where it was, when the server does not know it any more. */
const MOST_TRIES = 5

/** Plays HLS in a video element, where the browser cannot by itself. */
export const playHls: PlayHls = (video, url, told) => {
  if (!Hls.isSupported()) return playNative(video, url, told)
  const ends = [follow(video, told)]
  // The policy of the page lets no worker be made of a string.
  const hls = new Hls({
    enableWorker: false,
    backBufferLength: 30,
    maxBufferLength: 30,
    liveDurationInfinity: true,
  })
  let tries = 0
  hls.on(Events.MANIFEST_PARSED, () => begin(video, told))
  hls.on(Events.FRAG_BUFFERED, () => {
    tries = 0
  })
  hls.on(Events.ERROR, (_, { fatal, type, response }) => {
    if (!fatal) return
    tries += 1
    if (type === ErrorTypes.MEDIA_ERROR && tries <= MOST_TRIES) hls.recoverMediaError()
    else if (type === ErrorTypes.NETWORK_ERROR && video.readyState > 0 && tries <= MOST_TRIES) {
      // Whoever has paused for long is not known to the server any more: it is asked anew.
      hls.config.startPosition = video.currentTime
      hls.loadSource(url)
    } else told(stateOf(response?.code ?? 0))
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  ends.push(() => hls.destroy())
  return () => ends.forEach((end) => end())
}
