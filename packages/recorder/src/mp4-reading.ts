import { fromMediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { TagType } from '@rtmp/flv'
import { encodeMetadata } from '@rtmp/flv/script'
import type { ReadSample, ReadTrack } from './boxes.ts'
import type { RecordingFile } from './files.ts'
import { readPart, type Walked, walkMp4 } from './mp4-walk.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'
import { codecOf, type EntryCodec } from './sample-entry.ts'

interface Track extends EntryCodec {
  readonly read: ReadTrack
  /** In the words of RTMP. */
  readonly trackId: number
}

interface Fragment {
  readonly position: number
  readonly time: number
  readonly isStart: boolean
}

/** What a fragment takes that is known, and a message beside its payload, in bytes. */
const FRAGMENT_BYTES = 64
const MESSAGE_BYTES = 256

/** The longest sample that is read, in bytes. */
const MOST_SAMPLE = 0xffffff

/** Reads fragmented MP4 of this package: its tracks as messages of RTMP. */
export class Mp4Reading implements RecordingReader {
  readonly durationMs: number
  readonly #file: RecordingFile
  readonly #tracks: ReadonlyMap<number, Track>
  /** Of the track that seeking goes by. */
  readonly #fragments: readonly Fragment[]
  #walk: AsyncGenerator<Walked, void, undefined>
  #preamble = true
  /** Of the messages that were given last. */
  #given = 0

  private constructor(
    file: RecordingFile,
    tracks: ReadonlyMap<number, Track>,
    fragments: readonly Fragment[],
    durationMs: number,
  ) {
    this.#file = file
    this.#tracks = tracks
    this.#fragments = fragments
    this.durationMs = durationMs
    this.#walk = walkMp4(file)
  }

  /** @throws Error for a file without fragments that can be read */
  static async open(file: RecordingFile): Promise<Mp4Reading> {
    const tracks = new Map<number, Track>()
    const fragments: Fragment[] = []
    let end = 0
    let guide: ReadTrack | undefined
    for await (const walked of walkMp4(file)) {
      if (walked.kind === 'tracks' && tracks.size === 0) {
        for (const read of walked.tracks) {
          const entry = codecOf(read)
          if (entry !== undefined)
            tracks.set(read.id, { ...entry, read, trackId: Math.floor((read.id - 1) / 2) })
        }
        guide = walked.tracks.find(({ kind }) => kind === 'video') ?? walked.tracks[0]
      }
      if (walked.kind !== 'fragment') continue
      for (const run of walked.runs) {
        const first = run[0]
        const last = run.at(-1)
        const track = first && tracks.get(first.trackId)
        if (first === undefined || last === undefined || track === undefined) continue
        end = Math.max(end, millis(track.read, last.decodeTime + last.duration))
        if (track.read === guide)
          fragments.push({
            position: walked.start,
            time: millis(track.read, first.decodeTime),
            isStart: first.isKey,
          })
      }
    }
    if (fragments.length === 0 || guide === undefined) throw new Error('it has no fragments that can be read')
    return new Mp4Reading(file, tracks, fragments, end)
  }

  get heldBytes(): number {
    return this.#given + this.#fragments.length * FRAGMENT_BYTES
  }

  starts(): Promise<readonly RecordingStart[]> {
    return Promise.resolve(this.#starts)
  }

  get #starts(): readonly Fragment[] {
    return this.#fragments.filter(({ isStart }) => isStart)
  }

  async seek(ms: number): Promise<number> {
    const starts = this.#starts
    const found = starts.findLast(({ time }) => time <= ms) ?? starts[0] ?? this.#fragments[0]
    await this.#walk.return()
    this.#walk = walkMp4(this.#file, found?.position)
    this.#preamble = true
    return found?.time ?? 0
  }

  async next(): Promise<readonly MediaMessage[] | undefined> {
    const beginning = this.#preamble ? this.#beginning() : []
    this.#preamble = false
    for (;;) {
      const { done, value } = await this.#walk.next()
      if (done === true || value === undefined) return beginning.length > 0 ? beginning : undefined
      if (value.kind !== 'fragment') continue
      const messages = await this.#messagesOf(value.start, value.runs)
      this.#given = messages.reduce((sum, { payload }) => sum + payload.length + MESSAGE_BYTES, 0)
      if (messages.length > 0) return [...beginning, ...messages]
    }
  }

  async close(): Promise<void> {
    await this.#walk.return()
    await this.#file.close()
  }

  #beginning(): MediaMessage[] {
    const payload = encodeMetadata({ properties: { duration: this.durationMs / 1000, canSeekToEnd: true } })
    const headers = [...this.#tracks.values()].flatMap(({ codec, header, read: { kind }, trackId }) => {
      if (header === undefined) return []
      const frame = {
        kind,
        trackId,
        codec,
        type: 'sequenceHeader',
        dts: 0,
        keyFrame: true,
        payload: header,
      } as const
      return [new MediaMessage(kind === 'video' ? TagType.video : TagType.audio, 0, fromMediaFrame(frame))]
    })
    return [new MediaMessage(TagType.script, 0, payload, 'onMetaData'), ...headers]
  }

  async #messagesOf(start: number, runs: readonly (readonly ReadSample[])[]): Promise<MediaMessage[]> {
    const timed: { readonly time: number; readonly message: MediaMessage }[] = []
    for (const sample of runs.flat()) {
      const track = this.#tracks.get(sample.trackId)
      if (track === undefined || sample.size > MOST_SAMPLE) continue
      const payload = await readPart(this.#file, start + sample.offset, sample.size)
      if (payload === undefined) continue
      const { kind } = track.read
      const time = Math.round(millis(track.read, sample.decodeTime))
      const dts = Math.max(0, time)
      const offset = Math.round(millis(track.read, sample.compositionOffset))
      const { codec, trackId } = track
      const keyFrame = kind === 'video' && sample.isKey
      const frame = {
        kind,
        trackId,
        codec,
        type: 'coded',
        dts,
        pts: dts + offset,
        keyFrame,
        payload,
      } as const
      const typeId = kind === 'video' ? TagType.video : TagType.audio
      timed.push({ time, message: new MediaMessage(typeId, dts >>> 0, fromMediaFrame(frame)) })
    }
    return timed.sort((a, b) => a.time - b.time).map(({ message }) => message)
  }
}

const millis = ({ timescale }: ReadTrack, units: number): number => (units * 1000) / timescale
