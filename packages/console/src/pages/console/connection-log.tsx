import type { JSX } from 'preact'
import { Problem } from './problem.tsx'
import { usePolled } from './use-polled.ts'

interface Line {
  readonly at: number
  readonly level: string
  readonly event: string
  readonly text: string
}

/** What has happened to one connection, as a row below it. */
export const ConnectionLog = ({
  id,
  columns,
}: {
  readonly id: number
  readonly columns: number
}): JSX.Element => {
  const { answer, problem } = usePolled<{ lines: readonly Line[] }>(`/connections/${id}/log`, 3000)
  return (
    <tr class="detail" id={`log-${id}`}>
      <td colSpan={columns}>
        <Problem error={problem} />
        <ol class="events" aria-label={`Log of connection ${id}`}>
          {answer?.lines.map(({ at, level, event, text }, index) => (
            <li key={`${at} ${index}`} class={level}>
              <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString()}</time>
              <span class="event-name">{event}</span>
              <span class="event-text">{text}</span>
            </li>
          ))}
        </ol>
      </td>
    </tr>
  )
}
