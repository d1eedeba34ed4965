import { readFileSync } from 'node:fs'
import { check, fail, notApplicable } from '../case/verdict.ts'

/** Memory of a process on this machine that is in use, in bytes. */
export const residentBytes = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024
}

/** Memory of a process on this machine. Ends the case as not applicable when its id was not given. */
export const measureMemory = (pid: number | undefined): { grewLessThan(mebibytes: number): void } => {
  if (pid === undefined) return notApplicable('measures memory: give the process id with --pid')
  const now = (): number => {
    try {
      return residentBytes(pid)
    } catch {
      return fail('the server’s process goes on', `there is no process ${pid}`)
    }
  }
  const before = now()
  return {
    grewLessThan: (mebibytes) => {
      const grown = (now() - before) / 1024 / 1024
      check(
        grown < mebibytes,
        `memory grows by less than ${mebibytes} MiB`,
        `it grew by ${grown.toFixed(1)} MiB`,
      )
    },
  }
}
