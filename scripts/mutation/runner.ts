// Vitest's runner of tests, but each runs again for every fault it is planned with. A fault is a switch, so nothing is loaded anew.
import { appendFileSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { inject, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest'
import type { Ending, Said } from './plan.ts'

/** What instrumented sources look at, and count in. */
interface Switches {
  activeMutant?: number | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  /** How often each fault's place was reached, while none is there. */
  counts: Uint32Array
}

/** More than the faults of any package. */
const MOST_FAULTS = 65_536

/** One run of a test: as the sources are, or with a fault. */
type Run = readonly [fault: string, most: number] | 'clean'

const shared = globalThis as { __stryker__?: Switches }
/** What is reached outside of tests, and within the one that runs. */
const outside = new Uint32Array(MOST_FAULTS)
const within = new Uint32Array(MOST_FAULTS)
shared.__stryker__ ??= { counts: outside }
const switches = shared.__stryker__
// Tests put clocks of their own in the place of these.
const { setInterval: every, clearInterval: stop } = globalThis
const utilization = performance.eventLoopUtilization.bind(performance)

/** What has been worked and waited, in milliseconds: a test takes as long on a machine that has nothing else to do. */
const spentMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 + utilization().idle
}

/** Faults that a test of this process has noticed: the others need not. */
const noticed = new Set<string>()

/** A property is tried with as many values as there is time for, in milliseconds. */
const PROPERTY_MS = 500

/**
 * A test that does not end is given up after so many ticks, and as long as ten runs without a fault take. Ticks come late
 * while the machine is busy, so that nothing is given up because of others.
 */
const TICK_MS = 20
const PATIENCE_TICKS = 100

export default class MutationRunner extends TestRunner {
  readonly #plan = inject('mutationPlan')
  /** What the test that runs has before it; the first is what runs. */
  #runs: Run[] = []
  #beganAt = 0
  #lastFault: string | undefined
  #ending: Ending = 'passed'

  constructor(config: ConstructorParameters<typeof TestRunner>[0]) {
    super(config)
    this.#say({ kind: 'begun', pid: process.pid })
    this.#put(this.#plan.always)
  }

  /** What a file of tests says for all its properties is for that file; and what fails is enough, however small it could be made. */
  override async importFile(path: string, source: 'collect' | 'setup'): Promise<unknown> {
    fc.resetConfigureGlobal()
    const imported: unknown = await super.importFile(path, source)
    // What is asynchronous would go on behind its test.
    const limit = readFileSync(path, 'utf8').includes('asyncProperty')
      ? {}
      : { interruptAfterTimeLimit: PROPERTY_MS }
    fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true, ...limit })
    return imported
  }

  onCollected(files: readonly RunnerTestFile[]): void {
    if (files.some(({ result }) => result?.state === 'fail'))
      this.#noticedAlways('a file cannot be loaded', 'failed')
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    await super.onBeforeRunTask(test)
    const { faults, always, tookMs } = this.#plan
    if (always !== undefined) this.#runs = tookMs[test.id] === undefined ? [] : [always]
    else if (faults === undefined) this.#runs = ['clean', 'clean']
    else this.#runs = (faults[test.id] ?? []).filter(([fault]) => !noticed.has(fault))
    // As many as it may take; it ends by itself, see `onAfterRetryTask`.
    test.repeats = 2 * this.#runs.length
    if (this.#runs.length === 0) test.mode = 'skip'
  }

  override onBeforeTryTask(test: RunnerTestCase): void {
    super.onBeforeTryTask(test)
    const [run] = this.#runs
    if (run === undefined) return
    // What a run that was given up awaits would be awaited by every further one.
    test.promises = []
    this.#ending = 'passed'
    this.#beganAt = spentMs()
    if (run === 'clean') {
      this.#put(undefined)
      switches.counts = within.fill(0)
      return
    }
    this.#say({ kind: 'trying', test: test.id, fault: run[0] })
    this.#put(run)
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    const act = TestRunner.getTestFn(test)
    if (this.#isFirst) {
      await act()
      return
    }
    const most = PATIENCE_TICKS + (10 * (this.#plan.tookMs[test.id] ?? 0)) / TICK_MS
    let ticks = 0
    let timer: ReturnType<typeof setInterval> | undefined
    const tooLong = new Promise<never>((_, reject) => {
      timer = every(() => {
        if (++ticks <= most) return
        this.#ending = 'endless'
        reject(new Error('the test does not end'))
      }, TICK_MS)
    })
    try {
      await Promise.race([act(), tooLong])
    } catch (error) {
      // Without what was compared, of which vitest would show the difference.
      throw error instanceof Error && 'actual' in error ? new Error(error.message) : error
    } finally {
      stop(timer)
    }
  }

  /** After hooks too. */
  onAfterRetryTask(test: RunnerTestCase): void {
    const [run, ...left] = this.#runs
    const { result } = test
    if (run === undefined || result === undefined || result.state === 'skip') return
    const counted = switches.hitCount ?? 0
    const isOver = run !== 'clean' && counted > run[1]
    if (isOver) this.#ending = 'endless'
    else if (result.state === 'fail' && this.#ending === 'passed') this.#ending = 'failed'
    switches.counts = outside
    this.#runs = left
    if (run === 'clean') this.#ranClean(test)
    else if (this.#plan.always !== undefined) this.#noticedAlways(test.fullName, this.#ending)
    else {
      this.#say({ kind: 'tried', test: test.id, fault: run[0], ending: this.#ending })
      this.#put(undefined)
      this.#lastFault = run[0]
      if (this.#ending !== 'passed') {
        noticed.add(run[0])
        // Whether this is still a process in which the test can be run.
        this.#runs = ['clean', ...left]
      }
    }
    delete result.errors
    // Told as skipped, a test is not repeated any more.
    result.state = this.#runs.length === 0 ? 'skip' : 'run'
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    if (suite.result?.state === 'fail')
      this.#noticedAlways(`what comes before or after ${suite.name}`, 'failed')
    await super.onAfterRunSuite(suite)
  }

  override onAfterRunFiles(): void {
    super.onAfterRunFiles()
    this.#say({ kind: 'loaded', reached: Object.keys(reachedIn(outside)) })
  }

  /** Whether this is the first time that tests run. */
  get #isFirst(): boolean {
    return this.#plan.faults === undefined && this.#plan.always === undefined
  }

  #ranClean(test: RunnerTestCase): void {
    if (this.#isFirst) {
      const tookMs = spentMs() - this.#beganAt
      this.#say({
        kind: 'clean',
        test: test.id,
        name: test.fullName,
        file: test.file.filepath,
        ending: this.#ending,
        why: reasonOf(test),
        tookMs,
        reached: reachedIn(within),
      })
      return
    }
    if (this.#ending === 'passed' || this.#lastFault === undefined) return
    this.#say({ kind: 'broken', test: test.id, fault: this.#lastFault, why: reasonOf(test) })
    this.#end()
  }

  /** Whatever is wrong with a fault that is always there: one failure is enough. */
  #noticedAlways(test: string, ending: Ending): void {
    const { always } = this.#plan
    if (always === undefined || ending === 'passed') return
    this.#say({ kind: 'tried', test, fault: always[0], ending })
    this.#end()
  }

  #put(fault: readonly [fault: string, most: number] | undefined): void {
    switches.activeMutant = fault && Number(fault[0])
    switches.hitCount = 0
    switches.hitLimit = fault?.[1]
  }

  #say(line: Said): void {
    appendFileSync(this.#plan.said, `${JSON.stringify(line)}\n`)
  }

  #end(): void {
    process.kill(process.pid, 'SIGKILL')
  }
}

const reachedIn = (counts: Uint32Array): Record<string, number> => {
  const reached: Record<string, number> = {}
  for (const [id, count] of counts.entries()) if (count > 0) reached[id] = count
  return reached
}

const reasonOf = ({ result }: RunnerTestCase): string =>
  result?.errors?.[0]?.message.split('\n', 1)[0] ?? 'it does not end'
