#!/usr/bin/env node
import cluster from 'node:cluster'
import { WORKER_VARIABLE } from './workers/worker-variable.ts'

// Each process loads what it needs itself: a worker no command line, and whoever has workers no server.
if (cluster.isWorker && process.env[WORKER_VARIABLE] !== undefined) {
  const { runWorker } = await import('./workers/worker.ts')
  await runWorker()
} else {
  const { runCommand } = await import('./command.ts')
  await runCommand()
}
