// The published packages as those who install them have them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { published, root } from '../package-metadata.ts'
import type { LocalRegistry } from './local-registry.ts'
import { bin, run } from './run.ts'

/** Packages by name, each once: `@rtmp/amf0`, `hono`. */
const packagesIn = async (modules: string): Promise<readonly string[]> => {
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'))
  const nested = names.map(async (name) =>
    name.startsWith('@') ? (await readdir(join(modules, name))).map((inner) => `${name}/${inner}`) : [name],
  )
  return (await Promise.all(nested)).flat()
}

/** An empty project into which npm has installed something, ours from the registry given and from nowhere else. */
export const install = async (
  registry: LocalRegistry,
  project: string,
  wanted: readonly string[],
): Promise<readonly string[]> => {
  await mkdir(project, { recursive: true })
  await writeFile(join(project, '.npmrc'), registry.npmrc)
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'use', private: true, type: 'module' }),
  )
  const quick = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error']
  await run('npm', ['install', ...quick, ...wanted], project)
  return packagesIn(join(project, 'node_modules'))
}

/** What an installation holds, in bytes on the disk as `du` counts them and as the files are long. */
export const weightOf = async (
  folder: string,
): Promise<{ readonly bytes: number; readonly onDisk: number }> => {
  let [bytes, onDisk] = [0, 0]
  for (const name of await readdir(folder, { recursive: true })) {
    const { size, blocks } = await stat(join(folder, name))
    bytes += size
    onDisk += blocks * 512
  }
  return { bytes, onDisk }
}

/** What a package says that it needs, and what that needs. */
const closure = async (modules: string, name: string, found = new Set<string>()): Promise<Set<string>> => {
  if (found.has(name)) return found
  found.add(name)
  const manifest = JSON.parse(await readFile(join(modules, name, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>
  }
  for (const dependency of Object.keys(manifest.dependencies ?? {})) await closure(modules, dependency, found)
  return found
}

/** A project with one package of an installation and what that says it needs: nothing that others brought along. */
export const alone = async (installation: string, name: string, project: string): Promise<void> => {
  const modules = join(installation, 'node_modules')
  await mkdir(project, { recursive: true })
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'use', private: true, type: 'module' }),
  )
  for (const each of await closure(modules, name)) {
    await cp(join(modules, each), join(project, 'node_modules', each), { recursive: true })
  }
}

/** The first example of a README. */
export const firstExample = (readme: string): string => {
  const block = /```(?:ts|js)\n([\s\S]*?)```/.exec(readme)?.[1]
  if (block === undefined) throw new Error('the README has no example')
  return block
}

/** The server's example ends when it is told to, and listens where nothing else does. */
const SERVES = 'publish to rtmp://'
const onFreePort = (example: string): string => example.replace('port: 1935', "host: '127.0.0.1', port: 0")

/** Packages whose examples need a document: they are bundled for one, which finds everything they import. */
export const IN_A_PAGE: ReadonlySet<string> = new Set(['player'])

/** Writes the first example of a package's README, as it was published, into a project, and gives the JavaScript's name. */
export const writeExample = async (name: string, project: string): Promise<string> => {
  const readme = await readFile(join(project, 'node_modules/@rtmp', name, 'README.md'), 'utf8')
  await writeFile(join(project, 'example.mts'), onFreePort(firstExample(readme)))
  const bundled = IN_A_PAGE.has(name) ? ['--bundle', '--minify'] : []
  // Node 20 does not strip types: esbuild does, and leaves the imports to Node.
  const args = ['example.mts', ...bundled, '--format=esm', '--target=es2022', '--outfile=example.mjs']
  await run(bin('esbuild'), args, project)
  return 'example.mjs'
}

/** A program that runs JavaScript: its name and what stands before the file. */
export interface Runtime {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

export const THIS_NODE: Runtime = {
  name: `Node ${process.versions.node}`,
  command: process.execPath,
  args: [],
}

/** An example's output: what it printed until it ended, or for one that serves, until it said where. */
export const runExample = async (runtime: Runtime, file: string, cwd: string): Promise<string> => {
  const child = spawn(runtime.command, [...runtime.args, file], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString()
    if (stdout.includes(SERVES)) child.kill('SIGTERM')
  })
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(deadline)
  if ((code !== 0 && !stdout.includes(SERVES)) || stdout.trim() === '') {
    throw new Error(`${runtime.name}: ${file} in ${cwd} ended with ${code}\n${stdout}${stderr}`)
  }
  return stdout
}

/** Every entry point that is JavaScript of its own, as one imports it: `@rtmp/amf0/exact`. */
export const entriesOf = async (modules: string): Promise<readonly string[]> => {
  const manifests = published.map(async ([name]) => {
    const text = await readFile(join(modules, '@rtmp', name, 'package.json'), 'utf8')
    const { exports } = JSON.parse(text) as { exports: Record<string, unknown> }
    return Object.keys(exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => `@rtmp/${name}${path.slice(1)}`)
  })
  return (await Promise.all(manifests)).flat()
}

/** Where this repository's own copy of a package is, for tools that are given to projects. */
export const repositoryModule = (name: string): string => join(root, 'node_modules', name)
