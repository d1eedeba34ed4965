// What one process of tests is asked to do, and what it says of it.

/** Which tests run, and with what. They are named as vitest names them. */
export interface Plan {
  /** The file that lines are written to: a process that is ended has said what it had to say. */
  readonly said: string
  /**
   * By test, the faults it runs with, one after the other, each with how often it may be reached. `undefined`: every test runs
   * twice as the sources are, which shows what it reaches and that it can be repeated.
   */
  readonly faults: Readonly<Record<string, readonly (readonly [fault: string, most: number])[]>> | undefined
  /** A fault that is there before anything is loaded; every test in `tookMs` runs once, until one fails. */
  readonly always: readonly [fault: string, most: number] | undefined
  /** How long each test takes as the sources are, where the machine has nothing else to do. */
  readonly tookMs: Readonly<Record<string, number>>
}

/** How a test ended. `endless`: it did not, or reached the fault more often than it may. */
export type Ending = 'passed' | 'failed' | 'endless'

/** A line of what a process says. */
export type Said =
  | { readonly kind: 'begun'; readonly pid: number }
  | {
      readonly kind: 'clean'
      readonly test: string
      readonly name: string
      readonly file: string
      readonly ending: Ending
      /** What is wrong with it, when it did not pass. */
      readonly why: string
      readonly tookMs: number
      /** How often it reached which faults. */
      readonly reached: Readonly<Record<string, number>>
    }
  /** Said before, since some faults leave nobody to say it after. */
  | { readonly kind: 'trying'; readonly test: string; readonly fault: string }
  | { readonly kind: 'tried'; readonly test: string; readonly fault: string; readonly ending: Ending }
  /** The test fails without the fault too, from then on: nothing that this process would say counts. */
  | { readonly kind: 'broken'; readonly test: string; readonly fault: string; readonly why: string }
  /** What was reached while modules were loaded. */
  | { readonly kind: 'loaded'; readonly reached: readonly string[] }

declare module 'vitest' {
  interface ProvidedContext {
    mutationPlan: Plan
    /** The folder of this repository, which tests read files of. */
    repositoryRoot: string
  }
}
