// Which faults the tests notice: first what tests reach, then each test with what it reaches, then what was there before any test and only then.
import type { Fault } from './faults.ts'
import type { Ending, Plan, Said } from './plan.ts'
import type { Processes, Ran } from './processes.ts'

/** What became of a fault. */
export interface Found {
  readonly fault: Fault
  /** `unreached`: no test runs the code it is in. */
  readonly outcome: 'failed' | 'endless' | 'survived' | 'unreached'
  /** The test that noticed it. */
  readonly by: string | undefined
  /** It is there once for all, when its module is loaded. */
  readonly isStatic: boolean
}

interface Test {
  readonly name: string
  readonly file: string
  readonly tookMs: number
  readonly reached: Readonly<Record<string, number>>
}

/** Faults are tried with quick tests first: what these notice, slow ones need not. */
const QUICK_FIRST_MS = [30, 300]

/** What is reached so much more often than without a fault is reached for ever. */
const mostOf = (count: number): number => 10_000 + 100 * count

export class Search {
  readonly #processes: Processes
  readonly #faults: readonly Fault[]
  readonly #tell: (line: string) => void
  readonly #tests = new Map<string, Test>()
  readonly #noticed = new Map<string, { readonly by: string; readonly ending: Ending }>()
  /** Pairs of fault and test. */
  readonly #tried = new Set<string>()
  readonly #statics = new Set<string>()

  constructor(processes: Processes, faults: readonly Fault[], tell: (line: string) => void) {
    this.#processes = processes
    this.#faults = faults
    this.#tell = tell
  }

  /** @param longestMs - Tests that take longer are not run with faults. */
  async run(files: readonly string[], longestMs: number): Promise<void> {
    await this.#runClean(files)
    for (const [id, { name, tookMs }] of this.#tests) {
      if (tookMs <= longestMs) continue
      this.#tests.delete(id)
      this.#tell(`left out, since it takes ${Math.round(tookMs)} ms: ${name}`)
    }
    for (const most of [...QUICK_FIRST_MS, longestMs]) await this.#tryAll(Math.min(most, longestMs))
    // Those that a test reaches have been there while it ran.
    const only = this.#faults.filter(({ id }) => this.#statics.has(id) && this.#reaching(id).length === 0)
    if (only.length > 0) this.#tell(`${only.length} are there before any test, and get a process each`)
    for (const { id, file } of only) await this.#tryAlways(id, file)
  }

