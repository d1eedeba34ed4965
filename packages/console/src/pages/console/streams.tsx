import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { bitrate, byteSize, duration, seconds } from '../shared/format.ts'
import { inUrl, type StreamDetails, type StreamFacts, type TrackFacts } from './api.ts'
import { ask, useAsk } from './ask.tsx'
import { Preview } from './preview.tsx'
import { Problem } from './problem.tsx'
import { usePolled } from './use-polled.ts'
import { Table } from './table.tsx'

/** Every stream, and one of them in detail. */
export const Streams = (): JSX.Element => {
  const { answer, problem, again } = usePolled<{ streams: readonly StreamFacts[] }>('/streams')
  const [open, setOpen] = useState<string>()
  const streams = answer?.streams ?? []
  return (
    <>
      <Problem error={problem} />
      {answer !== undefined && streams.length === 0 && (
        <p class="panel empty">
          Nobody publishes, and nobody waits for a stream. <a href="#/publish">Where to publish</a>
        </p>
      )}
      {streams.map((stream) => (
        <section class="panel stream" key={stream.path} aria-label={`Stream ${stream.path}`}>
          <header class="stream-head">
            <h2>{stream.path}</h2>
            <span class={stream.publisher === undefined ? 'badge' : 'badge live'}>
              {stream.publisher === undefined ? stream.state : 'live'}
            </span>
            <dl class="inline">
              <Fact label="Bitrate" value={bitrate(stream.publisher?.bitsPerSecond ?? 0)} />
              <Fact label="Pictures" value={`${(stream.publisher?.framesPerSecond ?? 0).toFixed(1)}/s`} />
              <Fact label="GOP" value={`${seconds(stream.gop.durationMs)}, ${byteSize(stream.gop.bytes)}`} />
              <Fact label="Players" value={`${stream.players} (most ${stream.peakPlayers})`} />
              <Fact label="For" value={duration(stream.ageMs)} />
            </dl>
            <button
              class="button"
              type="button"
              aria-expanded={open === stream.path}
              onClick={() => setOpen(open === stream.path ? undefined : stream.path)}
            >
              {open === stream.path ? 'Less' : 'More'}
            </button>
          </header>
          {open === stream.path && <Details path={stream.path} again={again} />}
        </section>
      ))}
    </>
  )
}

const Fact = ({ label, value }: { readonly label: string; readonly value: string }): JSX.Element => (
  <div>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
)

const trackWords = ({ width, height, sampleRate, channels, profile }: TrackFacts): string =>
  [
    profile,
    width === undefined ? undefined : `${width}×${height}`,
    sampleRate === undefined ? undefined : `${sampleRate} Hz`,
    channels === undefined ? undefined : `${channels} ch`,
  ]
    .filter((part) => part !== undefined)
    .join(', ')

/** A share that is worth a look. */
const share = (part: number, whole: number): string =>
  `${part} (${whole === 0 ? 0 : ((100 * part) / whole).toFixed(part === 0 ? 0 : 1)} %)`

/** How the publisher's own machine copes, as OBS tells it. */
const Machine = ({
  performance,
}: {
  readonly performance: NonNullable<NonNullable<StreamDetails['publisher']>['performance']>
}): JSX.Element => {
  const { rendered, lagged, dropped, renditions } = performance
  return (
    <div class="machine">
      <Table
        caption="OBS, on the publisher’s machine"
        columns={[
          'Rendition',
          { name: 'Pictures', kind: 'number' },
          { name: 'Skipped by its encoder', kind: 'number' },
          { name: 'Encoding', kind: 'number' },
          { name: 'Until sent', kind: 'number' },
        ]}
      >
        {renditions.map(({ trackId, input, skipped, encodeMs, delayMs }) => (
          <tr key={trackId}>
            <th scope="row">video {trackId}</th>
            <td class="number">{input}</td>
            <td class="number">{share(skipped, input)}</td>
            <td class="number">{encodeMs === undefined ? '–' : `${encodeMs} ms`}</td>
            <td class="number">{delayMs === undefined ? '–' : `${delayMs} ms`}</td>
          </tr>
        ))}
      </Table>
      <dl class="inline">
        <Fact label="Rendered" value={String(rendered)} />
        <Fact label="Rendered too late" value={share(lagged, rendered)} />
        <Fact label="Dropped on the way here" value={String(dropped)} />
      </dl>
    </div>
  )
}

const Details = ({ path, again }: { readonly path: string; readonly again: () => void }): JSX.Element => {
  const { answer, problem } = usePolled<StreamDetails>(`/streams/${inUrl(path)}`)
  const act = useAsk(again)
  return (
    <div class="details">
      <Problem error={problem} />
      <Preview path={path} />
      <Table caption="Tracks" columns={['Track', 'Codec', 'Form', 'Facts']}>
        {answer?.tracks.map((track) => (
          <tr key={`${track.kind} ${track.trackId}`}>
            <th scope="row">
              {track.kind} {track.trackId}
            </th>
            <td>{track.codec}</td>
            <td>{track.form}</td>
            <td>{trackWords(track)}</td>
          </tr>
        ))}
      </Table>
      {answer?.publisher?.performance !== undefined && <Machine performance={answer.publisher.performance} />}
      <Table
        caption="Players and what waits for them"
        columns={[
          'Connection',
          'Format',
          'State',
          { name: 'Queue', kind: 'number' },
          { name: 'Time', kind: 'number' },
        ]}
      >
        {answer?.playerList.map((player, at) => (
          <tr key={player.connection ?? `inside ${at}`}>
            <th scope="row">{player.connection ?? 'in the process'}</th>
            <td>{player.format}</td>
            <td>{player.throttled ? 'sound only' : player.paused ? 'paused' : 'playing'}</td>
            <td class="number">{byteSize(player.queuedBytes)}</td>
            <td class="number">{seconds(player.queueMs)}</td>
          </tr>
        ))}
      </Table>
      <p class="actions">
        <a class="button" href={`/${inUrl(path)}`}>
          Watch page
        </a>
        <button
          class="button"
          type="button"
          onClick={() =>
            void act(
              ask(
                `Empty the stream ${path}? Its publisher is asked to go.`,
                `/streams/${inUrl(path)}/drain`,
                'POST',
                {},
              ),
            )
          }
        >
          Drain
        </button>
        <button
          class="button danger"
          type="button"
          onClick={() =>
            void act(ask(`End the stream ${path} for everybody?`, `/streams/${inUrl(path)}`, 'DELETE'))
          }
        >
          End
        </button>
      </p>
    </div>
  )
}
