// What each process of the server's command loads: memory that every worker, and who has them, takes again.
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { expect, test } from 'vitest'
import { namedModules } from '../bundle-named-modules.mjs'
import { manifestOf, root } from '../package-metadata.ts'

const folder = join(root, 'packages/server')

const { metafile } = await build({
  entryPoints: [join(folder, 'src/node/bin.ts')],
  absWorkingDir: root,
  outdir: join(root, 'out'),
  write: false,
  bundle: true,
  metafile: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  conditions: ['@rtmp/source'],
  plugins: [namedModules],
  external: Object.keys(manifestOf('packages/server').dependencies ?? {}).filter(
    (name) => !name.startsWith('@rtmp/') || name === '@rtmp/console',
  ),
  logLevel: 'error',
})

/** Modules that have been loaded when these have, by their paths in the repository. */
const loadedBy = ({ outputs }: Metafile, ...entries: readonly string[]): string[] => {
  const files = new Set<string>()
  const load = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) load(path)
    }
  }
  for (const entry of entries) {
    const [file] =
      Object.entries(outputs).find(([, { entryPoint = '' }]) =>
        entryPoint.endsWith(`/server/src/node/${entry}`),
      ) ?? []
    if (file === undefined) throw new Error(`${entry} is no module that is loaded by itself`)
    load(file)
  }
  return [...files].flatMap((file) =>
    Object.entries(outputs[file]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  )
}

const alone = loadedBy(metafile, 'bin.ts', 'command.ts', 'run-alone.ts')
const primary = loadedBy(metafile, 'bin.ts', 'command.ts', 'workers/run-primary.ts')
const worker = loadedBy(metafile, 'bin.ts', 'workers/worker.ts')

const SERVER = [
  'packages/server/src/node/server.ts',
  'packages/server/src/core/server-core.ts',
  'packages/session/src/server-session.ts',
  'packages/chunk/src/chunk-reader.ts',
  'packages/live/src/live-stream.ts',
]

test('a server without workers loads the engine, and what reads its options', () => {
  expect(alone).toEqual(expect.arrayContaining([...SERVER, 'packages/server/src/node/command-line.ts']))
})

test('a process that has workers loads no server', () => {
  expect(primary).toEqual(expect.arrayContaining(['packages/server/src/node/command-line.ts']))
  expect(primary.filter((path) => SERVER.includes(path))).toEqual([])
  expect(
    primary.filter((path) => /^packages\/(?:session|eRtmp|flv|client|recorder)\//.test(path)).toSorted(),
  ).toEqual(['packages/session/src/limits.ts', 'packages/session/src/options.ts'])
})

test('a worker loads the engine, and neither the command line nor what HTTP and recordings need', () => {
  expect(worker).toEqual(expect.arrayContaining(SERVER))
  const needless =
    /\/commander\/|node\/command-line|node\/http\/(?:app|http-port|node-requests)|\/hono\/|\/recorder\/src\/recording/
  expect(worker.filter((path) => needless.test(path))).toEqual([])
})
