import type { FileFacts, RecordingFile, RecordingFiles } from '../../src/index.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

/** What a disk can do wrong, and how much it holds. */
export interface Faults {
  /** Bytes that fit on it. */
  capacity?: number
  /** Rejects a write with an error of that code. */
  writeFails?: string | undefined
  /** Waited for by every write. */
  writeGate?: Promise<void> | undefined
}

/** A disk in memory. What was not synced is known, so that a power cut can take it. */
export class MemoryFiles implements RecordingFiles {
  readonly files = new Map<string, { bytes: Uint8Array<ArrayBuffer>; length: number; synced: number }>()
  readonly faults: Faults

  constructor(faults: Faults = {}) {
    this.faults = faults
  }

  get used(): number {
    let sum = 0
    for (const { length } of this.files.values()) sum += length
    return sum
  }

  bytesOf(path: string): Uint8Array<ArrayBuffer> {
    const file = this.files.get(path)
    if (file === undefined) throw failure('ENOENT')
    return file.bytes.slice(0, file.length)
  }

  /** Leaves of every file what was synced. */
  cutPower(): void {
    for (const file of this.files.values()) file.length = Math.min(file.length, file.synced)
  }

  async create(path: string): Promise<RecordingFile> {
    if (this.files.has(path)) throw failure('EEXIST')
    this.files.set(path, { bytes: new Uint8Array(1024), length: 0, synced: 0 })
    return this.open(path)
  }

  async open(path: string): Promise<RecordingFile> {
    const file = this.files.get(path)
    if (file === undefined) throw failure('ENOENT')
    const resize = (size: number): void => {
      if (size > file.bytes.length) {
        const larger = new Uint8Array(Math.max(size, file.bytes.length * 2))
        larger.set(file.bytes.subarray(0, file.length))
        file.bytes = larger
      }
      if (size < file.length) file.bytes.fill(0, size, file.length)
      file.length = size
    }
    return {
      write: async (bytes, position) => {
        await this.faults.writeGate
        if (this.faults.writeFails !== undefined) throw failure(this.faults.writeFails)
        const end = position + bytes.length
        const room = (this.faults.capacity ?? Number.POSITIVE_INFINITY) - this.used
        const more = Math.max(0, end - file.length)
        if (more > room) {
          // As much as fits is written, as disks do.
          const fits = bytes.subarray(0, Math.max(0, bytes.length - (more - room)))
          if (position + fits.length > file.length) resize(position + fits.length)
          file.bytes.set(fits, position)
          throw failure('ENOSPC')
        }
        if (end > file.length) resize(end)
        file.bytes.set(bytes, position)
      },
      read: async (into, position) => {
        const part = file.bytes.subarray(position, Math.min(file.length, position + into.length))
        into.set(part)
        return part.length
      },
      size: async () => file.length,
      truncate: async (size) => resize(size),
      sync: async () => {
        file.synced = file.length
      },
      touch: async () => {},
      close: async () => {},
    }
  }

  async facts(path: string): Promise<FileFacts | undefined> {
    const file = this.files.get(path)
    return file === undefined ? undefined : { bytes: file.length, changedAt: 0 }
  }

  async list(folder: string): Promise<readonly string[]> {
    return [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`))
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.files.get(from)
    if (file === undefined) throw failure('ENOENT')
    this.files.delete(from)
    this.files.set(to, file)
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path)
  }

  async freeBytes(): Promise<number> {
    return (this.faults.capacity ?? Number.POSITIVE_INFINITY) - this.used
  }
}
