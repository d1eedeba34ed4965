import { type Box, boxIn, type ReadSample, type ReadTrack, viewOf } from './boxes.ts'

/** A table of a `stbl`: `count` rows behind its fixed fields. */
interface Rows {
  readonly at: number
  readonly count: number
}

/** How long samples take, and how long after they are decoded they are shown: runs of them. */
interface Runs {
  readonly stts: Rows
  readonly ctts: Rows
}

const NONE: Rows = { at: 0, count: 0 }

/** How many samples lie between two places from which it can go on. */
const MARK_SAMPLES = 4096

/** The most samples of all tracks, as many as have a size of their own in the longest `moov`: of equal size they would cost nothing to name. */
export const MOST_SAMPLES = 16_777_216

export const TOO_MANY: string = `its tracks have more than ${MOST_SAMPLES} samples`

/** What a place takes in memory, in bytes. */
const MARK_BYTES = 160

/** The most samples that are looked at before others have their turn: a millisecond or two. */
const TURN_SAMPLES = 16_384

/** The most rows in a row that say nothing of a sample: more of them are there for the work that they make. */
const MOST_EMPTY_ROWS = 4096

/**
 * The samples of a track of an MP4 file without fragments. They are looked up in the `moov` as it is: what is held beside it are places to
 * begin at, one for thousands of samples.
 */
export class SampleTable {
  readonly track: ReadTrack
  readonly #view: DataView
  readonly #runs: Runs
  readonly #stsc: Rows
  readonly #chunks: Rows & { readonly isLong: boolean }
  readonly #sizes: Rows & { readonly same: number }
  readonly #stss: Rows | undefined
  readonly #marks: SampleCursor[] = []

