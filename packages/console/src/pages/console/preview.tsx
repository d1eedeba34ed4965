import { createPlayer, type PlayerState } from '@rtmp/player'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { playerWorker } from '../shared/worker-address.ts'
import { inUrl } from './api.ts'

/** A stream as its viewers see it, without sound. */
export const Preview = ({ path }: { readonly path: string }): JSX.Element => {
  const video = useRef<HTMLVideoElement>(null)
  const [words, setWords] = useState('')
  useEffect(() => {
    if (video.current === null) return
    const address = `${location.origin}/${inUrl(path)}.flv`.replace(/^http/, 'ws')
    const player = createPlayer(video.current, address, {
      whenAbsent: 'wait',
      need: ['video'],
      worker: playerWorker,
    })
    player.on('state', (state) => setWords(SAID.has(state) ? state : ''))
    player.on('error', ({ message, fatal }) => {
      if (fatal) setWords(message)
    })
    return () => player.close()
  }, [path])
  return (
    <figure class="preview">
      <video ref={video} aria-label={`Preview of ${path}`} />
      <figcaption>
        <span role="status">{words}</span>
      </figcaption>
    </figure>
  )
}

const SAID: ReadonlySet<PlayerState> = new Set(['connecting', 'absent', 'reconnecting', 'ended', 'failed'])
