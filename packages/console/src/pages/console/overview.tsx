import type { JSX } from 'preact'
import { bitrate, byteSize, counted, duration } from '../shared/format.ts'
import type { Sample, ServerFacts } from './api.ts'
import { Chart } from './chart.tsx'
import { ask, useAsk } from './ask.tsx'
import { Problem } from './problem.tsx'
import { usePolled } from './use-polled.ts'

/** The server at a glance, and its last hour. */
export const Overview = (): JSX.Element => {
  const server = usePolled<ServerFacts>('/server')
  const history = usePolled<{ everyMs: number; samples: readonly Sample[] }>('/history', 5000)
  const act = useAsk(server.again)
  const facts = server.answer
  const samples = history.answer?.samples ?? []
  const last = samples.at(-1)
  return (
    <>
      <Problem error={server.problem} />
      <dl class="tiles">
        <Tile
          label="Publishing"
          value={facts?.publishers}
          note={`${counted(facts?.streams ?? 0, 'stream')} known`}
        />
        <Tile
          label="Playing"
          value={facts?.players}
          note={counted(facts?.connections.open ?? 0, 'connection')}
        />
        <Tile label="In" value={last && bitrate(last.bitsPerSecondIn)} note="over five seconds" />
        <Tile label="Out" value={last && bitrate(last.bitsPerSecondOut)} note="over five seconds" />
        <Tile
          label="Running for"
          value={facts && duration(facts.uptimeMs)}
          note={`${counted(facts?.connections.total ?? 0, 'connection')} since`}
        />
        <Tile
          label="Turned away"
          value={facts?.connections.turnedAway}
          note={`${counted(facts?.connections.refused ?? 0, 'request')} refused`}
        />
      </dl>
      <div class="charts">
        <Chart
          title="Bitrate"
          samples={samples}
          shown={bitrate}
          lines={[
            ['In', '--accent', (sample) => sample.bitsPerSecondIn],
            ['Out', '--good', (sample) => sample.bitsPerSecondOut],
          ]}
        />
        <Chart
          title="People"
          samples={samples}
          shown={String}
          lines={[
            ['Playing', '--accent', (sample) => sample.players],
            ['Publishing', '--live', (sample) => sample.publishers],
          ]}
        />
        <Chart
          title="Processor and event loop"
          samples={samples}
          shown={(value) => String(Math.round(value))}
          lines={[
            ['CPU, % of a core', '--accent', (sample) => sample.cpuPercent],
            ['Late, ms', '--warn', (sample) => sample.loopDelayMs],
          ]}
        />
        <Chart
          title="Memory"
          samples={samples}
          shown={byteSize}
          lines={[
            ['Process', '--accent', (sample) => sample.memoryBytes],
            ['Media', '--good', (sample) => sample.mediaBytes],
          ]}
        />
      </div>
      <section class="panel">
        <h2>Empty the server</h2>
        <p class="quiet">
          Takes no new clients, asks publishers to go, and lets players see the end. For maintenance: it ends
          when they have gone.
        </p>
        <button
          class="button danger"
          type="button"
          onClick={() => void act(ask('Empty the whole server? Every stream ends.', '/drain', 'POST', {}))}
        >
          Drain
        </button>
      </section>
    </>
  )
}

interface TileProps {
  readonly label: string
  readonly value: string | number | undefined
  readonly note: string
}

const Tile = ({ label, value, note }: TileProps): JSX.Element => (
  <div class="tile">
    <dt>{label}</dt>
    <dd class="value">{value ?? '–'}</dd>
    <dd class="note">{note}</dd>
  </div>
)
