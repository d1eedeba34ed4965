import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { api, ApiError } from './api.ts'
import { Problem } from './problem.tsx'
import { usePolled } from './use-polled.ts'
import { Table } from './table.tsx'

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** What can be changed while the server runs. */
const CHANGEABLE = /^(?:limits|access)\.|^log\.level$/

/** Options in one list: dotted names and values. */
const flat = (value: Value, path = ''): (readonly [string, Value])[] =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, part]) =>
        flat(part as Value, path === '' ? name : `${path}.${name}`),
      )
    : [[path, value]]

/** The configuration, secrets masked, and what can be changed of it. */
export const Configuration = (): JSX.Element => {
  const { answer, problem, again } = usePolled<{ readonly [name: string]: Value }>('/config', 10_000)
  const [said, setSaid] = useState('')
  const change = async (part: unknown): Promise<void> => {
    try {
      const { changed } = await api<{ changed: readonly string[] }>('/config', 'PATCH', part)
      setSaid(changed.length === 0 ? 'Nothing was to be changed.' : `Changed: ${changed.join(', ')}.`)
      again()
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error))
    }
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const text = new FormData(event.currentTarget as HTMLFormElement).get('change')
    try {
      void change(JSON.parse(typeof text === 'string' ? text : ''))
    } catch (error) {
      setSaid(`This is no JSON: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  /** Only the command serves its configuration. */
  const isNobodys = problem instanceof ApiError && problem.status === 404
  const options = answer === undefined ? [] : flat(answer)
  const level = options.find(([name]) => name === 'log.level')?.[1]
  return (
    <>
      {isNobodys ? (
        <section class="panel">
          <p class="quiet">
            An application runs this server, and has its configuration: it is shown and changed there.
          </p>
        </section>
      ) : (
        <Problem error={problem} />
      )}
      {answer !== undefined && (
        <section class="panel form">
          <h2>Change</h2>
          <label class="stacked">
            Log level
            <select
              class="field"
              value={typeof level === 'string' ? level : 'info'}
              onChange={({ currentTarget }) => void change({ log: { level: currentTarget.value } })}
            >
              {LEVELS.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <form class="wide" onSubmit={submit}>
            <label class="stacked">
              Limits and access, as JSON
              <textarea
                class="field mono"
                name="change"
                rows={4}
                spellcheck={false}
                placeholder={'{ "limits": { "connections": 500 } }'}
              />
            </label>
            <button class="button main" type="submit">
              Change
            </button>
          </form>
          <p role="status" class="quiet">
            {said}
          </p>
        </section>
      )}
      {answer !== undefined && (
        <section class="panel">
          <Table caption="Options" columns={['Option', 'Value', 'Can be changed now']}>
            {options.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>
                  <code>{JSON.stringify(value)}</code>
                </td>
                <td>{CHANGEABLE.test(name) ? 'yes' : 'at the next start'}</td>
              </tr>
            ))}
          </Table>
        </section>
      )}
    </>
  )
}
