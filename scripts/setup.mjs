// Brings a checkout to the point where its own tools can run. Needs nothing but Node and npm.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const OLDEST_NODE = [20, 19]
const stampFile = join(root, 'node_modules', '.rtmp-setup')

const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}

/** Ends the process with one sentence, unless this Node is new enough. */
const requireNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Node ${OLDEST_NODE.join('.')} or later is needed; this is ${process.versions.node}.`)
    process.exit(1)
  }
}

/** What decides whether an install is still good: the lockfile and which packages there are. */
const wanted = () => {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']) {
    hash.update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Installs the dependencies when they are missing or the lockfile has changed since. */
export const install = () => {
  requireNode()
  const stamp = wanted()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  console.log('Installing dependencies (once; from half a minute to a few) …')
  const { status } = spawnSync(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=error'],
    { cwd: root, stdio: 'inherit', env: environment, shell: process.platform === 'win32' },
  )
  if (status !== 0) {
    console.error('The dependencies could not be installed: is the npm registry reachable? See above.')
    process.exit(status ?? 1)
  }
  writeFileSync(stampFile, stamp)
}

/** Runs one of the repository's own tools; resolves to its exit status. */
export const tool = (command, args, { quiet = false, env = {} } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      env: { ...environment, ...env },
      shell: process.platform === 'win32',
    })
    const output = []
    if (quiet) {
      child.stdout.on('data', (text) => output.push(text))
      child.stderr.on('data', (text) => output.push(text))
    }
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`)
      resolve(1)
    })
    child.on('close', (status) => {
      if (quiet && status !== 0) process.stderr.write(Buffer.concat(output))
      resolve(status ?? 1)
    })
  })
