import { Agent, get } from 'node:http'
import { PlayerCounters } from './player-counters.ts'

/** Half of the target duration of all who take part: what RFC 8216 §6.3.4 lets a player do that has not found anything new. */
const RELOAD_MS = 1000
/** Until there is a first playlist. */
const FIRST_ATTEMPTS = 60

interface Playlist {
  readonly first: number
  readonly segments: readonly string[]
}

/** The least that can watch HLS: it reloads the playlists of a picture and its sound, and gets each segment once. */
export class LightHlsClient {
  /** Segments are its messages. */
  readonly counters: PlayerCounters = new PlayerCounters()
  /** Something could not be had. */
  closed = false
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #timers = new Set<NodeJS.Timeout>()
  #isOver = false

  private constructor(port: number) {
    this.#port = port
  }

  /** Watches; resolves with the first segments. */
  static async play(port: number, at: string): Promise<LightHlsClient> {
    const client = new LightHlsClient(port)
    const text = await client.#first(at)
    const renditions = text.includes('#EXT-X-STREAM-INF') ? renditionsIn(text) : [at]
    await Promise.all(renditions.map(async (uri) => client.#follow(resolved(uri, at), undefined)))
    return client
  }

  destroy(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#agent.destroy()
  }

  async #first(at: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#get(at)
      } catch (error) {
        if (attempt === FIRST_ATTEMPTS) throw error
        await new Promise((resolve) => setTimeout(resolve, RELOAD_MS))
      }
    }
  }

  /** @param next - Number of the segment that is to come; `undefined` begins with the newest. */
  async #follow(at: string, next: number | undefined): Promise<void> {
    const began = performance.now()
    let wanted = next
    try {
      const { first, segments } = playlistIn(await this.#get(at))
      const end = first + segments.length
      wanted ??= end - 1
      if (wanted < first) this.counters.gaps += 1
      for (let number = Math.max(first, wanted); number < end; number++) {
        await this.#get(resolved(segments[number - first] ?? '', at))
        this.counters.messages += 1
      }
      wanted = Math.max(wanted, end)
    } catch (error) {
      if (next === undefined) throw error
      if (!this.#isOver) this.closed = true
      return
    }
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        void this.#follow(at, wanted)
      },
      Math.max(0, RELOAD_MS - (performance.now() - began)),
    )
    this.#timers.add(timer)
  }

  /** The text of what is there, or as much as is needed of it: bodies of segments are only counted. */
  #get(path: string): Promise<string> {
    const isPlaylist = /\.m3u8(?:\?|$)/.test(path)
    return new Promise((resolve, reject) => {
      const asked = get({ host: '127.0.0.1', port: this.#port, path, agent: this.#agent }, (response) => {
        let text = ''
        response.on('data', (bytes: Buffer) => {
          this.counters.bytes += bytes.length
          if (isPlaylist) text += bytes.toString('latin1')
        })
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode, headers } = response
          if (statusCode === 200) resolve(text)
          else if (statusCode === 302 && headers.location !== undefined)
            this.#get(resolved(headers.location, path)).then(resolve, reject)
          else reject(new Error(`${response.statusCode} for ${path}`))
        })
      })
      asked.on('error', reject)
    })
  }
}

/** Path and query of what is named in something at a path. */
const resolved = (uri: string, at: string): string => {
  const { pathname, search } = new URL(uri, `http://127.0.0.1${at}`)
  return pathname + search
}

/** Of a multivariant playlist: its first variant, and the first sound beside it. */
const renditionsIn = (text: string): string[] => {
  const variant = /^#EXT-X-STREAM-INF:.*\n(.*)$/m.exec(text)?.[1]
  const audio = /^#EXT-X-MEDIA:TYPE=AUDIO.*URI="([^"]*)"/m.exec(text)?.[1]
  return [variant, audio].filter((uri) => uri !== undefined)
}

const playlistIn = (text: string): Playlist => ({
  first: Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0),
  segments: text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#')),
})
