// The faults of sources, all in one text: each is a switch in it.
import { readFileSync } from 'node:fs'
import { Instrumenter } from '@stryker-mutator/instrumenter'

/** One fault. */
export interface Fault {
  readonly id: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** What Stryker calls it. */
  readonly kind: string
  readonly original: string
  readonly replacement: string
}

export interface Faulty {
  readonly faults: readonly Fault[]
  /** The text of each source, with its faults. */
  readonly texts: ReadonlyMap<string, string>
}

const nothing = (): void => {}
const isOff = (): boolean => false
const silent = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: console.warn,
  error: console.error,
  fatal: console.error,
  isTraceEnabled: isOff,
  isDebugEnabled: isOff,
  isInfoEnabled: isOff,
  isWarnEnabled: isOff,
  isErrorEnabled: isOff,
  isFatalEnabled: isOff,
}

export const faultsIn = async (paths: readonly string[]): Promise<Faulty> => {
  const sources = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]))
  const { files, mutants } = await new Instrumenter(silent).instrument(
    Array.from(sources, ([name, content]) => ({ name, content, mutate: true })),
    // Words are for people: no test should go by them.
    { excludedMutations: ['StringLiteral'], ignorers: [], plugins: [], noHeader: false },
  )
  return {
    texts: new Map(files.map(({ name, content }) => [name, quick(content)])),
    faults: mutants
      .filter(({ status }) => status !== 'Ignored')
      .map(({ id, fileName, location: { start, end }, mutatorName, replacement }) => ({
        id,
        file: fileName,
        line: start.line + 1,
        column: start.column + 1,
        kind: mutatorName,
        original: between(sources.get(fileName) ?? '', start, end),
        replacement,
      })),
  }
}

/** Whether a fault takes a bound out, or puts it one further or nearer: a comparison with what is called a limit, or the most there may be. */
export const isOfBound = ({ kind, original }: Fault): boolean =>
  (kind === 'ConditionalExpression' || kind === 'EqualityOperator') &&
  /[<>]/.test(original) &&
  /\b(?:MOST|MAX|LIMIT|HARD|SOFT)_|_(?:MOST|MAX|LIMIT|BYTES|MESSAGES)\b|limits?\b|\bmost\b|\bmax[A-Z]/i.test(
    original,
  )

/**
 * Stryker's switches ask for texts and count in objects, which takes most of the time of a test. Here they are numbers, and nothing is
 * counted while a fault is there. And a function that gives nothing is chosen when it is called: where it is made once for all, the fault
 * would want a process of its own.
 */
const quick = (text: string): string => {
  const counting =
    'function stryCov_9fa48() { var ns = stryNS_9fa48(); if (ns.activeMutant !== undefined) return; ' +
    'for (var i = 0; i < arguments.length; i++) ns.counts[arguments[i]]++ }'
  const calling =
    'function stryCall_9fa48(id, act) { return function () { ' +
    'if (stryMutAct_9fa48(id)) return; stryCov_9fa48(id); return act.apply(undefined, arguments) } }'
  const begin = text.indexOf('function stryCov_9fa48()')
  const end = text.indexOf('function stryMutAct_9fa48(')
  // A source without a fault.
  if (begin < 0 && end < 0) return text
  if (begin < 0 || end < 0) throw new Error('Stryker counts in another way now')
  return `${text.slice(0, begin)}${counting}\n${calling}\n${text.slice(end)}`
    .replaceAll(
      /\b(stry(?:Cov|MutAct)_9fa48)\(("[^)]*")\)/g,
      (_, name: string, ids: string) => `${name}(${ids.replaceAll('"', '')})`,
    )
    .replaceAll(
      /stryMutAct_9fa48\((\d+)\) \? \(\) => undefined : \(stryCov_9fa48\(\1\), /g,
      'stryCall_9fa48($1, ',
    )
}

interface Place {
  readonly line: number
  readonly column: number
}

const between = (text: string, start: Place, end: Place): string => {
  const lines = text.split('\n').slice(start.line, end.line + 1)
  const last = lines.length - 1
  return lines
    .map((line, i) => line.slice(i === 0 ? start.column : 0, i === last ? end.column : undefined))
    .join('\n')
}
