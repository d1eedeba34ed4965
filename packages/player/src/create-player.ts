import { ElementPlayer } from './element-player.ts'
import type { Player } from './player.ts'
import type { PlayerOptions } from './player-options.ts'

/**
 * Plays a live FLV stream, over HTTP (`https://host/live/show.flv`) or over a WebSocket (`wss://…`), in a video element.
 *
 * It begins at once. Everything that happens is told by events; listeners that are added right after this call miss
 * nothing. The element is the caller's: controls, size and sound are set on it as ever.
 *
 * @param url - Of our server or another one; relative to the page.
 * @throws UsageError `PLAYER_URL`, `PLAYER_OPTION`
 *
 * @example
 * const player = createPlayer(document.querySelector('video')!, 'wss://example.com/live/show.flv')
 * player.on('error', ({ message }) => console.log(message))
 */
export const createPlayer = (video: HTMLVideoElement, url: string, options: PlayerOptions = {}): Player =>
  new ElementPlayer(video, url, options)
