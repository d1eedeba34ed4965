import { describe } from 'vitest'

import type { RealClient } from '../../src/availability.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test did not run; `scripts/test.mjs` prints it. */
    skipReason?: string
  }
}

/** The first reason why one of the programs cannot be driven here; undefined when all can. */
function absence(clients: readonly RealClient[]): string | undefined {
  for (const client of clients) {
    const found = client.availability()
    if (!found.available) return `${client.name}: ${found.reason}`
  }
  return undefined
}

/**
 * A group of tests that need real programs: skipped as a whole, with a printed reason, where one of them is absent. The
 * programs mostly wait for time to pass, so tests and groups run side by side; each test has a stage of its own.
 */
export function describeWith(clients: readonly RealClient[], name: string, body: () => void): void {
  const reason = absence(clients)
  if (reason === undefined) {
    describe(name, { concurrent: true }, body)
    return
  }
  console.log(`skipped: ${name} (${reason})`)
  describe(name, { skip: true, meta: { skipReason: reason } }, body)
}
