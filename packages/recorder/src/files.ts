/** An open file of a recording. Positions and sizes are bytes. */
export interface RecordingFile {
  /** Writes all bytes at a position. The bytes are not changed until it has been done. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Reads up to the length of `into`; says how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>
  /** In bytes, as written so far. */
  size(): Promise<number>
  /** Cuts it to that size in bytes, or fills it with zeros up to it. */
  truncate(size: number): Promise<void>
  /** What was written survives a power cut from then on. */
  sync(): Promise<void>
  /** Says that it was changed now: that somebody is at it. */
  touch(): Promise<void>
  /** Frees the descriptor. Does not sync. */
  close(): Promise<void>
}

/** What is known of a file. */
export interface FileFacts {
  /** Its size. */
  readonly bytes: number
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedAt: number
}

/**
 * The file system, as far as recordings need it, so that tests can let it fail. `nodeFiles` is the real one. What fails
 * rejects with an error that has Node's `code` (`ENOSPC`, `EEXIST`, `ENOENT`).
 */
export interface RecordingFiles {
  /** Creates a file that is not there, and its folders. @throws `EEXIST` */
  create(path: string): Promise<RecordingFile>
  /** Opens a file that is there. */
  open(path: string, mode: 'read' | 'change'): Promise<RecordingFile>
  /** `undefined` where there is no such file. */
  facts(path: string): Promise<FileFacts | undefined>
  /** All files below a folder, as paths that begin with it; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>
  /** Replaces a file of the new name. Both are on one file system. */
  rename(from: string, to: string): Promise<void>
  /** A file, no folder. Does nothing where it is not there. */
  remove(path: string): Promise<void>
  /** What can still be written below a folder, which need not exist. */
  freeBytes(folder: string): Promise<number>
}

/** The code of an error of the file system; `''` where it has none. */
export const failureCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Whether there is no room: on the disk, or within a quota. */
export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(failureCode(error))
