import {
  nodeFiles,
  openRecording,
  record,
  type Recording,
  type RecordingFiles,
  type RecordingEvent,
  type RecordOptions,
  repairRecordings,
  rootOf,
} from '@rtmp/recorder'
import {
  type Frames,
  framesFormat,
  type LiveStream,
  Outbox,
  Subscriber,
  type SubscriberOwner,
} from '@rtmp/live/engine'
import { type CallbackOptions, recordingTeller } from '../../access/http-callbacks.ts'
import type { RecordingFacts } from '../../access/recording-callbacks.ts'
import type { ServerEvents } from '../../contract/events.ts'
import type {
  KeptRecording,
  RecordedSegment,
  RecordingControl,
  RecordingInfo,
  RecordingRule,
  RecordingStats,
} from '../../contract/recordings.ts'
import type { MemoryShare } from '../../core/memory-share.ts'
import type { OpenRecorded } from '../../core/recorded-stream.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { isFetched } from '../../core/local-publisher.ts'
import { watchPublishedHere } from '../../core/published-here.ts'
import { matchesPattern } from '../../names/pattern.ts'
import { RecordingQueue } from './recording-queue.ts'
import { RecordingStore } from './recording-store.ts'

/** What may wait for a disk: then comes a gap, and it never ends. */
const LIMITS = {
  soft: { bytes: 16 * 1024 * 1024, ms: 10_000 },
  hard: { bytes: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY },
} as const

/** Where recordings are played over RTMP. */
const PREFIX = 'vod/'

/** What players put before the name of a file, by its kind. */
const ALIAS = /(^|\/)(?:mp4|flv):([^/]*)$/

/** How often it is looked whether files were kept long enough, in milliseconds. */
const EXPIRE_MS = 60_000

/** How often what they hold is counted, in milliseconds. */
const COUNT_MS = 1000

/** What was changed more recently may be another process's, which is at it. Milliseconds. */
const IDLE_MS = 15_000

/** A recording that is under way. */
interface Active {
  readonly info: RecordingInfo
  readonly rule: RecordingRule
  readonly startedAt: number
  readonly recording: Recording
  readonly memory: MemoryShare
  /** The subscriber leaves, so that what waits is written and then it ends. */
  readonly leave: () => void
}

/** All recordings of a server: begins them as streams come, ends them as they go, and looks after their files. */
export class Recordings implements RecordingControl {
  readonly store: RecordingStore
  /** Resolves when what was left unfinished has been finished, but for files that were changed a moment ago: those are looked at again. */
  readonly repaired: Promise<void>
  readonly #core: ServerCore
  readonly #files: RecordingFiles
  readonly #rules: readonly RecordingRule[]
  readonly #active = new Map<number, Active>()
  /** What publishers' grants say about recording, by path: yes or no. */
  readonly #wishes = new Map<string, boolean>()
  readonly #offs: readonly (() => void)[]
  readonly #teller: ReturnType<typeof recordingTeller>
  readonly #timer: NodeJS.Timeout
  readonly #later: NodeJS.Timeout
  readonly #counting: NodeJS.Timeout
  #lastId: number
  #closed = false

  /** Begins at once. @param files - The file system; this machine's. @throws UsageError `RECORDING_FILE`, `ACCESS_URL_INVALID` */
  constructor(
    core: ServerCore,
    rules: readonly RecordingRule[],
    callbacks: CallbackOptions = {},
    files: RecordingFiles = nodeFiles,
  ) {
    this.#core = core
    this.#lastId = core.firstNumber
    this.#files = files
    this.#rules = rules
    for (const { file } of rules) rootOf(file)
    this.#teller = recordingTeller(callbacks)
    this.store = new RecordingStore(files, rules)
    core.recorded = {
      prefix: PREFIX,
      find: async (path) => {
        const found = await this.store.find(path.slice(PREFIX.length).replace(ALIAS, '$1$2'))
        return found && ((onHeld) => openRecording(files, found.file, onHeld))
      },
      past: (path, ms) => this.#past(path, ms),
    }
    const { events } = core
    this.#offs = [
      watchPublishedHere(core, {
        came: ({ path }) => this.#came(path),
        went: ({ path }) => this.#went(path),
      }),
      events.on('publishStarted', (event) => this.#publishStarted(event)),
      events.on('streamEnded', ({ stream }) => void this.#wishes.delete(stream.path)),
    ]
    this.#timer = setInterval(() => void this.expireNow(), EXPIRE_MS)
    this.#timer.unref()
    this.#counting = setInterval(() => {
      for (const { memory, recording } of this.#active.values()) memory.set(recording.heldBytes, 0)
    }, COUNT_MS)
    this.#counting.unref()
    this.repaired = this.#repair()
    this.#later = setTimeout(() => void this.#repair(), IDLE_MS + 5000)
    this.#later.unref()
    void this.expireNow()
  }

