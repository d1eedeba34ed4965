import type { FileFacts, RecordingFile, RecordingFiles } from './files.ts'
import { Movie, readMoov } from './movie.ts'

/** A movie that is being read, or will be in a moment. */
interface Shared {
  readonly facts: FileFacts
  readonly movie: Promise<Movie>
  users: number
}

/** Movies that are being read: of many viewers of a file, each would else hold its whole index. */
export class MovieShelf {
  readonly #shared = new Map<string, Shared>()

  /** The movie in a file, for as long as `leave` has not been called. @throws Error for a file without a `moov` */
  async take(
    files: RecordingFiles,
    path: string,
    file: RecordingFile,
  ): Promise<{ readonly movie: Movie; readonly leave: () => void }> {
    const facts = (await files.facts(path)) ?? { bytes: await file.size(), changedAt: 0 }
    const found = this.#shared.get(path)
    const isSame = found?.facts.bytes === facts.bytes && found.facts.changedAt === facts.changedAt
    const shared = found !== undefined && isSame ? found : { facts, movie: read(file, facts), users: 0 }
    this.#shared.set(path, shared)
    shared.users += 1
    let left = false
    const drop = (): boolean => {
      if (left) return false
      left = true
      shared.users -= 1
      if (shared.users === 0 && this.#shared.get(path) === shared) this.#shared.delete(path)
      return true
    }
    try {
      const movie = await shared.movie
      movie.readers += 1
      const leave = (): void => {
        if (drop()) movie.readers -= 1
      }
      return { movie, leave }
    } catch (error) {
      drop()
      throw error
    }
  }
}

const read = async (file: RecordingFile, { bytes }: FileFacts): Promise<Movie> =>
  new Movie(await readMoov(file), bytes)
