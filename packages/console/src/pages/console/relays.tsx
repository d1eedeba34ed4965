import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { byteSize, counted, duration } from '../shared/format.ts'
import { api, type Relay } from './api.ts'
import { ask, useAsk } from './ask.tsx'
import { Problem } from './problem.tsx'
import { usePolled } from './use-polled.ts'
import { Table } from './table.tsx'

const BADGES = { running: 'badge good', connecting: 'badge', lost: 'badge warn' } as const

/** Streams fetched from other servers and sent to them. */
export const Relays = (): JSX.Element => {
  const { answer, problem, again } = usePolled<{ relays: readonly Relay[] }>('/relays')
  const act = useAsk(again)
  const relays = answer?.relays ?? []
  return (
    <>
      <Problem error={problem} />
      <section class="panel">
        <Table
          caption={
            relays.length === 0
              ? 'No stream goes to or comes from another server.'
              : counted(relays.length, 'relay')
          }
          columns={[
            'Stream',
            'Way',
            'Other server',
            'State',
            { name: 'Bytes', kind: 'number' },
            { name: 'Lost', kind: 'number' },
            { name: 'Actions', kind: 'actions' },
          ]}
        >
          {relays.map((relay) => (
            <tr key={`${relay.rule} ${relay.app}/${relay.streamName} ${relay.url}`}>
              <th scope="row">
                {relay.app}/{relay.streamName}
              </th>
              <td>{relay.kind === 'pull' ? 'fetched' : 'sent'}</td>
              <td>{relay.url}</td>
              <td class="state">
                <span class={BADGES[relay.state]}>{relay.state}</span>{' '}
                <span class="quiet">{relay.problem ?? duration(relay.ageMs)}</span>
              </td>
              <td class="number">{byteSize(relay.bytes)}</td>
              <td class="number">{relay.losses}</td>
              <td class="row-actions">
                <button
                  class="button danger"
                  type="button"
                  onClick={() =>
                    void act(ask(`End what goes by rule ${relay.rule}?`, `/relays/${relay.rule}`, 'DELETE'))
                  }
                >
                  End
                </button>
              </td>
            </tr>
          ))}
        </Table>
      </section>
      <NewRelay done={again} />
    </>
  )
}

const NewRelay = ({ done }: { readonly done: () => void }): JSX.Element => {
  const [said, setSaid] = useState('')
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = Object.fromEntries(new FormData(form)) as Record<string, string>
    const { kind = 'push', url = '', stream = '' } = given
    try {
      const { id } = await api<{ id: number }>('/relays', 'POST', {
        [kind]: url,
        ...(stream === '' ? {} : { stream }),
        ...(kind === 'pull' ? { onDemand: false } : {}),
      })
      setSaid(`Rule ${id} holds.`)
      form.reset()
      done()
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <form class="panel form" onSubmit={(event) => void submit(event)}>
      <h2>Begin a relay</h2>
      <label class="stacked">
        Way
        <select class="field" name="kind">
          <option value="push">Send to another server</option>
          <option value="pull">Fetch from another server</option>
        </select>
      </label>
      <label class="stacked">
        Other server
        <input class="field" name="url" required placeholder="rtmp://cdn.example/live/{streamName}" />
      </label>
      <label class="stacked">
        Stream here (app/name)
        <input class="field" name="stream" placeholder="all that are sent; one to fetch" />
      </label>
      <button class="button main" type="submit">
        Begin
      </button>
      <p role="status" class="quiet">
        {said}
      </p>
    </form>
  )
}
