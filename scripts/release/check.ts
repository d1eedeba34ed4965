// `npm run release:check`: a release rehearsed, and used under every runtime and compiler that is promised. Takes minutes, and gets
// the runtimes and compilers from npm. What fails is told at the end.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { published } from '../package-metadata.ts'
import {
  alone,
  entriesOf,
  IN_A_PAGE,
  install,
  type Runtime,
  runExample,
  weightOf,
  writeExample,
} from './installed.ts'
import { runJest, writeJestProject } from './jest.ts'
import { rehearse } from './rehearse.ts'
import { run } from './run.ts'
import { compile, RESOLUTIONS } from './types.ts'
import { bundleForWorker, exampleForWorker, IN_WORKERS, runInWorkerd } from './web-standard.ts'

const NODES = ['20.19.0', '22', '24', '26']
const OTHERS = ['deno', 'bun']
const COMPILERS = ['5.7.2', '5.7.3', '5.8.3', '5.9.3', '6.0.3', '7.0.2']

/** What runs in Node alone: sockets and files of Node, which others have to some extent, and which we do not promise there. */
const NODE_ONLY: ReadonlySet<string> = new Set([])

const failures: string[] = []
const check = async (name: string, act: () => Promise<unknown>): Promise<void> => {
  try {
    await act()
    console.log(`ok     ${name}`)
  } catch (error) {
    failures.push(name)
    console.log(`FAILED ${name}\n${error instanceof Error ? error.message : String(error)}`)
  }
}

