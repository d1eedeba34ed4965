import type { Directory, DirectoryChange, DirectoryWatch, Entry } from '@rtmp/cluster'

/** Whom the directory's news are told. */
export interface EntriesListener {
  /** A path has another owner, or the same with a higher fence. */
  claimed(entry: Entry): void
  /** A path has none any more. */
  gone(path: string): void
}

/**
 * What a node knows of who has what. For each path the fence never falls as long as anybody here asks for it: what comes late is left out.
 */
export class Entries {
  readonly #entries = new Map<string, Entry>()
  readonly #listener: EntriesListener
  readonly #watch: DirectoryWatch
  #isCurrent: () => void = () => {}
  /** Resolves when what there is has been told for the first time. */
  readonly current: Promise<void> = new Promise((resolve) => {
    this.#isCurrent = resolve
  })

  constructor(directory: Directory, listener: EntriesListener) {
    this.#listener = listener
    this.#watch = directory.watch((change) => this.#take(change))
  }

  get(path: string): Entry | undefined {
    return this.#entries.get(path)
  }

  all(): IterableIterator<Entry> {
    return this.#entries.values()
  }

  close(): void {
    this.#watch.close()
  }

  #take(change: DirectoryChange): void {
    switch (change.kind) {
      case 'claimed': {
        const { entry } = change
        const known = this.#entries.get(entry.path)
        if (known !== undefined && known.fence >= entry.fence) return
        this.#entries.set(entry.path, entry)
        this.#listener.claimed(entry)
        break
      }
      case 'gone': {
        const known = this.#entries.get(change.path)
        if (known === undefined || known.fence > change.fence) return
        this.#entries.delete(change.path)
        this.#listener.gone(change.path)
        break
      }
      case 'current':
        this.#isCurrent()
        break
      case 'away':
        // What was told stands.
        break
    }
  }
}
