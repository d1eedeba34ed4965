import type { MediaMessage } from '@rtmp/e-rtmp'
import { Frames, type Gap, type SubscriptionItem } from '@rtmp/live'
import { timestampDifference } from '@rtmp/bytes/time'
import { FlvBuilder } from './flv-builder.ts'
import type { FileBuilder } from './file-builder.ts'
import { rootOf } from './file-name.ts'
import { isDiskFull } from './files.ts'
import { Mp4Builder } from './mp4-builder.ts'
import { OpenFile } from './open-file.ts'
import type {
  InterruptionReason,
  RecordedFile,
  RecordingEndReason,
  RecordingEvent,
  RecordingSummary,
} from './recording-events.ts'
import { Pump } from './pump.ts'
import type { Recording } from './recording-handle.ts'
import type { ResolvedOptions } from './recording-options.ts'
import { ReadBack } from './read-back.ts'
import type { RecordingReader } from './recording-reader.ts'
import { type BeginStep, type MessageStep, Segmenter, type Step } from './segmenter.ts'
import { Trail } from './trail.ts'

/** What can be recorded: what `subscribe` gives, a player's packets, or batches of frames. */
export type RecordingItem = SubscriptionItem | Frames

/** How long what was gathered waits to be written, in milliseconds. */
const FLUSH_MS = 500

class FileGone extends Error {
  override name = 'FileGone'
}

/** A recording, at work. */
export class RunningRecording implements Recording {
  readonly ended: Promise<RecordingSummary>
  readonly #options: ResolvedOptions
  readonly #segmenter: Segmenter
  readonly #pump: Pump<RecordingItem>
  readonly #trail = new Trail()
  #file: OpenFile | undefined
  #index = 0
  #flushedAt = 0
  #syncedAt = 0
  /** Set while nothing can be written: when to try again, and the stream's time when it began. */
  #interruption: { retryAt: number; readonly from: number } | undefined
  #bytes = 0
  #durationMs = 0
  #missedMs = 0
  #firstAt: number | undefined
  #lastAt: number | undefined
  #completed = 0

  constructor(source: AsyncIterable<RecordingItem>, options: ResolvedOptions) {
    this.#options = options
    const { splitMs, splitBytes, newHeaders, format } = options
    this.#segmenter = new Segmenter({ splitMs, splitBytes, newHeaders, takesHeaders: format === 'flv' })
    const { signal, clock } = options
    this.#pump = new Pump(source, clock, FLUSH_MS)
    signal?.addEventListener('abort', this.#pump.stop, { once: true })
    if (signal?.aborted === true) this.#pump.stop()
    this.ended = this.#run()
  }

  async stop(): Promise<RecordingSummary> {
    this.#pump.stop()
    return this.ended
  }

  readBack(ms: number): Promise<RecordingReader | undefined> {
    return ReadBack.open({ ...this.#options, trail: this.#trail, recording: this }, ms)
  }

  get file(): string | undefined {
    return this.#file?.unfinished
  }

  get bytes(): number {
    return this.#bytes + (this.#file?.bytes ?? 0)
  }

  get durationMs(): number {
    return this.#durationMs + (this.#file?.durationMs ?? 0)
  }

  get heldBytes(): number {
    return this.#file?.heldBytes ?? 0
  }

  get isInterrupted(): boolean {
    return this.#interruption !== undefined
  }

  async #run(): Promise<RecordingSummary> {
    let reason: RecordingEndReason = 'stopped'
    try {
      reason = await this.#consume()
    } catch (error) {
      // The source has failed: what came before is kept.
      this.#options.onError?.(error)
      reason = 'sourceEnded'
    }
    this.#options.signal?.removeEventListener('abort', this.#pump.stop)
    for (const step of this.#segmenter.end()) {
      if (step.kind === 'begin') await this.#begin(step)
      else this.#add(step, this.#options.clock.now())
    }
    await this.#finishFile()
    this.#trail.isOver = true
    const summary: RecordingSummary = {
      reason,
      files: this.#completed,
      bytes: this.#bytes,
      durationMs: this.#durationMs,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      missedMs: this.#missedMs,
    }
    this.#tell({ kind: 'ended', ...summary })
    return summary
  }

  async #consume(): Promise<RecordingEndReason> {
    for (;;) {
      const next = await this.#pump.next()
      switch (next.kind) {
        case 'stopped':
        case 'sourceEnded':
          return next.kind
        case 'idle':
          await this.#write(() => this.#flush())
          break
        case 'item': {
          const { item } = next
          if (item instanceof Frames) {
            if (item.gap !== undefined) this.#skip(item.gap)
            for (const message of item.messages) {
              const busy = this.#take(message)
              if (busy !== undefined) await busy
            }
          } else if (item.kind === 'gap') this.#skip(item)
          else if (item.kind === 'end') return 'sourceEnded'
          else await this.#take(item)
        }
      }
    }
  }

  #skip(gap: Gap): void {
    this.#segmenter.skip(gap)
    const missedMs = timestampDifference(gap.to, gap.from)
    this.#missedMs += missedMs
    this.#tell({ kind: 'gap', missedMs })
  }

  /** Takes a message. @returns what has to be waited for, if anything */
  #take(message: MediaMessage): Promise<void> | undefined {
    const now = this.#options.clock.now()
    if (this.#interruption !== undefined) return this.#tryAgain(message, now)
    const steps = this.#segmenter.add(message, this.#file?.bytes ?? 0, now)
    if (steps.some(({ kind }) => kind === 'begin')) return this.#carryOut(steps, now)
    for (const step of steps) if (step.kind === 'message') this.#add(step, now)
    return this.#flushIfDue(now)
  }

