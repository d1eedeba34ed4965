// How much code did, counted rather than timed: the same on a busy machine. Node only.
import { Session } from 'node:inspector'

interface Coverage {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[]
  }[]
}

// From the import on: V8 counts blocks of functions that it compiles afterwards, which it does at their first call.
const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

/** How often blocks of the packages' code have run since this was last asked. */
const takeBlocks = (): number => {
  let blocks = 0
  // Answered before `post` returns.
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error !== null) throw new Error(error.message)
    for (const { url, functions } of (coverage as Coverage).result) {
      if (!/\/packages\/[^/]+\/src\//.test(url)) continue
      for (const { ranges } of functions) for (const { count } of ranges) blocks += count
    }
  })
  return blocks
}

/** Those of the platform's functions that go through bytes by themselves, and how many that are. */
const movers: readonly [object: object, name: string, bytes: (self: never, args: never[]) => number][] = [
  [Uint8Array.prototype, 'set', (_: Uint8Array, [from]: ArrayLike<number>[]) => from?.length ?? 0],
  [Uint8Array.prototype, 'slice', (self: Uint8Array, [from = 0, to = self.length]: number[]) => to - from],
  [
    Uint8Array.prototype,
    'copyWithin',
    (self: Uint8Array, [, from = 0, to = self.length]: number[]) => to - from,
  ],
  [Uint8Array.prototype, 'fill', (self: Uint8Array, [, from = 0, to = self.length]: number[]) => to - from],
  [TextDecoder.prototype, 'decode', (_: TextDecoder, [bytes]: Uint8Array[]) => bytes?.length ?? 0],
]

/**
 * The work of `run`: blocks of the packages' code that it went through, and bytes that it had copied, filled or decoded.
 *
 * @example
 * expect(workOf(() => read(large))).toBeLessThan(2 * 16 * workOf(() => read(small)))
 */
export const workOf = (run: () => void): number => {
  let bytes = 0
  const originals = movers.map(([object, name, count]) => {
    const original = Reflect.get(object, name) as (...args: unknown[]) => unknown
    Reflect.set(object, name, function (this: never, ...args: never[]) {
      bytes += Math.max(0, count(this, args))
      return original.apply(this, args)
    })
    return original
  })
  takeBlocks()
  try {
    run()
  } finally {
    movers.forEach(([object, name], i) => Reflect.set(object, name, originals[i]))
  }
  return takeBlocks() + bytes
}

/** How much more work a size takes than its part; 1 where work is linear, `parts` where it is quadratic. */
export const growthOf = (run: (size: number) => () => void, size: number, parts = 16): number => {
  const small = run(Math.floor(size / parts))
  const large = run(size)
  small()
  return workOf(large) / (parts * workOf(small))
}
