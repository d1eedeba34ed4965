#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { runCommand } from './command/program.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const stop = new AbortController()
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(130)
  stop.abort()
})
const { stdout, stderr } = process
process.exitCode = await runCommand(process.argv.slice(2), { stdout, stderr, signal: stop.signal }, version)
process.exit()