const scratch = await mkdtemp(join(tmpdir(), 'rtmp-release-'))
const fetched = async (name: string, version: string): Promise<string> => {
  const folder = join(scratch, 'tools', `${name}-${version}`)
  await run(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`],
    scratch,
  )
  return join(folder, 'node_modules', name)
}

console.log('versions, tarballs, publication …')
const { registry } = await rehearse(scratch, () => true)
const everything = join(scratch, 'everything')
const modules = join(everything, 'node_modules')
const peers = ['fast-check@4', 'ioredis@6', '@types/ws@8']
await install(registry, everything, [...published.map(([name]) => `@rtmp/${name}`), ...peers])

const runtimes: Runtime[] = []
for (const version of NODES) {
  await check(`Node ${version} from npm`, async () => {
    runtimes.push({
      name: `Node ${version}`,
      command: join(await fetched('node', version), 'bin/node'),
      args: [],
    })
  })
}
for (const name of OTHERS) {
  await check(`${name} from npm`, async () => {
    const folder = await fetched(name, 'latest')
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      version: string
    }
    const args = name === 'deno' ? ['run', '--allow-all', '--no-prompt'] : []
    runtimes.push({ name: `${name} ${version}`, command: join(folder, '../.bin', name), args })
  })
}

for (const [name] of published) {
  if (IN_A_PAGE.has(name)) continue
  const project = join(scratch, `alone-${name}`)
  await alone(everything, `@rtmp/${name}`, project)
  const example = await writeExample(name, project)
  for (const runtime of runtimes) {
    if (NODE_ONLY.has(name) && !runtime.name.startsWith('Node')) continue
    await check(`@rtmp/${name}, its first example, ${runtime.name}`, () =>
      runExample(runtime, example, project),
    )
  }
}

// What runs in browsers and workers runs in those of edge networks too, from what was published.
const workerd = join(await fetched('workerd', 'latest'), '../.bin/workerd')
const folders: ReadonlyMap<string, string> = new Map(published.map(([name, folder]) => [folder, name]))
for (const folder of [...IN_WORKERS, 'client/web']) {
  const name = folder === 'client/web' ? 'client' : (folders.get(`packages/${folder}`) ?? folder)
  await check(`@rtmp/${folder === 'client/web' ? folder : name}, in workerd`, async () => {
    const project = join(scratch, `alone-${name}`)
    const module = await bundleForWorker(await exampleForWorker(folder), project, 'module')
    await runInWorkerd(workerd, module, join(project, 'workerd'))
  })
}
const project = join(scratch, 'alone-client')
await writeFile(join(project, 'web.mjs'), await exampleForWorker('client/web'))
for (const runtime of runtimes) {
  await check(`@rtmp/client/web, ${runtime.name}`, () => runExample(runtime, 'web.mjs', project))
}

const entries = await entriesOf(modules)
const required = entries.filter(
  (entry) => !/^@rtmp\/(?:player|console)|\/arbitraries$|\/compliance$/.test(entry),
)
for (const { name, command } of runtimes.filter((runtime) => runtime.name.startsWith('Node'))) {
  await check(`require() of every entry point, ${name}`, () =>
    run(
      command,
      [
        '--no-warnings',
        '--input-type=commonjs',
        '--eval',
        `for (const each of ${JSON.stringify(required)}) require(each)`,
      ],
      everything,
    ),
  )
}

const jest = join(scratch, 'jest')
await check('Jest from npm', () => writeJestProject(registry, jest))
for (const { name, command } of runtimes.filter((runtime) => runtime.name.startsWith('Node'))) {
  await check(`Jest, ES modules, ${name}`, () => runJest(command, jest, 'server.test.mjs'))
  // Jest requires ES modules where Node tells it how.
  if (name !== 'Node 24' && name !== 'Node 26') continue
  await check(`Jest, CommonJS, ${name}`, () => runJest(command, jest, 'server.test.cjs'))
}

for (const version of COMPILERS) {
  const folder = await fetched('typescript', version)
  for (const resolution of RESOLUTIONS) {
    await check(`types, TypeScript ${version}, ${resolution}`, async () => {
      const project = join(scratch, `types-${version}-${resolution}`)
      const said = await compile(modules, project, entries, { name: version, folder }, resolution)
      if (said !== '') throw new Error(said)
    })
  }
}
for (const version of ['5.8.3', '7.0.2']) {
  await check(`types in CommonJS files, TypeScript ${version}`, async () => {
    const compiler = { name: version, folder: await fetched('typescript', version) }
    const project = join(scratch, `types-${version}-commonjs`)
    const said = await compile(modules, project, entries, compiler, 'nodenext', 'commonjs')
    if (said !== '') throw new Error(said)
  })
}
for (const version of ['5.4.5', '5.6.3']) {
  await check(`types fail aloud, TypeScript ${version}`, async () => {
    const compiler = { name: version, folder: await fetched('typescript', version) }
    const said = await compile(
      modules,
      join(scratch, `types-${version}`),
      ['@rtmp/amf0'],
      compiler,
      'nodenext',
    )
    if (!said.includes('needs-typescript-5.7.d.ts')) throw new Error(`it said: ${said}`)
  })
}

/** The commands that READMEs run by `npx`, and the first word of what each says of itself. */
const COMMANDS = [
  ['@rtmp/server', 'Usage: rtmp-server'],
  ['@rtmp/client', 'Usage: rtmp'],
  ['@rtmp/conformance', 'Usage: rtmp-conformance'],
] as const
for (const [name, usage] of COMMANDS) {
  await check(`npx ${name} in an empty folder`, async () => {
    const project = join(scratch, `npx-${name.split('/')[1]}`)
    await mkdir(project)
    await writeFile(join(project, '.npmrc'), registry.npmrc)
    const help = await run('npx', ['--yes', name, '--help'], project, {
      npm_config_cache: join(scratch, 'cache'),
    })
    if (!help.includes(usage)) throw new Error(help)
  })
}

const served = join(scratch, 'server')
const packages = await install(registry, served, ['@rtmp/server'])
const { onDisk } = await weightOf(join(served, 'node_modules'))
console.log(`@rtmp/server installs ${packages.length} packages, ${(onDisk / 1e6).toFixed(1)} MB`)

await registry.close()
await rm(scratch, { recursive: true, force: true })
for (const name of failures) console.log(`failed: ${name}`)
process.exit(failures.length === 0 ? 0 : 1)
