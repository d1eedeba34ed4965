// The console: what goes on in the server, and what can be done about it. The API does the work; this page only shows it.
import { type JSX, render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import '../shared/theme.css'
import '../shared/copy-line.css'
import './console.css'
import { api, ApiError } from './api.ts'
import { Configuration } from './configuration.tsx'
import { Connections } from './connections.tsx'
import { Events } from './events.tsx'
import { Overview } from './overview.tsx'
import { PublishTo } from './publish-to.tsx'
import { Recordings } from './recordings.tsx'
import { Relays } from './relays.tsx'
import { SignIn } from './sign-in.tsx'
import { Streams } from './streams.tsx'

const ROOMS = [
  ['overview', 'Overview', Overview],
  ['streams', 'Streams', Streams],
  ['connections', 'Connections', Connections],
  ['relays', 'Relays', Relays],
  ['recordings', 'Recordings', Recordings],
  ['events', 'Events', Events],
  ['publish', 'Publish', PublishTo],
  ['configuration', 'Configuration', Configuration],
] as const

const roomIn = (hash: string): string => hash.replace(/^#\/?/, '').split('/')[0] || 'overview'

/** The token in the address, as the terminal shows it: taken out of it at once. */
const tokenIn = (hash: string): string | undefined => /^#token=(.+)$/.exec(hash)?.[1]

const Console = (): JSX.Element => {
  const [door, setDoor] = useState<'unknown' | 'closed' | 'open'>('unknown')
  const [room, setRoom] = useState(roomIn(location.hash))

  useEffect(() => {
    const enter = async (): Promise<void> => {
      const token = tokenIn(location.hash)
      if (token !== undefined) {
        history.replaceState(undefined, '', location.pathname)
        setRoom('overview')
        await api('/session', 'POST', undefined, decodeURIComponent(token)).catch(() => undefined)
      }
      try {
        await api('/server')
        setDoor('open')
      } catch (error) {
        setDoor(error instanceof ApiError ? 'closed' : 'unknown')
      }
    }
    void enter()
    const turn = (): void => setRoom(roomIn(location.hash))
    addEventListener('hashchange', turn)
    return () => removeEventListener('hashchange', turn)
  }, [])

  if (door === 'unknown') return <main class="loading" aria-busy="true" aria-label="Loading" />
  if (door === 'closed') return <SignIn enter={() => setDoor('open')} />
  const [, title, Room] = ROOMS.find(([id]) => id === room) ?? ROOMS[0]
  const leave = async (): Promise<void> => {
    await api('/session', 'DELETE').catch(() => undefined)
    setDoor('closed')
  }
  return (
    <div class="console">
      <header class="top">
        <p class="product">RTMP server</p>
        <nav aria-label="Console">
          <ul>
            {ROOMS.map(([id, name]) => (
              <li key={id}>
                <a href={`#/${id}`} aria-current={id === room ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <button class="button leave" type="button" onClick={() => void leave()}>
          Sign out
        </button>
      </header>
      <main>
        <h1>{title}</h1>
        <Room />
      </main>
    </div>
  )
}

document.title = 'Console · RTMP server'
render(<Console />, document.body)
