import { isDecodeError } from '@rtmp/bytes'
import type { MediaFrame, MediaKind } from '@rtmp/e-rtmp'
import type { MissingCodec, PlayerErrorDetails } from '../player-error.ts'
import type { ResolvedOptions } from '../player-options.ts'
import { Connections } from './connections.ts'
import { FrameReader } from './frame-reader.ts'
import { HeldFrames } from './held-frames.ts'
import { MediaOutput } from './media-output.ts'
import { mediaSourceMaker } from './media-source.ts'
import type { EngineCommand, EnginePhase, EngineReport } from './protocol.ts'
import { TrackChoice } from './track-choice.ts'

const KINDS: readonly MediaKind[] = ['video', 'audio']

/** How often counters are told, in milliseconds. */
const COUNT_EVERY = 250

/** Without anything that can be shown for this long, in milliseconds, there is nothing to be hoped for. */
const NO_MEDIA_AFTER = 10_000

/** More new beginnings than this within a minute, and the browser cannot play it. */
const MOST_REBUILDS = 4

/** From a URL to a media source: everything of a player that needs no element. Runs in a page and in a worker. */
export class Engine {
  readonly #report: (report: EngineReport) => void
  readonly #reader: FrameReader
  #options!: ResolvedOptions
  #choice = new TrackChoice({})
  #connections: Connections | undefined
  #held = new HeldFrames()
  #output: MediaOutput | undefined
  #phase: EnginePhase | undefined
  #closed = false
  #tracksChanged = false
  #rebuilds: number[] = []
  #counting: ReturnType<typeof setInterval> | undefined
  #roomWanted: (() => void) | undefined
  #playhead = 0
  /** Frames have come on this connection. */
  #received = false
  #bytesReceived = 0
  #audioBytes = 0
  #videoBytes = 0
  #newestTime = 0

