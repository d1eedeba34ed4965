import type { ConformanceCase } from './conformance-case.ts'
import type { CaseResult } from './result.ts'
import { CaseEnd } from './verdict.ts'

/** What a case works with while it runs, and what is left of it afterwards. */
export interface Workbench<Context> {
  readonly context: Context
  /** Waits for what the case finds, e.g. that the peer is there again after it has ended in the case before. */
  before?(): Promise<void>
  /** Checks what holds after every case, e.g. that the server still answers others; ends with a `CaseEnd` if not. */
  after(): Promise<void>
  /** Whether something was found out of the peer meanwhile by which cases go another way: one that failed is run once more. */
  learned?(): boolean
  /** Closes everything that the case opened. */
  dispose(): void
  /** What was exchanged, for the report. */
  transcript(): readonly string[]
}

/** How cases are run. */
export interface RunOptions {
  /** Cases at once: 1 and more. */
  readonly parallel: number
  /** Cases that take minutes as well. */
  readonly slow: boolean
  /** A case that takes longer is ended as inconclusive, in milliseconds. */
  readonly caseMs: number
  /** No case begins after it; those that run go on to their end. */
  readonly signal?: AbortSignal | undefined
  /** Called as each case ends, with how many of how many have ended. */
  readonly onResult?: ((result: CaseResult, done: number, total: number) => void) | undefined
}

/** Runs cases, several at a time, those that need to be alone at the end. Results are in the order of the cases. */
export const runCases = async <Context>(
  cases: readonly ConformanceCase<Context>[],
  bench: (definition: ConformanceCase<Context>) => Workbench<Context>,
  options: RunOptions,
): Promise<readonly CaseResult[]> => {
  const results = new Map<string, CaseResult>()
  const finish = async (definition: ConformanceCase<Context>): Promise<void> => {
    if (options.signal?.aborted === true) return
    const result = await runCase(definition, bench, options)
    results.set(definition.id, result)
    options.onResult?.(result, results.size, cases.length)
  }
  const together = cases.filter(({ alone }) => !alone)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let taken = together[next++]; taken !== undefined; taken = together[next++]) await finish(taken)
  }
  await Promise.all(Array.from({ length: Math.max(1, options.parallel) }, worker))
  for (const definition of cases) if (definition.alone) await finish(definition)
  return cases.flatMap(({ id }) => results.get(id) ?? [])
}

const runCase = async <Context>(
  definition: ConformanceCase<Context>,
  bench: (definition: ConformanceCase<Context>) => Workbench<Context>,
  options: RunOptions,
): Promise<CaseResult> => {
  const { id, area, level, peer, source, sends, expects } = definition
  const facts = { id, area, level, peer, source, sends, expects }
  if (definition.slow && !options.slow)
    return { ...facts, verdict: 'notApplicable', ms: 0, detail: 'takes minutes; run it with --slow' }
  const began = performance.now()
  let table = bench(definition)
  await table.before?.()
  let ended = await judge(definition, table, options)
  table.dispose()
  if (ended?.verdict === 'fail' && table.learned?.() === true) {
    table = bench(definition)
    ended = await judge(definition, table, options)
    table.dispose()
  }
  const ms = Math.round(performance.now() - began)
  if (ended === undefined) return { ...facts, verdict: 'pass', ms }
  return {
    ...facts,
    verdict: ended.verdict,
    ms,
    detail: ended.message,
    ...(ended.expected === undefined ? {} : { expected: ended.expected }),
    ...(ended.verdict === 'fail' ? { transcript: table.transcript() } : {}),
  }
}

/** Runs one case; how it ended unless it passed. */
const judge = async <Context>(
  definition: ConformanceCase<Context>,
  table: Workbench<Context>,
  { caseMs }: RunOptions,
): Promise<CaseEnd | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new CaseEnd('inconclusive', `took longer than ${caseMs / 1000} s`)),
      caseMs,
    )
  })
  const work = definition.run(table.context).then(() => table.after())
  try {
    await Promise.race([work, tooLong])
    return undefined
  } catch (error) {
    if (error instanceof CaseEnd) {
      if (error.verdict !== 'nonStrict') return error
      return (await afterwards(table)) ?? error
    }
    return new CaseEnd(
      'inconclusive',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    )
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}

const afterwards = async <Context>(table: Workbench<Context>): Promise<CaseEnd | undefined> => {
  try {
    await table.after()
    return undefined
  } catch (error) {
    return error instanceof CaseEnd ? error : undefined
  }
}