  async #carryOut(steps: readonly Step[], now: number): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'begin') {
        await this.#finishFile()
        await this.#begin(step)
      } else this.#add(step, now)
    }
    await this.#flushIfDue(now)
  }

  #add({ message, time }: MessageStep, now: number): void {
    if (this.#file === undefined) return
    this.#file.add(message, time, now)
    if (!message.isCoded) return
    this.#firstAt ??= now
    this.#lastAt = now
  }

  #flushIfDue(now: number): Promise<void> | undefined {
    const isDue = this.#file?.isFull === true || now - this.#flushedAt >= FLUSH_MS
    return isDue ? this.#write(() => this.#flush()) : undefined
  }

  /** While nothing can be written, headers and times are still followed. */
  async #tryAgain(message: MediaMessage, now: number): Promise<void> {
    const canBegin = this.#segmenter.canBegin(message)
    if (canBegin && !(await this.#canResume(now))) return
    await this.#carryOut(this.#segmenter.add(message, 0, now), now)
  }

  async #canResume(now: number): Promise<boolean> {
    const interruption = this.#interruption
    if (interruption === undefined || now < interruption.retryAt) return false
    const { files, file, minFreeBytes, retryMs } = this.#options
    const free = await files.freeBytes(rootOf(file)).catch(() => 0)
    // Twice as much, so that it does not begin only to be interrupted again.
    if (free >= 2 * minFreeBytes) return true
    interruption.retryAt = now + retryMs
    return false
  }

  async #begin(step: BeginStep): Promise<void> {
    const { files, file, path, clock } = this.#options
    const startedAt = clock.now()
    await this.#write(async () => {
      await this.#requireRoom()
      const builder = this.#builder()
      const { extension } = builder
      const parts = { path, startedAt, index: this.#index + 1, extension }
      this.#file = await OpenFile.create(files, file, parts, builder, step)
      this.#index += 1
      this.#flushedAt = this.#syncedAt = startedAt
      await this.#file.flush()
    })
    const opened = this.#file
    if (opened === undefined) return
    this.#trail.began(opened, this.#durationMs)
    this.#segmenter.resume()
    if (this.#interruption !== undefined) {
      const missedMs = Math.max(0, startedAt - this.#interruption.from)
      this.#missedMs += missedMs
      this.#interruption = undefined
      this.#tell({ kind: 'resumed', missedMs })
    }
    const { path: name, unfinished, index } = opened
    if (index === 1) this.#tell({ kind: 'started', file: name, at: startedAt })
    this.#tell({ kind: 'fileStarted', file: name, unfinished, index })
  }

  #builder(): FileBuilder {
    const { format, indexEntries, fragmentMs } = this.#options
    if (format === 'flv') return new FlvBuilder({ indexEntries })
    return new Mp4Builder({
      indexEntries,
      fragmentMs,
      onFault: (fault, frame) => this.#tell({ kind: 'unsupported', fault, frame }),
    })
  }

  async #flush(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    const now = this.#options.clock.now()
    this.#flushedAt = now
    await file.flush()
    if (now - this.#syncedAt < this.#options.syncMs) return
    this.#syncedAt = now
    if (!(await file.isThere())) throw new FileGone(`${file.unfinished} is not there any more`)
    await this.#requireRoom()
    file.beginSync()
  }

  async #requireRoom(): Promise<void> {
    const { files, file, minFreeBytes } = this.#options
    if ((await files.freeBytes(rootOf(file))) >= minFreeBytes) return
    throw Object.assign(new Error(`fewer than ${minFreeBytes} bytes are free`), { code: 'ENOSPC' })
  }

  async #finishFile(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    await this.#write(async () => {
      const recorded = await file.finish()
      this.#file = undefined
      this.#trail.ended()
      if (recorded !== undefined) this.#completedFile(recorded)
    })
  }

  #completedFile(recorded: RecordedFile): void {
    this.#completed += 1
    this.#bytes += recorded.bytes
    this.#durationMs += recorded.durationMs
    this.#tell({ kind: 'fileCompleted', ...recorded })
  }

  /** Does something with files. What fails interrupts the recording. */
  async #write(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      await this.#interrupted(error)
    }
  }

  async #interrupted(error: unknown): Promise<void> {
    const { clock, retryMs } = this.#options
    const now = clock.now()
    const reason: InterruptionReason =
      error instanceof FileGone ? 'fileGone' : isDiskFull(error) ? 'diskFull' : 'failed'
    const file = this.#file
    this.#file = undefined
    this.#segmenter.interrupt()
    const isNew = this.#interruption === undefined
    // A folder that was removed is made again at once.
    const retryAt = reason === 'fileGone' ? now : now + retryMs
    this.#interruption = { retryAt, from: this.#interruption?.from ?? now }
    const saved = await file?.abandon()
    this.#trail.ended()
    if (saved !== undefined) this.#completedFile(saved)
    if (isNew) this.#tell({ kind: 'interrupted', reason, error })
  }

  #tell(event: RecordingEvent): void {
    try {
      this.#options.onEvent?.(event)
    } catch (error) {
      this.#options.onError?.(error)
    }
  }
}