  constructor(report: (report: EngineReport) => void) {
    this.#report = report
    this.#reader = new FrameReader({
      frame: (frame) => this.#take(frame),
      data: (name, values, time) => this.#takeData(name, values, time),
    })
  }

  handle(command: EngineCommand): void {
    switch (command.type) {
      case 'start':
        this.#options = command.options
        this.#choice = new TrackChoice(command.options.tracks)
        this.#counting = setInterval(() => this.#count(), COUNT_EVERY)
        this.#connect(command.url)
        return
      case 'select':
        if (this.#choice.select(command.kind, command.trackId)) this.#tellTracks()
        return
      case 'playhead':
        this.#moveTo(command.time)
        return
      case 'rebuild':
        this.#rebuild(command.reason)
        return
      case 'close':
        this.#close()
        return
    }
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#counting)
    this.#connections?.close()
    this.#output?.close()
    this.#roomWanted?.()
  }

  #setPhase(phase: EnginePhase): void {
    if (this.#phase === phase || this.#closed) return
    this.#phase = phase
    this.#report({ type: 'phase', phase })
  }

  #problem(problem: PlayerErrorDetails): void {
    if (this.#closed) return
    this.#report({ type: 'problem', problem })
    if (!problem.fatal) return
    this.#setPhase('failed')
    this.#close()
  }

  #connect(url: string): void {
    this.#connections = new Connections(url, this.#options, {
      begin: (again) => {
        this.#reader.begin(again || this.#output === undefined)
        this.#received = false
      },
      bytes: (bytes) => this.#takeBytes(bytes),
      hasReceived: () => this.#received,
      isPlaying: () => this.#output !== undefined,
      phase: (phase) => this.#setPhase(phase),
      problem: (problem) => this.#problem(problem),
      ended: () => this.#end(),
      forget: () => this.#forget(),
    })
    void this.#connections.run()
  }

  /** The stream is over: what is buffered is still played. */
  #end(): void {
    if (this.#output === undefined) this.#decide(true)
    this.#pass()
    this.#output?.end()
    this.#count()
  }

  /** The stream that follows may be another one. The output stays, so that its end is played. */
  #forget(): void {
    this.#choice.clear()
    this.#held = new HeldFrames()
    this.#output = undefined
  }

  #takeBytes(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#closed || this.#connections?.isRestarting === true) return undefined
    this.#bytesReceived += bytes.length
    try {
      this.#reader.push(bytes, performance.now())
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.#problem({
        code: 'PLAYER_NOT_FLV',
        message: `what came is not FLV: ${error.message}`,
        fatal: true,
      })
      return undefined
    }
    if (this.#output === undefined) this.#decide(false)
    this.#pass()
    if (this.#tracksChanged) this.#tellTracks()
    return this.#options.live ? undefined : this.#room()
  }

  #tellTracks(): void {
    this.#tracksChanged = false
    this.#report({ type: 'tracks', tracks: this.#choice.shown })
  }

  #takeData(name: string, values: readonly unknown[], time: number): void {
    const [first] = values
    if (name === 'onMetaData' && typeof first === 'object' && first !== null) {
      this.#report({ type: 'metadata', values: first as Record<string, unknown> })
      return
    }
    this.#report({ type: 'data', data: { name, values, time } })
  }

  #take(frame: MediaFrame): void {
    if (this.#choice.learn(frame)) this.#tracksChanged = true
    if (frame.type === 'coded') {
      this.#received = true
      this.#setPhase('receiving')
      if (frame.kind === 'video') this.#videoBytes += frame.payload.length
      else this.#audioBytes += frame.payload.length
    }
    if (this.#output === undefined) {
      this.#held.push(frame, performance.now())
      return
    }
    if (this.#choice.push(frame)) this.#newestTime = Math.max(this.#newestTime, frame.pts)
    else if (frame.type === 'coded' && !this.#choice.isFed(frame.kind) && this.#choice.isPlayable(frame.kind))
      this.#rebuild(`${frame.kind} has begun`)
  }

  /** Chooses tracks and makes buffers for them, once enough is known; `now`: whatever is known. */
  #decide(now: boolean): void {
    const held = this.#held
    if (!held.hasCoded) return
    const { announced } = this.#reader
    const expected = KINDS.filter((kind) => announced?.[kind] === true || this.#choice.has(kind))
    const ready = expected.every((kind) => held.has(kind) && this.#choice.isKnown(kind))
    const patient = !now && !held.isOverdue(performance.now())
    const lacking = KINDS.filter((kind) => held.has(kind) && !this.#choice.isPlayable(kind))
    if ((!ready || lacking.length > 0) && patient) return
    const missing = lacking.flatMap((kind) => this.#choice.missing(kind))
    if (missing.length > 0) {
      const fatal = missing.some(({ kind }) => this.#options.need.includes(kind))
      this.#problem({ code: 'PLAYER_CODEC', message: missingWords(missing), fatal, missing })
      if (fatal) return
    }
    const types = this.#choice.begin(KINDS.filter((kind) => held.has(kind)))
    if (types.size > 0) this.#begin(types)
    else if (now || held.age(performance.now()) > NO_MEDIA_AFTER) {
      const message = 'the stream brings nothing that can be shown: no codec headers, or no key frame'
      this.#problem({ code: 'PLAYER_NO_MEDIA', message, fatal: true })
    }
  }

  #begin(types: ReadonlyMap<MediaKind, string>): void {
    const mse = mediaSourceMaker()
    if (mse === undefined) {
      const message = 'this browser has no Media Source Extensions'
      this.#problem({ code: 'PLAYER_NO_MSE', message, fatal: true })
      return
    }
    const output: MediaOutput = new MediaOutput(mse.maker, types, {
      bufferFailed: (reason) => {
        if (output === this.#output) this.#rebuild(reason)
      },
      bufferChanged: () => this.#makeRoom(),
    })
    this.#output = output
    this.#report({ type: 'source', source: output.source, managed: mse.managed })
    this.#tracksChanged = true
    for (const frame of this.#held.take()) {
      if (this.#choice.push(frame)) this.#newestTime = Math.max(this.#newestTime, frame.pts)
    }
  }

  /** Hands on what has come. */
  #pass(): void {
    const output = this.#output
    if (output === undefined) return
    for (const [kind, pieces] of this.#choice.take()) output.append(kind, pieces)
  }

  /** Begins with a new media source and a new connection, since that brings a key frame at once. */
  #rebuild(reason: string): void {
    if (this.#closed || this.#connections?.isRestarting === true) return
    const now = performance.now()
    this.#rebuilds = [...this.#rebuilds.filter((at) => now - at < 60_000), now]
    if (this.#rebuilds.length > MOST_REBUILDS || !this.#options.live) {
      this.#problem({
        code: 'PLAYER_MEDIA',
        message: `the browser could not play it: ${reason}`,
        fatal: true,
      })
      return
    }
    this.#output?.close()
    this.#forget()
    this.#connections?.restart()
  }

  #moveTo(time: number): void {
    this.#playhead = time
    const output = this.#output
    if (output === undefined) return
    output.playhead = time
    const { range } = output
    if (range === undefined) return
    const { behind, ahead } = this.#options.buffer
    const kept = Math.max(time - behind / 1000, this.#options.live ? range.end - ahead / 1000 : 0)
    // Not for every frame: each removal costs the browser something.
    if (kept > range.start + 1) output.evictBefore(kept)
    this.#makeRoom()
  }

  get #isFull(): boolean {
    const end = this.#output?.range?.end
    return end !== undefined && end - this.#playhead > this.#options.buffer.ahead / 1000
  }

  /** A file is read only as far as it is wanted. */
  #room(): Promise<void> | undefined {
    if (!this.#isFull) return undefined
    this.#connections?.rest()
    return new Promise((resolve) => {
      this.#roomWanted = resolve
    })
  }

  #makeRoom(): void {
    if (this.#roomWanted === undefined || (this.#isFull && !this.#closed)) return
    this.#roomWanted()
    this.#roomWanted = undefined
    this.#connections?.watch()
  }

  #count(): void {
    if (this.#output === undefined && this.#held.hasCoded && this.#phase === 'receiving') {
      this.#decide(false)
      this.#pass()
      if (this.#tracksChanged) this.#tellTracks()
    }
    this.#report({
      type: 'counters',
      counters: {
        bytesReceived: this.#bytesReceived,
        audioBytes: this.#audioBytes,
        videoBytes: this.#videoBytes,
        reconnects: this.#connections?.reconnects ?? 0,
        brokenMessages: this.#reader.broken,
        newestTime: this.#newestTime,
        at: performance.now(),
      },
    })
  }
}

const missingWords = (missing: readonly MissingCodec[]): string => {
  const names = missing.map(
    ({ kind, title, mimeType }) =>
      `${title} ${kind}${mimeType === undefined ? '' : ` (${/codecs="(.*)"/.exec(mimeType)?.[1] ?? mimeType})`}`,
  )
  return `this browser has no decoder for ${names.join(' and ')}`
}
