import { join } from 'node:path'
import {
  answer,
  type HlsAnswer,
  type HlsFeed,
  hlsFeed,
  type HlsRequest,
  HlsStream,
  LAST_PARTS_MS,
  type SegmentStorage,
} from '@rtmp/hls'
import { DiskStorage } from '@rtmp/hls/disk'
import type { StreamPlace } from '@rtmp/message'
import { type LiveStream, type Subscriber, type Timed, WheelTimer } from '@rtmp/live/engine'
import { DEFAULT_HLS, type HlsServerOptions } from '../../../contract/hls-options.ts'
import { isFetched } from '../../../core/local-publisher.ts'
import type { MemoryPayer, MemoryShare } from '../../../core/memory-share.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { WatchedHls } from './watched-hls.ts'

/** One live stream as HLS: what feeds it, and how long it is kept. */
export class HlsChannel implements WatchedHls, Timed, MemoryPayer {
  /** As much as an owner may have at all: how far a window reaches is the operator's word. */
  readonly allowedBytes: number = Number.POSITIVE_INFINITY
  readonly hls: HlsStream
  readonly #app: string
  readonly #streamName: string
  readonly #path: string
  readonly #core: ServerCore
  readonly #options: HlsServerOptions
  readonly #feed: HlsFeed
  /** The feed's, as the engine knows it: a handle is the same object. */
  readonly #subscriber: Subscriber
  readonly #gone: (channel: HlsChannel) => void
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #storage: DeferredStorage | undefined
  #live: LiveStream | undefined
  #memory: MemoryShare | undefined
  #viewers = 0
  #emptyAt = Number.NEGATIVE_INFINITY
  #isClosed = false

  /** @param gone - Called when it has let everything go. */
  constructor(
    core: ServerCore,
    { app, streamName, path }: StreamPlace,
    options: HlsServerOptions,
    gone: (channel: HlsChannel) => void,
  ) {
    this.#app = app
    this.#streamName = streamName
    this.#path = path
    this.#core = core
    this.#options = options
    this.#gone = gone
    const { segmentMs, partMs, windowMs, maxBytes, folder } = { ...DEFAULT_HLS, ...options }
    if (folder !== undefined && folder !== '') {
      const name = randomName(core, 8)
      this.#storage = new DeferredStorage(DiskStorage.open(join(folder, `hls-${name}`)))
    }
    this.hls = new HlsStream({
      segmentMs,
      partMs,
      windowMs,
      maxBytes,
      onFault: (fault) => core.failed(`HLS of ${app}/${streamName}`, fault),
      ...(this.#storage === undefined ? {} : { storage: this.#storage }),
    })
    this.#feed = hlsFeed(
      this.hls,
      () => Date.now(),
      () => this.#ended(),
      () => this.#count(),
    )
    this.#subscriber = this.#feed.subscriber as Subscriber
  }

  /** Whether the stream is over: what comes under its name is another one. */
  get hasEnded(): boolean {
    return this.hls.hasEnded || this.#isClosed
  }

  /** Whether this is what is to be seen at a path now. */
  isAt({ path }: StreamPlace): boolean {
    return !this.hasEnded && path === this.#path
  }

  /** Joins the stream, or waits for it as a player does. False when it is not there. */
  begin(): boolean {
    const now = this.#core.now()
    this.#live = this.#core.registry.subscribe(this.#app, this.#streamName, this.#subscriber, now)
    if (this.#live === undefined) return false
    this.#memory = this.#core.memory.openBeside(this.#live, this)
    this.#feed.joined(this.#live)
    this.#tick(now)
    return true
  }

  answer(request: HlsRequest): Promise<HlsAnswer> {
    return answer(this.hls, request, Date.now())
  }

  /** Somebody watches. */
  join(): void {
    this.#viewers += 1
  }

  /** ... and no more. */
  leave(): void {
    this.#viewers -= 1
    if (this.#viewers === 0) this.#emptyAt = this.#core.now()
  }

  /** @internal */
  onTimer(now: number): void {
    this.hls.tick(Date.now())
    this.#count()
    const { mode, lingerMs } = { ...DEFAULT_HLS, ...this.#options }
    const isWanted = this.#viewers > 0 || (mode === 'always' && !this.hls.hasEnded && !this.#isFetched)
    if (!isWanted && now - this.#emptyAt >= lingerMs) this.close()
    else this.#tick(now)
  }

  /** Whether another node of the cluster publishes it by now, which cuts it for whoever comes. */
  get #isFetched(): boolean {
    const publication = this.#live?.publication
    return publication !== undefined && isFetched(publication)
  }

  /** See {@link MemoryPayer.payMemory}: it begins anew for whoever asks again. */
  payMemory(): void {
    this.close()
  }

  /** Lets everything go. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { wheel } = this.#core
    wheel.cancel(this.#timer)
    this.#live?.leave(this.#subscriber, this.#core.now())
    this.hls.close()
    if (this.#memory !== undefined) this.#core.memory.close(this.#memory)
    this.#storage?.close((error) => this.#core.failed('the folder of HLS', error))
    this.#gone(this)
  }

  #tick(now: number): void {
    if (!this.#isClosed) this.#core.wheel.set(this.#timer, now + TICK_MS)
  }

  #count(): void {
    this.#memory?.set(this.hls.heldBytes, 0)
  }

  #ended(): void {
    const now = this.#core.now()
    this.#emptyAt = Math.max(this.#emptyAt, now)
    if (!this.#isClosed) this.#core.wheel.set(this.#timer, now + LAST_PARTS_MS + LATE_MS)
  }
}

const TICK_MS = 1000
/** By how much the wheel may be early against the clock of playlists. */
const LATE_MS = 10

/** A name that nobody can guess. */
export const randomName = ({ sessionOptions }: ServerCore, bytes: number): string =>
  Buffer.from(sessionOptions.crypto.randomBytes(bytes)).toString('hex')

/** A storage that is still being opened. */
class DeferredStorage implements SegmentStorage {
  readonly #opening: Promise<DiskStorage>

  constructor(opening: Promise<DiskStorage>) {
    this.#opening = opening
    // Whoever puts something into it is told.
    opening.catch(() => {})
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await (await this.#opening).put(name, bytes)
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return (await this.#opening).get(name)
  }

  delete(name: string): void {
    this.#opening.then(
      (storage) => storage.delete(name),
      () => {},
    )
  }

  close(failed: (error: unknown) => void): void {
    this.#opening.then(async (storage) => storage.close()).catch(failed)
  }
}