  /** What is known by now. */
  get found(): readonly Found[] {
    return this.#faults.map((fault) => {
      const noticed = this.#noticed.get(fault.id)
      const isReached = this.#statics.has(fault.id) || this.#reaching(fault.id).length > 0
      const outcome = noticed?.ending ?? (isReached ? 'survived' : 'unreached')
      return {
        fault,
        outcome: outcome === 'passed' ? 'survived' : outcome,
        by: noticed?.by,
        isStatic: this.#statics.has(fault.id),
      }
    })
  }

  async #runClean(files: readonly string[]): Promise<void> {
    const { said, errors } = await this.#processes.run(files, {
      faults: undefined,
      always: undefined,
      tookMs: {},
    })
    for (const error of errors) this.#tell(`not run: ${error}`)
    const failing = new Set<string>()
    const wanted = new Set(this.#faults.map(({ id }) => id))
    for (const line of said) {
      if (line.kind === 'loaded') for (const id of line.reached) this.#statics.add(id)
      if (line.kind !== 'clean') continue
      const { test, ending, why, ...rest } = line
      if (ending === 'passed') {
        if (!this.#tests.has(test) && !failing.has(test)) {
          const reached = Object.entries(rest.reached).filter(([id]) => wanted.has(id))
          this.#tests.set(test, { ...rest, reached: Object.fromEntries(reached) })
        }
        continue
      }
      if (!failing.has(test)) {
        const when = this.#tests.delete(test) ? 'when it runs again' : 'without a fault'
        this.#tell(`left out, since it fails ${when}: ${rest.name}: ${why}`)
      }
      failing.add(test)
    }
    const reached = this.#faults.filter(({ id }) => this.#reaching(id).length > 0)
    this.#tell(
      `${this.#tests.size} tests reach ${reached.length} of ${this.#faults.length} faults; ${this.#statics.size} are reached before or between them`,
    )
  }

  #reaching(fault: string): readonly Test[] {
    return Array.from(this.#tests.values()).filter(({ reached }) => reached[fault] !== undefined)
  }

  /** Every fault with every test that takes no longer and reaches it, until one notices it. */
  async #tryAll(mostMs: number): Promise<void> {
    for (;;) {
      const faults: Record<string, [string, number][]> = {}
      for (const [id, { tookMs, reached }] of this.#tests) {
        const left = Object.entries(reached).filter(
          ([fault]) => !this.#noticed.has(fault) && !this.#tried.has(`${fault} ${id}`),
        )
        if (tookMs <= mostMs && left.length > 0) faults[id] = left.map(([fault, n]) => [fault, mostOf(n)])
      }
      if (Object.keys(faults).length === 0) return
      const before = this.#tried.size
      const ran = await this.#try(faults)
      for (const { test, fault, why } of brokenOf(ran)) {
        this.#tell(
          `another process, since without a fault too ${this.#tests.get(test)?.name ?? test}: ${why}`,
        )
        // Whether it was this fault that broke the process, or one before it.
        this.#forget(test, fault)
        await this.#try({ [test]: [[fault, mostOf(this.#tests.get(test)?.reached[fault] ?? 0)]] })
      }
      this.#tell(`${this.#noticed.size} noticed`)
      if (this.#tried.size === before) throw new Error(`no test ran: ${ran.errors.join('; ')}`)
    }
  }

  async #try(faults: NonNullable<Plan['faults']>): Promise<Ran> {
    const tests = Object.keys(faults).flatMap((id) => this.#tests.get(id) ?? [])
    const tookMs: Record<string, number> = {}
    for (const { file, tookMs: ms } of tests) tookMs[file] = (tookMs[file] ?? 0) + ms
    const files = Object.keys(tookMs).sort((a, b) => (tookMs[a] ?? 0) - (tookMs[b] ?? 0))
    const ran = await this.#processes.run(files, { faults, always: undefined, tookMs: this.#tookMs })
    for (const line of ran.said) if (line.kind === 'tried') this.#note(line.test, line.fault, line.ending)
    if (ran.endedIn !== undefined) this.#note(ran.endedIn.test, ran.endedIn.fault, ran.endedIn.ending)
    return ran
  }

  #note(test: string, fault: string, ending: Ending): void {
    this.#tried.add(`${fault} ${test}`)
    if (ending === 'passed' || this.#noticed.has(fault)) return
    this.#noticed.set(fault, { by: this.#tests.get(test)?.name ?? test, ending })
  }

  #forget(test: string, fault: string): void {
    this.#tried.delete(`${fault} ${test}`)
    this.#noticed.delete(fault)
  }

  get #tookMs(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#tests, ([id, { tookMs }]) => [id, tookMs]))
  }

  /** Files of tests that reach most of the source come first. */
  async #tryAlways(fault: string, source: string): Promise<void> {
    const ids = new Set(this.#faults.filter(({ file }) => file === source).map(({ id }) => id))
    const reached = new Map<string, number>()
    for (const test of this.#tests.values()) {
      const count = Object.keys(test.reached).filter((id) => ids.has(id)).length
      reached.set(test.file, (reached.get(test.file) ?? 0) + count)
    }
    const files = Array.from(reached.keys()).sort((a, b) => (reached.get(b) ?? 0) - (reached.get(a) ?? 0))
    const { said, endedIn } = await this.#processes.run(files, {
      faults: undefined,
      always: [fault, Number.MAX_SAFE_INTEGER],
      tookMs: this.#tookMs,
    })
    const tried = said.find((line) => line.kind === 'tried' && line.ending !== 'passed')
    if (tried?.kind === 'tried') this.#noticed.set(fault, { by: tried.test, ending: tried.ending })
    else if (endedIn !== undefined) this.#note(endedIn.test, fault, endedIn.ending)
    else if (said.at(-1)?.kind !== 'loaded') this.#note('no test: it ends before any', fault, 'endless')
  }
}

const brokenOf = ({ said }: Ran): readonly Extract<Said, { kind: 'broken' }>[] =>
  said.filter((line) => line.kind === 'broken')