  /** @param moov - The whole box, which is kept. */
  constructor(moov: Uint8Array, track: ReadTrack) {
    this.track = track
    this.#view = viewOf(moov)
    const { from, end } = track.table
    const find = (type: string): Box | undefined => boxIn(moov, type, from, end)
    const rows = (type: string, width: number): Rows => rowsOf(this.#view, find(type), 4, width)
    this.#runs = { stts: rows('stts', 8), ctts: rows('ctts', 8) }
    this.#stsc = rows('stsc', 12)
    const stco = find('stco')
    this.#chunks = { ...(stco === undefined ? rows('co64', 8) : rows('stco', 4)), isLong: stco === undefined }
    const stsz = find('stsz')
    const same = stsz === undefined || stsz.end - stsz.from < 12 ? 0 : this.#view.getUint32(stsz.from + 4)
    this.#sizes =
      same > 0 && stsz !== undefined
        ? { at: 0, count: this.#view.getUint32(stsz.from + 8), same }
        : { ...rowsOf(this.#view, stsz, 8, 4), same: 0 }
    if (this.#sizes.count > MOST_SAMPLES) throw new Error(TOO_MANY)
    this.#stss = find('stss') === undefined ? undefined : rows('stss', 4)
  }

  /** Whether it has samples: those of files in fragments have none. */
  get isEmpty(): boolean {
    return this.#sizes.count === 0 || this.#chunks.count === 0
  }

  get heldBytes(): number {
    return this.#marks.length * MARK_BYTES
  }

  /**
   * Goes through all samples once.
   *
   * @param see - Told of each that lies in the file whole.
   * @param pause - Lets others have their turn.
   */
  async scan(
    fileBytes: number,
    see: (sample: ReadSample) => void,
    pause: () => Promise<unknown>,
  ): Promise<void> {
    const cursor = new SampleCursor(this)
    for (let index = 0; ; index++) {
      if (index % MARK_SAMPLES === 0) this.#marks.push(cursor.copy())
      if (index % TURN_SAMPLES === TURN_SAMPLES - 1) await pause()
      const sample = cursor.next()
      if (sample === undefined || sample.offset + sample.size > fileBytes) return
      see(sample)
    }
  }

  /** The place of the first sample at or behind a decode time, in units. */
  from(time: number): SampleCursor {
    const cursor = (this.#marks.findLast((mark) => mark.decodeTime <= time) ?? new SampleCursor(this)).copy()
    for (let before = cursor.copy(); ; before = cursor.copy()) {
      const sample = cursor.next()
      if (sample === undefined || sample.decodeTime >= time) return before
    }
  }

  /** The rest of what is said of samples, for its cursors. */
  get sampleCount(): number {
    return this.#sizes.count
  }

  size(index: number): number {
    const { at, same } = this.#sizes
    return same > 0 ? same : this.#view.getUint32(at + index * 4)
  }

  /** A run of samples that take equally long, or that are shown equally long after they are decoded. */
  run(of: keyof Runs, row: number): { readonly samples: number; readonly value: number } | undefined {
    const { at, count } = this.#runs[of]
    if (row >= count) return undefined
    return { samples: this.#view.getUint32(at + row * 8), value: this.#view.getInt32(at + row * 8 + 4) }
  }

  /** Where a chunk begins in the file. */
  chunk(index: number): number | undefined {
    const { at, count, isLong } = this.#chunks
    if (index >= count) return undefined
    return isLong ? Number(this.#view.getBigUint64(at + index * 8)) : this.#view.getUint32(at + index * 4)
  }

  /** A run of chunks of equally many samples: the first chunk from 0 on, and how many. */
  chunks(row: number): { readonly first: number; readonly samples: number } | undefined {
    const { at, count } = this.#stsc
    if (row >= count) return undefined
    const here = at + row * 12
    return { first: this.#view.getUint32(here) - 1, samples: this.#view.getUint32(here + 4) }
  }

  /** The number of a key frame from 0 on; `'all'` where every sample is one. */
  keyFrame(row: number): number | 'all' | undefined {
    if (this.#stss === undefined) return 'all'
    return row < this.#stss.count ? this.#view.getUint32(this.#stss.at + row * 4) - 1 : undefined
  }
}

/** A row of runs, and how many samples of it are over. */
interface Place {
  row: number
  done: number
}

/** A place in a {@link SampleTable}, before one of its samples. */
export class SampleCursor {
  readonly #table: SampleTable
  #index = 0
  #time = 0
  /** Where it is in the tables. */
  #stts: Place = { row: 0, done: 0 }
  #ctts: Place = { row: 0, done: 0 }
  #stsc = 0
  #stss = 0
  #chunk = 0
  #chunkDone = 0
  #offset = 0
  /** Rows that have said nothing since the last sample. */
  #emptyRows = 0

  constructor(table: SampleTable) {
    this.#table = table
  }

  /** Of the sample that comes next, in units. */
  get decodeTime(): number {
    return this.#time
  }

  copy(): SampleCursor {
    const copy = new SampleCursor(this.#table)
    copy.#index = this.#index
    copy.#time = this.#time
    copy.#stts = { ...this.#stts }
    copy.#ctts = { ...this.#ctts }
    copy.#stsc = this.#stsc
    copy.#stss = this.#stss
    copy.#chunk = this.#chunk
    copy.#chunkDone = this.#chunkDone
    copy.#offset = this.#offset
    return copy
  }

  /** The next sample; `undefined` behind the last one, or where the tables contradict each other. */
  next(): ReadSample | undefined {
    const table = this.#table
    if (this.#index >= table.sampleCount) return undefined
    this.#emptyRows = 0
    while (this.#chunkDone >= this.#samplesInChunk()) {
      this.#chunk += 1
      this.#chunkDone = 0
      if (table.chunk(this.#chunk) === undefined || this.#areTooMany()) return undefined
    }
    const begin = table.chunk(this.#chunk)
    if (begin === undefined) return undefined
    if (this.#chunkDone === 0) this.#offset = begin
    const duration = Math.max(0, this.#valueHere('stts', this.#stts))
    const compositionOffset = this.#valueHere('ctts', this.#ctts)
    let key = table.keyFrame(this.#stss)
    while (typeof key === 'number' && key < this.#index && !this.#areTooMany())
      key = table.keyFrame(++this.#stss)
    if (this.#emptyRows > MOST_EMPTY_ROWS) return undefined
    const size = table.size(this.#index)
    const sample: ReadSample = {
      trackId: table.track.id,
      decodeTime: this.#time,
      compositionOffset,
      duration,
      isKey: key === 'all' || key === this.#index,
      offset: this.#offset,
      size,
    }
    this.#index += 1
    this.#chunkDone += 1
    this.#offset += size
    this.#time += duration
    return sample
  }

  /** One more row has been passed that says nothing of a sample. */
  #areTooMany(): boolean {
    this.#emptyRows += 1
    return this.#emptyRows > MOST_EMPTY_ROWS
  }

  #samplesInChunk(): number {
    for (;;) {
      const after = this.#table.chunks(this.#stsc + 1)
      if (after === undefined || after.first > this.#chunk || this.#areTooMany()) break
      this.#stsc += 1
    }
    return this.#table.chunks(this.#stsc)?.samples ?? 0
  }

  #valueHere(of: keyof Runs, place: Place): number {
    let run = this.#table.run(of, place.row)
    while (run !== undefined && place.done >= run.samples && !this.#areTooMany()) {
      place.done = 0
      place.row += 1
      run = this.#table.run(of, place.row)
    }
    place.done += 1
    return run?.value ?? 0
  }
}

/** A table's rows, as many as it has room for. @param fixed - Bytes between version and flags and the count. */
const rowsOf = (view: DataView, box: Box | undefined, fixed: number, width: number): Rows => {
  if (box === undefined || box.end - box.from < fixed + 4) return NONE
  const at = box.from + fixed + 4
  return { at, count: Math.min(view.getUint32(box.from + fixed), Math.floor((box.end - at) / width)) }
}
