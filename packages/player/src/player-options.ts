import { UsageError } from '@rtmp/bytes'
import type { MediaKind } from '@rtmp/e-rtmp'

/** How far behind the newest picture is played, in milliseconds. */
export interface LatencyOptions {
  /**
   * What is kept in reserve against an uneven network, 50 to 10,000. Default 250. Each stall adds to it, up to
   * `most`; without stalls it goes back.
   */
  readonly target?: number
  /** The most that stalls make of the reserve. Default 2000. */
  readonly most?: number
  /** A reserve above the target is played off at up to this rate, 1 to 2. Default 1.1; 1 never plays faster. */
  readonly maxRate?: number
  /** Above this the player jumps to the newest picture. Default 4000. */
  readonly jumpAbove?: number
}

/** How much is kept, in milliseconds. */
export interface BufferOptions {
  /** Of what has been played. Default 10,000. */
  readonly behind?: number
  /** Of what has not been played, while the viewer pauses for example; older goes first. Default 30,000. */
  readonly ahead?: number
}

/** How a lost connection is made anew. */
export interface ReconnectOptions {
  /** How often in a row without a byte. Default: without end. */
  readonly attempts?: number
  /** The first pause in milliseconds; it doubles. Default 500. */
  readonly delay?: number
  /** The longest pause in milliseconds. Default 10,000. */
  readonly maxDelay?: number
  /** A connection that brings nothing for this long counts as lost, in milliseconds. Default 20,000. */
  readonly silence?: number
}

/** How a stream is asked for over HTTP; a WebSocket takes neither. */
export interface RequestOptions {
  /** Sent with every request, `authorization` for example; for other origins the server must allow them (CORS). Default none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Of `fetch`: cookies go to other origins with `'include'` only. Default `'same-origin'`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
}

/** How a player plays. */
export interface PlayerOptions {
  /**
   * Start as soon as there is something to see. Default true: without sound, as browsers ask for, unless `muted` is false
   * and the browser allows it; the event `autoplay` says what came of it.
   */
  readonly autoplay?: boolean
  /** Start without sound. Default true with `autoplay`; without it the element is left as it is. */
  readonly muted?: boolean
  /** Default true: follow the newest picture. False: a file, played from its start at its own pace, once. */
  readonly live?: boolean
  /** Of live streams; a file is played at its own pace. */
  readonly latency?: LatencyOptions
  /** Longer buffers cost memory: about a megabyte a second at 8 Mbit/s. */
  readonly buffer?: BufferOptions
  /** False: a lost connection is an error. */
  readonly reconnect?: ReconnectOptions | false
  /**
   * What to do when the stream is not there, or has ended. `'fail'` (default): an error, or the end. `'wait'`: ask
   * again, with growing pauses, and play it when it is there.
   */
  readonly whenAbsent?: 'fail' | 'wait'
  /**
   * Kinds that are needed: if a stream has them and the browser can play none of their tracks, that is a fatal
   * `PLAYER_CODEC`. Others are left out and told by an error that is not fatal. Default both.
   */
  readonly need?: readonly MediaKind[]
  /** Tracks to begin with, where the browser plays them. Default: the first of each kind that it plays. */
  readonly tracks?: { readonly video?: number; readonly audio?: number }
  /** For streams that ask who is there. */
  readonly request?: RequestOptions
  /**
   * Where reading and cutting are done. Default: in a worker where the browser has Media Source Extensions in workers,
   * the file `worker.js` of this package; a function makes it from elsewhere (a module that imports
   * `@rtmp/player/worker`); false stays in the page. Where a worker does not start, the page does the work.
   */
  readonly worker?: boolean | (() => Worker)
}

/** Options with every default, as the engine gets them. */
export interface ResolvedOptions {
  readonly live: boolean
  readonly latency: Required<LatencyOptions>
  readonly buffer: Required<BufferOptions>
  readonly reconnect: Required<ReconnectOptions>
  readonly whenAbsent: 'fail' | 'wait'
  readonly need: readonly MediaKind[]
  readonly tracks: { readonly video?: number; readonly audio?: number }
  readonly request: RequestOptions
}

/** What a caller of this package can get wrong. */
export type PlayerUsageCode =
  /** No URL, or neither HTTP nor WebSocket. */
  | 'PLAYER_URL'
  /** An option out of its range; the path names it. */
  | 'PLAYER_OPTION'
  /** A track that the stream does not have, or that this browser cannot play. */
  | 'PLAYER_TRACK'

export const usageError = (
  code: PlayerUsageCode,
  message: string,
  path: string,
): UsageError<PlayerUsageCode> => new UsageError(code, message, path)

const within = (value: number, least: number, most: number, path: string): number => {
  if (!(value >= least && value <= most))
    throw usageError('PLAYER_OPTION', `${value} is not a number from ${least} to ${most}`, path)
  return value
}

/** @throws UsageError `PLAYER_OPTION` */
export const resolveOptions = (options: PlayerOptions): ResolvedOptions => {
  const { latency = {}, buffer = {}, reconnect } = options
  const live = options.live ?? true
  const given = reconnect === false ? { attempts: 0 } : (reconnect ?? {})
  const target = within(latency.target ?? 250, 50, 10_000, 'options.latency.target')
  const most = Math.max(target, within(latency.most ?? 2000, 50, 60_000, 'options.latency.most'))
  return {
    live,
    latency: {
      target,
      most,
      maxRate: within(latency.maxRate ?? 1.1, 1, 2, 'options.latency.maxRate'),
      jumpAbove: Math.max(
        2 * target,
        within(latency.jumpAbove ?? 4000, 100, 600_000, 'options.latency.jumpAbove'),
      ),
    },
    buffer: {
      behind: within(buffer.behind ?? 10_000, 0, 3_600_000, 'options.buffer.behind'),
      ahead: within(buffer.ahead ?? 30_000, 2000, 3_600_000, 'options.buffer.ahead'),
    },
    reconnect: {
      attempts: live
        ? within(
            given.attempts ?? Number.POSITIVE_INFINITY,
            0,
            Number.POSITIVE_INFINITY,
            'options.reconnect.attempts',
          )
        : 0,
      delay: within(given.delay ?? 500, 10, 600_000, 'options.reconnect.delay'),
      maxDelay: within(given.maxDelay ?? 10_000, 10, 3_600_000, 'options.reconnect.maxDelay'),
      silence: within(given.silence ?? 20_000, 1000, 3_600_000, 'options.reconnect.silence'),
    },
    whenAbsent: options.whenAbsent ?? 'fail',
    need: options.need ?? ['video', 'audio'],
    tracks: options.tracks ?? {},
    request: options.request ?? {},
  }
}
