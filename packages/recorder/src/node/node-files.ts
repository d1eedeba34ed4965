import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failureCode, type FileFacts, type RecordingFile, type RecordingFiles } from '../files.ts'

class NodeFile implements RecordingFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done)
      done += bytesWritten
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let read = 0
    while (read < into.length) {
      const { bytesRead } = await this.#handle.read(into, read, into.length - read, position + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return read
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size)
  }

  async sync(): Promise<void> {
    await this.#handle.datasync()
  }

  async touch(): Promise<void> {
    const now = new Date()
    await this.#handle.utimes(now, now)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

const orUndefined = (error: unknown): undefined => {
  if (['ENOENT', 'ENOTDIR'].includes(failureCode(error))) return undefined
  throw error
}

/** The file system of this machine. */
export const nodeFiles: RecordingFiles = {
  async create(path) {
    await mkdir(dirname(path), { recursive: true })
    return new NodeFile(await open(path, 'wx+'))
  },
  open: async (path, mode) => new NodeFile(await open(path, mode === 'read' ? 'r' : 'r+')),
  async facts(path): Promise<FileFacts | undefined> {
    const found = await stat(path).catch(orUndefined)
    return found?.isFile() === true ? { bytes: found.size, changedAt: found.mtimeMs } : undefined
  },
  async list(folder) {
    const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(orUndefined)
    return (found ?? []).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  },
  rename,
  remove: async (path) => rm(path, { force: true }),
  async freeBytes(folder) {
    for (let at = folder; ; at = dirname(at)) {
      const found = await statfs(at).catch(orUndefined)
      if (found !== undefined) return found.bavail * found.bsize
      if (dirname(at) === at) return Number.POSITIVE_INFINITY
    }
  },
}
