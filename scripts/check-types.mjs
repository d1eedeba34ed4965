// Types of the whole workspace, tests and examples included: each folder with a `tsconfig.json`, by the native compiler, which takes
// seconds where the one that builds takes minutes. Exits with 1 when a folder has a fault.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from './setup.mjs'

const COMPILER = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc')

const inside = (folder) => readdirSync(join(root, folder)).map((name) => join(folder, name))

const folders = [...inside('.'), ...inside('packages'), ...inside('examples')].filter((folder) =>
  existsSync(join(root, folder, 'tsconfig.json')),
)

/** The exit status for one folder. */
const check = (folder) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [COMPILER, '--noEmit', '-p', join(folder, 'tsconfig.json')], {
      cwd: root,
      stdio: 'inherit',
    })
    child.on('error', (error) => {
      console.error(`${folder}: the compiler could not be started: ${error.message}`)
      resolve(1)
    })
    child.on('close', (status) => resolve(status ?? 1))
  })

let faults = 0
const next = async () => {
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if ((await check(folder)) !== 0) faults += 1
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, next))
process.exit(faults === 0 ? 0 : 1)
