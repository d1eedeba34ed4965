import { Fragment, type JSX } from 'preact'
import { useState } from 'preact/hooks'
import { byteSize, counted, duration } from '../shared/format.ts'
import type { Ban, ConnectionFacts } from './api.ts'
import { ask, useAsk } from './ask.tsx'
import { ConnectionLog } from './connection-log.tsx'
import { Problem } from './problem.tsx'
import { usePolled } from './use-polled.ts'
import { type Column, Table } from './table.tsx'

/** Columns of the table. */
const COLUMNS: readonly Column[] = [
  'Id',
  'From',
  'What it does',
  'Client',
  { name: 'For', kind: 'number' },
  { name: 'In', kind: 'number' },
  { name: 'Out', kind: 'number' },
  { name: 'Waiting', kind: 'number' },
  { name: 'Actions', kind: 'actions' },
]

/** Who is connected, who is kept away. */
export const Connections = (): JSX.Element => {
  const { answer, problem, again } = usePolled<{ connections: readonly ConnectionFacts[] }>('/connections')
  const bans = usePolled<{ bans: readonly Ban[] }>('/bans', 5000)
  /** The connection whose log is open. */
  const [open, setOpen] = useState<number>()
  const act = useAsk(() => {
    again()
    bans.again()
  })
  const connections = answer?.connections ?? []
  return (
    <>
      <Problem error={problem} />
      <section class="panel">
        <Table caption={counted(connections.length, 'connection')} columns={COLUMNS}>
          {connections.map((one) => (
            <Fragment key={one.id}>
              <tr>
                <th scope="row">{one.id}</th>
                <td>
                  {one.remoteAddress}
                  <span class="quiet">
                    {' '}
                    {[one.protocol, one.secure ? 'encrypted' : undefined].filter(Boolean).join(', ')}
                  </span>
                </td>
                <td>
                  {one.publishes
                    .map(({ path }) => `publishes ${path}`)
                    .concat(one.plays.map(({ path }) => `plays ${path}`))
                    .join(', ') || '–'}
                </td>
                <td class="client">{one.flashVer || '–'}</td>
                <td class="number">{duration(one.ageMs)}</td>
                <td class="number">{byteSize(one.bytesReceived)}</td>
                <td class="number">{byteSize(one.bytesSent)}</td>
                <td class="number">{byteSize(one.queuedBytes)}</td>
                <td class="row-actions">
                  <button
                    class="button"
                    type="button"
                    aria-expanded={open === one.id}
                    aria-controls={`log-${one.id}`}
                    onClick={() => setOpen(open === one.id ? undefined : one.id)}
                  >
                    Log
                  </button>
                  <button
                    class="button"
                    type="button"
                    onClick={() =>
                      void act(
                        ask(
                          `End connection ${one.id} from ${one.remoteAddress}?`,
                          `/connections/${one.id}`,
                          'DELETE',
                        ),
                      )
                    }
                  >
                    Kick
                  </button>
                  <button
                    class="button danger"
                    type="button"
                    onClick={() =>
                      void act(
                        ask(
                          `Ban ${one.remoteAddress} for an hour? All its connections end.`,
                          '/bans',
                          'POST',
                          {
                            address: one.remoteAddress,
                            seconds: 3600,
                          },
                        ),
                      )
                    }
                  >
                    Ban
                  </button>
                </td>
              </tr>
              {open === one.id && <ConnectionLog id={one.id} columns={COLUMNS.length} />}
            </Fragment>
          ))}
        </Table>
      </section>
      <section class="panel">
        <h2>Bans</h2>
        {bans.answer?.bans.length === 0 && <p class="quiet">Nobody is banned.</p>}
        <ul class="rows">
          {bans.answer?.bans.map((ban) => (
            <li key={ban.id}>
              <span>{[ban.address, ban.stream, ban.reason].filter(Boolean).join(' · ')}</span>
              <button
                class="button"
                type="button"
                onClick={() => void act(ask(`Lift ban ${ban.id}?`, `/bans/${ban.id}`, 'DELETE'))}
              >
                Lift
              </button>
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}
