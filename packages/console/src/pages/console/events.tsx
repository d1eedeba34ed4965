import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

interface Happened {
  readonly id: string
  readonly event: string
  readonly at: number
  readonly level: string
  readonly text: string
  readonly connection?: number
}

/** The most lines on the page. */
const MOST = 300

/** Names that the server gives its events. */
const NAMES = [
  'administration',
  'certificatesReloaded',
  'connected',
  'connectionClosed',
  'connectionOpened',
  'error',
  'keyFrameMissing',
  'memoryShed',
  'playEnded',
  'playStarted',
  'playThrottled',
  'protocolError',
  'publishEnded',
  'publishStarted',
  'publisherLost',
  'publisherReturned',
  'refused',
  'relayEnded',
  'relayLost',
  'relayStarted',
  'turnedAway',
]

/** What happens, as it happens. */
export const Events = (): JSX.Element => {
  const [events, setEvents] = useState<readonly Happened[]>([])
  const [open, setOpen] = useState(false)
  const [filter, setFilter] = useState('')
  useEffect(() => {
    const source = new EventSource('/_/api/events')
    source.addEventListener('open', () => setOpen(true))
    source.addEventListener('error', () => setOpen(false))
    const take = (message: MessageEvent<string>): void => {
      const facts = JSON.parse(message.data) as Omit<Happened, 'id' | 'event'>
      const line = { ...facts, id: message.lastEventId, event: message.type }
      setEvents((before) => [line, ...before].slice(0, MOST))
    }
    for (const name of NAMES) source.addEventListener(name, take as (event: Event) => void)
    return () => source.close()
  }, [])
  const shown = events.filter(({ text, event }) =>
    `${event} ${text}`.toLowerCase().includes(filter.toLowerCase()),
  )
  return (
    <section class="panel">
      <div class="toolbar">
        <span class={open ? 'badge good' : 'badge'}>{open ? 'listening' : 'not connected'}</span>
        <label class="stacked inline-field">
          <span class="visually-hidden">Filter</span>
          <input
            class="field"
            type="search"
            placeholder="Filter"
            value={filter}
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
        </label>
      </div>
      {shown.length === 0 && <p class="quiet">Nothing has happened since this page was opened.</p>}
      <ol class="events" aria-label="Events, newest first">
        {shown.map(({ id, at, level, text, event, connection }) => (
          <li key={id} class={level}>
            <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString()}</time>
            <span class="event-name">{event}</span>
            <span class="event-text">
              {text}
              {connection !== undefined && <span class="quiet"> · connection {connection}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