  /** Recordings that are under way. */
  stats(): RecordingStats[] {
    return [...this.#active.values()].map(({ info, startedAt, recording }) => ({
      ...info,
      state: recording.isInterrupted ? 'interrupted' : 'recording',
      file: recording.file,
      bytes: recording.bytes,
      durationMs: recording.durationMs,
      startedAt,
    }))
  }

  /**
   * Begins to record a stream by the rules that fit, those of `on: 'request'` included, unless they do so already.
   *
   * @returns what has begun; none where no rule fits or nobody publishes it
   */
  start(path: string): RecordingInfo[] {
    return this.#begin(path, () => true)
  }

  /** Ends a recording; resolves when its file is finished. False where there is none of that number. */
  async stop(recording: number): Promise<boolean> {
    const active = this.#active.get(recording)
    if (active === undefined) return false
    active.leave()
    await active.recording.ended
    return true
  }

  list(): Promise<readonly KeptRecording[]> {
    return this.store.list()
  }

  remove(name: string): Promise<boolean> {
    return this.store.remove(name)
  }

  /** Ends all of them, and finishes their files as far as there is time for it. Nothing begins any more. */
  async close(withinMs: number): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#core.recorded = undefined
    for (const off of this.#offs) off()
    clearInterval(this.#timer)
    clearTimeout(this.#later)
    clearInterval(this.#counting)
    const ends = [...this.#active.values()].map(({ leave, recording }) => {
      leave()
      return recording.ended
    })
    let cut: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      cut = setTimeout(resolve, withinMs)
    })
    await Promise.race([Promise.all(ends), late])
    clearTimeout(cut)
  }

  #past(path: string, ms: number): OpenRecorded | undefined {
    const active = [...this.#active.values()].filter(({ info }) => info.path === path)
    const { recording } = active.find(({ recording: { isInterrupted } }) => !isInterrupted) ?? {}
    return (
      recording &&
      (async () => {
        const reader = await recording.readBack(ms)
        if (reader === undefined) throw new Error(`nothing of ${path} has been written yet`)
        return reader
      })
    )
  }

  #publishStarted({ path, record: wish }: ServerEvents['publishStarted']): void {
    if (wish === undefined) return
    this.#wishes.set(path, wish)
    if (wish) queueMicrotask(() => this.start(path))
  }

  #came(path: string): void {
    if (this.#wishes.get(path) !== false) this.#begin(path, ({ on = 'always' }) => on === 'always')
  }

  #went(path: string): void {
    for (const { info, leave } of this.#active.values()) if (info.path === path) leave()
  }

  #begin(path: string, isWanted: (rule: RecordingRule) => boolean): RecordingInfo[] {
    const stream = this.#core.registry.find('', path)
    // The node that a stream is published at records it.
    if (this.#closed || stream?.publication === undefined || isFetched(stream.publication)) return []
    const busy = new Set(
      [...this.#active.values()].filter(({ info }) => info.path === path).map(({ rule }) => rule),
    )
    return this.#rules
      .filter((rule) => matchesPattern(rule.stream ?? '*', path) && isWanted(rule) && !busy.has(rule))
      .map((rule) => this.#record(stream, rule))
  }

  #record(stream: LiveStream, rule: RecordingRule): RecordingInfo {
    const core = this.#core
    const { app, name: streamName, path } = stream
    const { format = 'flv' } = rule
    const info: RecordingInfo = { recording: ++this.#lastId, app, streamName, path, format }
    const queue = new RecordingQueue()
    const outbox = new Outbox(queue)
    // What waits is written before it ends.
    const end = (): void => outbox.whenHandedOver(() => queue.end())
    const owner: SubscriberOwner = { subscriberEnded: end }
    const subscriber = new Subscriber<Frames>({
      format: framesFormat,
      outbox,
      owner,
      limits: LIMITS,
      overflow: 'gap',
      patient: true,
    })
    const startedAt = Date.now()
    const recording = record(queue, {
      ...optionsOf(rule),
      path,
      files: this.#files,
      onEvent: (event) => this.#tell(info, event),
      onError: (error) => core.failed(`the recording of ${path}`, error),
    })
    const leave = (): void => {
      core.registry.find(app, streamName)?.leave(subscriber, core.now())
      end()
    }
    // Whoever publishes it answers for it; that it is recorded is not his word, so it may hold what it holds.
    const memory = core.memory.openBeside(stream, {
      get allowedBytes() {
        return recording.heldBytes
      },
      payMemory: leave,
    })
    this.#active.set(info.recording, { info, rule, startedAt, recording, memory, leave })
    core.registry.subscribe(app, streamName, subscriber, core.now())
    return info
  }

  #tell(info: RecordingInfo, event: RecordingEvent): void {
    const { events } = this.#core
    switch (event.kind) {
      case 'started':
        events.emit('recordingStarted', { ...info, file: event.file, at: event.at })
        this.#tellBackEnd({ event: 'recordingStarted', ...info, file: event.file })
        return
      case 'fileCompleted': {
        const { kind: _, ...file } = event
        const segment: RecordedSegment = { ...file, name: this.store.nameOf(file.file) }
        events.emit('segmentCompleted', { ...info, ...segment })
        this.#tellBackEnd({ event: 'segmentCompleted', ...info, ...segment })
        void this.expireNow()
        return
      }
      case 'interrupted':
        events.emit('recordingInterrupted', { ...info, reason: event.reason, error: event.error })
        return
      case 'resumed':
      case 'gap':
        events.emit('recordingGap', { ...info, missedMs: event.missedMs, resumed: event.kind === 'resumed' })
        return
      case 'unsupported':
        this.#core.failed(`the recording of ${info.path} as ${info.format}`, event.fault)
        return
      case 'ended': {
        const { kind: _, ...summary } = event
        const active = this.#active.get(info.recording)
        if (active !== undefined) this.#core.memory.close(active.memory)
        this.#active.delete(info.recording)
        events.emit('recordingEnded', { ...info, ...summary })
        this.#tellBackEnd({ event: 'recordingEnded', ...info, ...summary })
      }
    }
  }

  #tellBackEnd(facts: RecordingFacts): void {
    this.#teller?.(facts).catch((error: unknown) =>
      this.#core.failed(`telling of the recording of ${facts.path}`, error),
    )
  }

  async #repair(): Promise<void> {
    for (const root of this.store.roots) {
      const isOpen = (path: string): boolean =>
        [...this.#active.values()].some(({ recording }) => recording.file === path)
      try {
        for (const repaired of await repairRecordings(this.#files, root, { isOpen, idleMs: IDLE_MS }))
          this.#core.events.emit('recordingRepaired', repaired)
      } catch (error) {
        this.#core.failed(`looking for unfinished recordings in ${root}`, error)
      }
    }
  }

  /** Removes files that were kept long enough, or are too much. Done by itself each minute, and whenever a file is finished. */
  async expireNow(): Promise<void> {
    try {
      const names = await this.store.expire(Date.now())
      if (names.length > 0) this.#core.events.emit('recordingsExpired', { names })
    } catch (error) {
      this.#core.failed('removing old recordings', error)
    }
  }
}

const optionsOf = (rule: RecordingRule): Omit<RecordOptions, 'path'> => {
  const { stream: _, on: __, keepMs: ___, keepBytes: ____, ...options } = rule
  return options
}
