// A player in the page, and what it told.
import { inject } from 'vitest'
import {
  createPlayer,
  type Player,
  type PlayerError,
  type PlayerOptions,
  type PlayerState,
} from '../../src/index.ts'

const LIMIT_MS = 40_000

let count = 0

/** An address on the server beside the browser; each test has a stream of its own. */
export const liveUrl = (path: string, query: Record<string, string> = {}, scheme = 'http'): string => {
  const url = new URL(path, inject('liveFlv'))
  url.protocol = scheme
  url.search = new URLSearchParams({ id: `${Date.now()}-${count++}`, ...query }).toString()
  return url.href
}

/** What a player told, and how to wait for more. */
export interface Watched {
  readonly player: Player
  readonly video: HTMLVideoElement
  readonly states: PlayerState[]
  readonly errors: PlayerError[]
  /** Settles when a condition holds, looked at with each event and each picture. */
  until(what: string, condition: () => boolean): Promise<void>
}

const open: Watched[] = []

/** Starts a player, in the page unless told otherwise. */
export const watch = (url: string, options: PlayerOptions = {}): Watched => {
  const video = document.createElement('video')
  video.style.width = '320px'
  document.body.append(video)
  const player = createPlayer(video, url, { worker: false, ...options })
  const states: PlayerState[] = []
  const errors: PlayerError[] = []
  player.on('state', (state) => states.push(state))
  player.on('error', (error) => errors.push(error))
  const until = (what: string, condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        clearInterval(timer)
        const { stats, state } = player
        reject(
          new Error(
            `not within ${LIMIT_MS} ms: ${what}; ${state}, ${states.join()}, ${errors.join()}, at ${video.currentTime}, ${JSON.stringify(stats)}`,
          ),
        )
      }, LIMIT_MS)
      const timer = setInterval(() => {
        if (!condition()) return
        clearTimeout(limit)
        clearInterval(timer)
        resolve()
      }, 20)
    })
  const watched = { player, video, states, errors, until }
  open.push(watched)
  return watched
}

/** Closes what was opened. */
export const closeAll = (): void => {
  for (const { player, video } of open.splice(0)) {
    player.close()
    video.remove()
  }
}
