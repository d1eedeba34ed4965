import type { Claim, ClaimResult, Directory, DirectoryChange, Entry } from '../directory.ts'

/** How the cases reach an implementation. */
export interface DirectoryHarness {
  /** A directory of one node; all that are opened see the same claims. The case closes it. */
  open(): Promise<Directory>
  /** Lets this much time pass for the directory, in milliseconds: a virtual clock moves, a real one is waited for. */
  pass(milliseconds: number): Promise<void>
}

/** One requirement. */
export interface ComplianceCase {
  /** The requirement in words, for a test's title. */
  readonly name: string
  /** Settles when it is met. @throws Error that says what was not */
  run(harness: DirectoryHarness): Promise<void>
}

/** Ends a case as failed unless something holds. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/** A claim that must have been granted. */
export const granted = (result: ClaimResult): Claim => {
  check(result.kind === 'claimed', `a claim was refused: ${JSON.stringify(result)}`)
  return result.claim
}

/** The entry of a claim that must have been refused. */
export const refused = (result: ClaimResult): Entry => {
  check(result.kind === 'held', `a claim was granted: ${JSON.stringify(result)}`)
  return result.entry
}

let paths = 0

/** A path that no case has used, in this process or another. */
export const freshPath = (): string => {
  paths += 1
  return `compliance/${globalThis.crypto.randomUUID()}/${paths}`
}

/** A node. */
export const node = (name: string): { id: string; address: string } => ({
  id: name,
  address: `rtmp://${name}`,
})

/** A case with two nodes, whose directories are closed at its end. */
export const between =
  (body: (a: Directory, b: Directory, harness: DirectoryHarness) => Promise<void>) =>
  async (harness: DirectoryHarness): Promise<void> => {
    const a = await harness.open()
    const b = await harness.open()
    try {
      await body(a, b, harness)
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  }

const PATIENCE = 10_000

/** What a watch tells about one path, and what can be waited for. */
export class Watched {
  readonly changes: DirectoryChange[] = []
  readonly #path: string
  readonly #waiting = new Set<() => void>()
  #end: () => void = () => {}

  constructor(directory: Directory, path: string) {
    this.#path = path
    const watch = directory.watch((change) => {
      const about =
        change.kind === 'claimed' ? change.entry.path : change.kind === 'gone' ? change.path : path
      if (about !== this.#path) return
      this.changes.push(change)
      for (const look of this.#waiting) look()
    })
    this.#end = () => watch.close()
  }

  /** The next change of a kind from a place in the list on; waits for it. */
  async next<Kind extends DirectoryChange['kind']>(
    kind: Kind,
    from = 0,
  ): Promise<Extract<DirectoryChange, { kind: Kind }>> {
    const found = (): DirectoryChange | undefined =>
      this.changes.slice(from).find((change) => change.kind === kind)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`no '${kind}' for ${this.#path} among ${JSON.stringify(this.changes.slice(from))}`))
      }, PATIENCE)
      const look = (): void => {
        const change = found()
        if (change === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(change as Extract<DirectoryChange, { kind: Kind }>)
      }
      this.#waiting.add(look)
      look()
    })
  }

  close(): void {
    this.#end()
  }
}
