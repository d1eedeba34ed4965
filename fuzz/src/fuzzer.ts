import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import { mutate, SeededRandom, toHex } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from './target.ts'

/** An input that made a parser do something else than return or refuse. */
interface Crash {
  readonly run: number
  readonly hex: string
  readonly error: string
}

/** A run's outcome, in the one shape scripts can read. */
export interface FuzzReport {
  readonly target: string
  readonly seed: number
  /** How many inputs were given: fewer than asked for when too many crashed. */
  readonly runs: number
  readonly seconds: number
  readonly crashes: readonly Crash[]
  /** The input that took longest. */
  readonly slowest: { readonly ms: number; readonly hex: string }
  /** Most memory in use (heap and array buffers) at any sample, in bytes. */
  readonly peakBytes: number
}

const MAX_CRASHES = 20
const MAX_CORPUS = 4096
/** How often memory is looked at. */
const SAMPLE_EVERY = 1024

/**
 * Generated and mutated inputs, all from one seed. Inputs that reach an outcome not seen before (another error code,
 * another result size) join the corpus, which is as much guidance as can be had without instrumented code.
 */
export const fuzz = async (target: FuzzTarget, runs: number, seed: number): Promise<FuzzReport> => {
  const random = new SeededRandom(seed)
  const corpus: Uint8Array[] = [...(await target.seeds())]
  const outcomes = new Set<string>()
  const crashes: Crash[] = []
  let slowest = { ms: 0, input: new Uint8Array(0) as Uint8Array }
  let peakBytes = 0
  let done = 0
  const started = performance.now()
  for (let run = 0; run < runs; run++) {
    const input = nextInput(corpus, random)
    done += 1
    const before = performance.now()
    let outcome = 'ok'
    try {
      const running = target.run(input, random)
      if (running !== undefined) await running
    } catch (error) {
      if (isDecodeError(error) || isProtocolError(error)) outcome = error.code
      else {
        outcome = 'crash'
        crashes.push({
          run,
          hex: toHex(input),
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        })
        if (crashes.length >= MAX_CRASHES) break
      }
    }
    const ms = performance.now() - before
    if (ms > slowest.ms) slowest = { ms, input }
    const kind = `${outcome}:${Math.min(9, Math.floor(Math.log2(input.length + 1)))}`
    if (!outcomes.has(kind) && corpus.length < MAX_CORPUS) {
      outcomes.add(kind)
      corpus.push(input)
    }
    if (run % SAMPLE_EVERY === 0) {
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      peakBytes = Math.max(peakBytes, heapUsed + arrayBuffers)
      // What the parser left to promises happens now; else it would be kept for ever.
      await nextTurn()
    }
  }
  return {
    target: target.name,
    seed,
    runs: done,
    seconds: (performance.now() - started) / 1000,
    crashes,
    slowest: { ms: slowest.ms, hex: toHex(slowest.input) },
    peakBytes,
  }
}

/** Mostly damaged corpus members, some pure noise, some two members glued together. */
const nextInput = (corpus: readonly Uint8Array[], random: SeededRandom): Uint8Array => {
  if (corpus.length === 0 || random.chance(0.1)) return random.bytes(random.below(200))
  const base = random.pick(corpus)
  if (random.chance(0.9)) return mutate(base, random)
  const other = random.pick(corpus)
  const glued = new Uint8Array(base.length + other.length)
  glued.set(base)
  glued.set(other, base.length)
  return glued
}
