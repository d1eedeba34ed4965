#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Interruption } from '../command/interruption.ts'
import { ExitCode } from '../command/exit-code.ts'
import { runCommand } from './command/program.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const stop = new AbortController()

/** The first time the command comes to an orderly end, the second time the process does at once. */
const interrupt = (exitCode: number): void => {
  if (stop.signal.aborted) process.exit(exitCode)
  stop.abort(new Interruption(exitCode))
}
process.on('SIGINT', () => interrupt(ExitCode.interrupted))
process.on('SIGTERM', () => interrupt(ExitCode.terminated))

// Whoever reads our output may have seen enough, as head has: no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  if (!stop.signal.aborted) stop.abort(new Interruption(ExitCode.done))
})

const { stdin, stdout, stderr, env } = process
process.exitCode = await runCommand(
  process.argv.slice(2),
  { stdin, stdout, stderr, env, signal: stop.signal },
  version,
)
process.exit()
