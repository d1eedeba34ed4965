import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Load } from './load.ts'
import { type ServerKind, ServerProcess } from './server-process.ts'

/** A fresh server and two load processes, for the length of one measurement. */
export interface BenchRun {
  readonly server: ServerProcess
  /** The server's own folder. */
  readonly folder: string
  /** Publisher and the players whose latency is taken: lightly loaded, so that its clock readings are honest. */
  readonly near: Load
  /** The bulk of the players. */
  readonly far: Load
}

/** Starts a server of the given kind, measures, and ends everything that was started. */
export const withServer = async <T>(kind: ServerKind, measure: (run: BenchRun) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-bench-'))
  const server = await ServerProcess.start(kind, folder)
  const near = Load.start()
  const far = Load.start()
  try {
    return await measure({ server, folder, near, far })
  } finally {
    await Promise.all([near.stop(), far.stop()])
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The value below which the given share (0 to 1) of the values lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
