// Every package as a user gets it: packed, installed by npm into an empty project, checked by publint and
// are-the-types-wrong, and the first example of its README run.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folders } from '../layers.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = (name: string): string => join(root, 'node_modules/.bin', name)
const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
}

interface Packed {
  readonly name: string
  readonly folder: string
  readonly tarball: string
  readonly dependsOn: readonly string[]
}

let scratch = ''
const packed = new Map<string, Packed>()

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rtmp-pack-'))
  for (const [name, folder] of Object.entries(folders)) {
    const from = join(root, 'packages', folder)
    const { stdout } = await run(bin('pnpm'), ['pack', '--json', '--pack-destination', scratch], {
      cwd: from,
      env: environment,
    })
    const { filename } = JSON.parse(stdout) as { filename: string }
    const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>
    }
    const dependsOn = Object.keys(manifest.dependencies ?? {})
      .filter((dependency) => dependency.startsWith('@rtmp/'))
      .map((dependency) => dependency.slice('@rtmp/'.length))
    packed.set(name, { name, folder, tarball: filename, dependsOn })
  }
}, 120_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** A package and everything of ours below it. */
const withDependencies = (name: string, found = new Set<string>()): Set<string> => {
  found.add(name)
  for (const below of packed.get(name)?.dependsOn ?? []) withDependencies(below, found)
  return found
}

/** An example's output: what it printed until it ended, or for one that serves, until it said where. */
const runExample = async (file: string, cwd: string): Promise<string> => {
  const child = spawn(process.execPath, [file], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const deadline = setTimeout(() => child.kill('SIGKILL'), 30_000)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString()
    if (stdout.includes(SERVES)) child.kill('SIGTERM')
  })
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(deadline)
  if (code !== 0 && !stdout.includes(SERVES))
    throw new Error(`${file} ended with ${code}\n${stdout}${stderr}`)
  return stdout
}

/** The server's example ends when it is told to, and listens where nothing else does. */
const SERVES = 'publish to rtmp://'
const onFreePort = (example: string): string => example.replace('port: 1935', "host: '127.0.0.1', port: 0")

const firstExample = (readme: string): string => {
  const block = /```(?:ts|js)\n([\s\S]*?)```/.exec(readme)?.[1]
  if (block === undefined) throw new Error('the README has no example')
  return block
}

describe.each(Object.keys(folders))('@rtmp/%s', (name) => {
  const folder = folders[name] ?? name

  test('publint and are-the-types-wrong find nothing', async () => {
    const tarball = packed.get(name)?.tarball ?? ''
    await run(bin('publint'), ['run', tarball, '--strict'], { cwd: root })
    await run(bin('attw'), [tarball, '--profile', 'esm-only'], { cwd: root })
  }, 60_000)

  test('installs into an empty project and runs the first example of its README', async () => {
    const project = join(scratch, `use-${name}`)
    await mkdir(project)
    const tarballs = Object.fromEntries(
      [...withDependencies(name)].map((each) => [`@rtmp/${each}`, `file:${packed.get(each)?.tarball}`]),
    )
    await writeFile(
      join(project, 'package.json'),
      JSON.stringify({ name: 'use', private: true, type: 'module', dependencies: tarballs }),
    )
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'], {
      cwd: project,
    })
    const example = firstExample(await readFile(join(root, 'packages', folder, 'README.md'), 'utf8'))
    await writeFile(join(project, 'example.mts'), onFreePort(example))
    // Node 20 does not strip types: esbuild does, and leaves the imports to Node.
    await run(bin('esbuild'), ['example.mts', '--format=esm', '--target=es2022', '--outfile=example.mjs'], {
      cwd: project,
    })
    expect((await runExample('example.mjs', project)).trim()).not.toBe('')
  }, 120_000)
})
