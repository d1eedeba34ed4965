import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { CopyLine } from '../shared/copy-line.tsx'
import type { ServerFacts } from './api.ts'
import { ObsSettings } from './obs-settings.tsx'
import { usePolled } from './use-polled.ts'

/** Letters and digits that are told apart when read aloud. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Of RTMP. */
const USUAL_PORT = 1935

const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => LETTERS[byte % LETTERS.length]).join('')

/** Where to publish, for those who set up an encoder. */
export const PublishTo = (): JSX.Element => {
  const [app, setApp] = useState('live')
  const [key, setKey] = useState(newKey)
  const port = usePolled<ServerFacts>('/server', 60_000).answer?.rtmpPort ?? USUAL_PORT
  const server = `rtmp://${location.hostname}${port === USUAL_PORT ? '' : `:${port}`}/${app}`
  return (
    <>
      <section class="panel form">
        <h2>Stream</h2>
        <label class="stacked">
          App
          <input class="field" value={app} onInput={({ currentTarget }) => setApp(currentTarget.value)} />
        </label>
        <label class="stacked">
          Key
          <input
            class="field mono"
            value={key}
            onInput={({ currentTarget }) => setKey(currentTarget.value)}
          />
        </label>
        <button class="button" type="button" onClick={() => setKey(newKey())}>
          New key
        </button>
        <p class="quiet">
          The key is the stream’s name. Who may publish under it is decided by the access rules; without any,
          whoever knows the address may.
        </p>
      </section>
      <section class="panel">
        <h2>OBS Studio</h2>
        <p class="quiet">Settings → Stream → Service: Custom</p>
        <CopyLine label="Server" text={server} />
        <CopyLine label="Stream Key" text={key} />
      </section>
      <ObsSettings server={server} app={app} streamKey={key} />
      <section class="panel">
        <h2>FFmpeg</h2>
        <CopyLine label="A file, as it is" text={`ffmpeg -re -i movie.mp4 -c copy -f flv ${server}/${key}`} />
        <CopyLine
          label="A test picture"
          text={`ffmpeg -re -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine -c:v libx264 -preset veryfast -g 60 -pix_fmt yuv420p -c:a aac -f flv ${server}/${key}`}
        />
      </section>
      <section class="panel">
        <h2>In a browser</h2>
        <CopyLine label="Watch" text={`${location.origin}/${app}/${key}`} />
        <p>
          <a href={`/_/go-live#${app}/${key}`}>Go live from this browser</a>
        </p>
      </section>
    </>
  )
}
