// The server's API, as this page uses it.

/** What an answer of the API that is none says. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const BASE = '/_/api'

/** Asks the API; changes carry the header that only this server's pages can send. */
export const api = async <Answer>(
  path: string,
  method = 'GET',
  body?: unknown,
  token?: string,
): Promise<Answer> => {
  const headers: Record<string, string> = { 'x-rtmp-console': '1' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const response = await fetch(`${BASE}${path}`, init)
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as Answer
  const { error } = (answer ?? {}) as { error?: string }
  throw new ApiError(response.status, error ?? `the server answered ${response.status}`)
}

/** The path of a stream in a URL. */
export const inUrl = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

export interface ServerFacts {
  readonly uptimeMs: number
  readonly connections: {
    readonly open: number
    readonly total: number
    readonly turnedAway: number
    readonly refused: number
  }
  readonly streams: number
  readonly publishers: number
  readonly players: number
  readonly memory: { readonly cachedBytes: number; readonly queuedBytes: number; readonly limitBytes: number }
  readonly rtmpPort?: number
}

export interface Sample {
  readonly at: number
  readonly bitsPerSecondIn: number
  readonly bitsPerSecondOut: number
  readonly publishers: number
  readonly players: number
  readonly cpuPercent: number
  readonly memoryBytes: number
  readonly mediaBytes: number
  readonly loopDelayMs: number
}

/** What OBS tells of the machine it runs on. */
interface Performance {
  readonly rendered: number
  readonly lagged: number
  readonly dropped: number
  readonly renditions: readonly {
    readonly trackId: number
    readonly input: number
    readonly skipped: number
    readonly output: number
    readonly encodeMs?: number
    readonly delayMs?: number
  }[]
}

export interface StreamFacts {
  readonly path: string
  readonly state: string
  readonly ageMs: number
  readonly players: number
  readonly peakPlayers: number
  readonly gop: { readonly messages: number; readonly bytes: number; readonly durationMs: number }
  readonly queue: { readonly bytes: number; readonly ms: number }
  readonly drops: { readonly videoWithheld: number; readonly throttles: number; readonly stalled: number }
  readonly publisher?: {
    readonly bitsPerSecond: number
    readonly framesPerSecond: number
    readonly silentMs: number
    readonly keyFrameAgeMs?: number
    readonly performance?: Performance
  }
}

export interface TrackFacts {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly codec: string
  readonly form: string
  readonly width?: number
  readonly height?: number
  readonly sampleRate?: number
  readonly channels?: number
  readonly profile?: string
  readonly level?: string
}

interface PlayerFacts {
  readonly connection?: number
  readonly format: string
  readonly throttled: boolean
  readonly paused: boolean
  readonly queuedBytes: number
  readonly queueMs: number
}

export interface StreamDetails extends StreamFacts {
  readonly tracks: readonly TrackFacts[]
  readonly playerList: readonly PlayerFacts[]
}

export interface ConnectionFacts {
  readonly id: number
  readonly protocol?: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly secure: boolean
  readonly flashVer: string
  readonly ageMs: number
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly rtt?: number
  readonly queuedBytes: number
  readonly publishes: readonly { readonly path: string; readonly bitsPerSecond: number }[]
  readonly plays: readonly { readonly path: string; readonly queueMs: number }[]
}

export interface Relay {
  readonly kind: 'pull' | 'push'
  readonly app: string
  readonly streamName: string
  readonly url: string
  readonly rule: number
  readonly state: 'connecting' | 'running' | 'lost'
  readonly ageMs: number
  readonly bytes: number
  readonly dropped: number
  readonly losses: number
  readonly problem?: string
}

export interface Ban {
  readonly id: number
  readonly address?: string
  readonly stream?: string
  readonly reason?: string
}
