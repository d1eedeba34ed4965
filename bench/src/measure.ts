const sink: { value?: unknown } = {}

/** Uses a value, so that the engine cannot leave out the work that made it. */
export const keep = (value: unknown): void => {
  sink.value = value
}

const cpuMilliseconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Calls `work` for about `budgetMs` of CPU time and gives calls per CPU second. */
export const opsPerSecond = (work: () => unknown, { budgetMs = 200 }: { budgetMs?: number } = {}): number => {
  let calls = 0
  let batch = 1
  const start = cpuMilliseconds()
  for (;;) {
    const before = cpuMilliseconds()
    for (let i = 0; i < batch; i++) keep(work())
    calls += batch
    const now = cpuMilliseconds()
    if (now - start >= budgetMs) return calls / ((now - start) / 1000)
    if (now - before < budgetMs / 16) batch *= 2
  }
}

/** Calls `work`, which handles `bytes` bytes, for about `budgetMs` of CPU time and gives MB (10⁶ bytes) per CPU second. */
export const megabytesPerSecond = (
  bytes: number,
  work: () => unknown,
  options: { budgetMs?: number } = {},
): number => (opsPerSecond(work, options) * bytes) / 1e6
