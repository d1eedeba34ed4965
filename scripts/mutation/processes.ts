// Processes that run tests as a plan says, and are ended when they say nothing any more.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BaseSequencer, createVitest, type TestSpecification, type Vitest } from 'vitest/node'
import type { Ending, Plan, Said } from './plan.ts'

/** A process that has not ended the run of a test for so long, and twenty times what it takes, is in a loop that reaches no fault. */
const SILENT_MS = 15_000

/** Tests see the packages' sources, not their builds. */
const conditions = ['@rtmp/source', 'module', 'import', 'default']

/** As they are given. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
  }
}

/** What came of a plan. */
export interface Ran {
  readonly said: readonly Said[]
  /** What the process has not come to the end of: it was ended by the fault, or by us since it said nothing any more. */
  readonly endedIn: (Extract<Said, { kind: 'trying' }> & { readonly ending: Ending }) | undefined
  /** What is wrong with files of tests. */
  readonly errors: readonly string[]
}

/** One at a time: a fault must not be noticed because of what others do. */
export class Processes {
  readonly #vitest: Vitest
  readonly #folder: string

  private constructor(vitest: Vitest, folder: string) {
    this.#vitest = vitest
    this.#folder = folder
  }

  /**
   * @param root - Of the repository
   * @param packageRoot - Of the package that the tests are of
   * @param texts - What is loaded in place of sources
   */
  static async start(
    root: string,
    packageRoot: string,
    texts: ReadonlyMap<string, string>,
  ): Promise<Processes> {
    const vitest = await createVitest(
      'test',
      {
        watch: false,
        config: false,
        root: packageRoot,
        include: ['test/**/*.test.ts'],
        pool: 'forks',
        // Above what any source needs, and far below what a machine has.
        execArgv: ['--max-old-space-size=2048', '--expose-gc', '--no-warnings'],
        maxWorkers: 1,
        isolate: false,
        maxConcurrency: 1,
        testTimeout: 0,
        hookTimeout: 20_000,
        sequence: { sequencer: InOrder },
        provide: { repositoryRoot: root },
        runner: join(import.meta.dirname, 'runner.ts'),
        dangerouslyIgnoreUnhandledErrors: true,
        silent: true,
        reporters: [{}],
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions, externalConditions: conditions } },
        plugins: [
          { name: 'faults', enforce: 'pre', load: (id: string) => texts.get(id.split('?', 1)[0] ?? '') },
        ],
      },
    )
    return new Processes(vitest, mkdtempSync(join(tmpdir(), 'rtmp-mutation-')))
  }

  async run(files: readonly string[], plan: Omit<Plan, 'said'>): Promise<Ran> {
    const said = join(this.#folder, 'said.jsonl')
    writeFileSync(said, '')
    const project = this.#vitest.getRootProject()
    project.provide('mutationPlan', { ...plan, said })
    let wasEnded = false
    const watch = setInterval(() => {
      // Where there is no fault, tests may take as long as they take.
      if (plan.faults === undefined && plan.always === undefined) return
      const silentMs = Date.now() - statSync(said).mtimeMs
      if (silentMs < SILENT_MS || wasEnded) return
      const lines = readSaid(said)
      const last = lines.at(-1)
      // Files take their time to load.
      const more = last?.kind === 'trying' ? 20 * (plan.tookMs[last.test] ?? 0) : 3 * SILENT_MS
      if (silentMs < SILENT_MS + more) return
      const begun = lines.findLast((line) => line.kind === 'begun')
      if (begun === undefined) return
      wasEnded = true
      process.kill(begun.pid, 'SIGKILL')
    }, 1000)
    try {
      const { testModules } = await this.#vitest.runTestSpecifications(
        files.map((file) => project.createSpecification(file)),
      )
      const lines = readSaid(said)
      const last = lines.at(-1)
      return {
        said: lines,
        endedIn: last?.kind === 'trying' ? { ...last, ending: wasEnded ? 'endless' : 'failed' } : undefined,
        errors: testModules.flatMap((module) =>
          module.errors().map(({ message }) => `${module.moduleId}: ${message}`),
        ),
      }
    } finally {
      clearInterval(watch)
    }
  }

  async close(): Promise<void> {
    await this.#vitest.close()
    rmSync(this.#folder, { recursive: true })
  }
}

const readSaid = (path: string): readonly Said[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Said)
